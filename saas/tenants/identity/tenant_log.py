"""What one company may read of tries to sign in, and of what its administrators did."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, null, select

from saas.tenants.directory import rows
from saas.tenants.directory_tables import membership
from saas.tenants.identity.tenant_people import of_their_time
from saas.tenants.identity_tables import act
from saas.tenants.sign_in_tables import sign_in_entry


@dataclass(frozen=True, slots=True)
class Span:
    """Which part of a log: `first` entries, the latest first, below the entry `after`, not before or after a moment."""

    first: int
    after: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Try:
    """A try to sign in; `principal_id` is None where nobody of the company has the address."""

    id: UUID
    at: datetime
    email: str
    outcome: str
    method: str
    address: str
    agent: str
    principal_id: UUID | None


_TRY = [sign_in_entry.c[name] for name in Try.__slots__ if name != "principal_id"]


@dataclass(frozen=True, slots=True)
class Act:
    """What an administrator did; `actor_id` is None for the operator."""

    id: UUID
    at: datetime
    actor_id: UUID | None
    app_id: UUID | None
    verb: str
    subject: str
    details: dict[str, Any]


def tries(
    tenant_id: UUID, span: Span, *, principal_id: UUID | None = None, outcomes: list[str] | None = None
) -> list[Try]:
    """Tries of the company's people while they belonged to it, and those of others for this very company."""
    # Two queries, each along an index; one with an OR would go through the log of all companies.
    theirs = (
        select(*_TRY, membership.c.principal_id)
        .join(membership, membership.c.person_id == sign_in_entry.c.person_id)
        .where(membership.c.tenant_id == tenant_id, of_their_time())
    )
    is_member = select(membership.c.id).where(
        membership.c.tenant_id == tenant_id, membership.c.person_id == sign_in_entry.c.person_id
    )
    strangers = select(*_TRY, null()).where(sign_in_entry.c.tenant_id == tenant_id, ~is_member.exists())
    if principal_id is not None:
        theirs = theirs.where(membership.c.principal_id == principal_id)
    found = []
    for query in [theirs] if principal_id is not None else [theirs, strangers]:
        chosen = query if outcomes is None else query.where(sign_in_entry.c.outcome.in_(outcomes))
        found += [Try(*row) for row in rows(_within(chosen, span, sign_in_entry.c.id, sign_in_entry.c.at))]
    return sorted(found, key=lambda one: one.id, reverse=True)[: span.first]


def acts(tenant_id: UUID, span: Span, *, actor_id: UUID | None = None, verbs: list[str] | None = None) -> list[Act]:
    """What was done to the company's identity."""
    query = select(*(act.c[name] for name in Act.__slots__)).where(act.c.tenant_id == tenant_id)
    if actor_id is not None:
        query = query.where(act.c.actor_id == actor_id)
    if verbs is not None:
        query = query.where(act.c.verb.in_(verbs))
    return [Act(*row) for row in rows(_within(query, span, act.c.id, act.c.at))]


def _within(query: Select[Any], span: Span, id_: ColumnElement[UUID], at: ColumnElement[datetime]) -> Select[Any]:
    if span.after is not None:
        query = query.where(id_ < span.after)
    if span.since is not None:
        query = query.where(at >= span.since)
    if span.until is not None:
        query = query.where(at <= span.until)
    return query.order_by(id_.desc()).limit(span.first)
