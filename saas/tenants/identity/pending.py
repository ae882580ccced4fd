"""What must be done after the password before a sign-in counts: a second factor, a new password."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from saas.kit.clock import now
from saas.tenants.directory import rows
from saas.tenants.directory_tables import person
from saas.tenants.identity.policy import Policy, strictest
from saas.tenants.identity.second_factor import has_second_factor

SECOND_FACTOR, PASSWORD = "second_factor", "password"


def pending_after_password(person_id: UUID, policies: Collection[Policy]) -> str | None:
    """The next step for a person of tenants with these policies; None: there is none, the sign-in counts."""
    if any(policy.second_factor for policy in policies) or has_second_factor(person_id):
        return SECOND_FACTOR
    return pending_after_second_factor(person_id, policies)


def pending_after_second_factor(person_id: UUID, policies: Collection[Policy]) -> str | None:
    """The same once a second factor was shown."""
    days = strictest(policies).password_days
    if days is None:
        return None
    query = select(person.c.password_hash, person.c.password_set_at, person.c.created_at)
    found = rows(query.where(person.c.id == person_id))
    if not found or found[0].password_hash is None:
        return None
    return PASSWORD if is_due(found[0].password_set_at or found[0].created_at, days) else None


def is_due(set_at: datetime, days: int | None) -> bool:
    """Whether a password that was set at that moment must be replaced now."""
    return days is not None and now() - set_at >= timedelta(days=days)
