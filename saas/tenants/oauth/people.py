"""What an app may be told of the person who agreed."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from saas.tenants.directory import rows
from saas.tenants.directory_tables import person


@dataclass(frozen=True, slots=True)
class Person:
    """A person of the directory. Nobody has proven that the address is theirs."""

    id: UUID
    email: str
    name: str
    language: str | None


def person_known(id_: UUID) -> Person | None:
    """The person with this id."""
    found = rows(select(*(person.c[name] for name in Person.__slots__)).where(person.c.id == id_))
    return Person(*found[0]) if found else None
