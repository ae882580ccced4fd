"""A person as they are shown to themselves."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from saas.tenants.directory import rows
from saas.tenants.directory_tables import person


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the directory."""

    id: UUID
    email: str
    name: str
    has_password: bool


def person_of(person_id: UUID) -> Person | None:
    """The person with this id."""
    query = select(
        person.c.id, person.c.email, person.c.name, person.c.password_hash.is_not(None).label("has_password")
    )
    found = rows(query.where(person.c.id == person_id))
    return Person(*found[0]) if found else None
