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
    language: str | None


def person_of(person_id: UUID) -> Person | None:
    """The person with this id."""
    has_password = person.c.password_hash.is_not(None).label("has_password")
    query = select(person.c.id, person.c.email, person.c.name, has_password, person.c.language)
    found = rows(query.where(person.c.id == person_id))
    return Person(*found[0]) if found else None
