"""People as the directory knows them: how to reach them, and what they are called."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, select

from saas.tenants.directory import rows
from saas.tenants.directory_tables import person
from saas.tenants.membership import folded, is_address


@dataclass(frozen=True, slots=True)
class Contact:
    """A person and their address; `has_password` tells whether they could sign in by one."""

    id: UUID
    email: str
    name: str
    language: str | None
    has_password: bool


def contact_of(person_id: UUID) -> Contact | None:
    """The person with this id."""
    return _contact(person.c.id == person_id)


def contact_at(email: str) -> Contact | None:
    """The person with this address."""
    # What nobody can be called is not asked: Postgres takes no NUL, and half a character is none.
    return _contact(person.c.email == folded(email)) if is_address(email) else None


def _contact(which: ColumnElement[bool]) -> Contact | None:
    columns = person.c.id, person.c.email, person.c.name, person.c.language
    found = rows(select(*columns, person.c.password_hash.is_not(None).label("has_password")).where(which))
    return Contact(*found[0]) if found else None
