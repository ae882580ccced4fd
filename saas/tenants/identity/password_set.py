"""Setting a person's password by the rules of their tenants."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Connection, update

from saas.kit.clock import now
from saas.tenants.directory_tables import person
from saas.tenants.identity.policy import Policy, strictest
from saas.tenants.passwords import LONGEST, hashed


def check_password(
    _person_id: UUID | None, password: str, policies: Collection[Policy], _names: Collection[str]
) -> list[str]:
    """What is wrong with a password that a person wants, as keys of words; nothing where it may be theirs."""
    least = strictest(policies).password_length
    return [] if least <= len(password) <= LONGEST else ["password_length_wrong"]


def password_set(connection: Connection, person_id: UUID, password: str) -> None:
    """Make this the person's password."""
    values = {"password_hash": hashed(password), "password_set_at": now(), "failures": 0, "failed_at": None}
    connection.execute(update(person).where(person.c.id == person_id).values(**values))
