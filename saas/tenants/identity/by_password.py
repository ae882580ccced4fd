"""Whose password this is, whatever tenants they belong to."""

from uuid import UUID

from sqlalchemy import select

from saas.tenants.directory import rows
from saas.tenants.directory_tables import person
from saas.tenants.membership import folded, is_address
from saas.tenants.passwords import is_right


def person_by_password(email: str, password: str) -> UUID | None:
    """The person with this address and password; what was wrong is told to nobody, neither in words nor in time."""
    # What nobody can be called is not asked: Postgres takes no NUL, and half a character is none.
    query = select(person.c.id, person.c.password_hash).where(person.c.email == folded(email))
    found = rows(query) if is_address(email) else []
    return found[0].id if is_right(password, found[0].password_hash if found else None) else None
