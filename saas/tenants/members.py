"""Who signs in to a tenant, and what the directory knows of people who are to be let in."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from saas.tenants.directory import rows
from saas.tenants.directory_tables import membership, person
from saas.tenants.membership import folded
from saas.tenants.passwords import is_right
from saas.tenants.tenant import Tenant


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """Somebody in the directory. `principals` are who they act as, by tenant, where they may sign in now."""

    email: str
    principals: dict[UUID, UUID]
    password_hash: str | None

    @property
    def has_password(self) -> bool:
        return self.password_hash is not None

    def has_this_password(self, password: str) -> bool:
        return self.password_hash is not None and is_right(password, self.password_hash)


def members(tenant: Tenant) -> dict[UUID, str]:
    """The addresses of all who may sign in, by the principal that they act as."""
    query = (
        select(membership.c.principal_id, person.c.email)
        .join(person, person.c.id == membership.c.person_id)
        .where(membership.c.tenant_id == tenant.id, membership.c.ended_at.is_(None))
    )
    return {row.principal_id: row.email for row in rows(query)}


def known_people(emails: Collection[str]) -> dict[str, KnownPerson]:
    """Those of these addresses that the directory knows, by the address as it is compared (`folded`)."""
    is_open = (membership.c.person_id == person.c.id) & membership.c.ended_at.is_(None)
    query = (
        select(person.c.email, person.c.password_hash, membership.c.tenant_id, membership.c.principal_id)
        .outerjoin(membership, is_open)
        .where(person.c.email.in_([folded(email) for email in emails]))
    )
    found: dict[str, KnownPerson] = {}
    for row in rows(query):
        known = found.setdefault(row.email, KnownPerson(row.email, {}, row.password_hash))
        if row.tenant_id is not None:
            known.principals[row.tenant_id] = row.principal_id
    return found
