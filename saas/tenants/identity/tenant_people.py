"""What one company may know of those who sign in to it: nothing of their other companies."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select

from saas.kit import ids
from saas.kit.clock import now
from saas.tenants.directory import rows
from saas.tenants.directory_tables import membership, person, sign_in
from saas.tenants.identity.sessions import session_end
from saas.tenants.identity_tables import session
from saas.tenants.people_tables import second_factor
from saas.tenants.sign_in_tables import sign_in_entry

Kind = Literal["browser", "password", "operator", "personal"]


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who signs in to the company, or did; `id` is that of their membership."""

    id: UUID
    principal_id: UUID
    email: str
    name: str
    ended_at: datetime | None
    created_at: datetime
    has_password: bool
    second_factor: bool
    last_sign_in_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpenSign:
    """An open sign-in: a session of the pages in a browser, or a token to this company that its holder shows."""

    id: UUID
    kind: Kind
    name: str
    address: str
    agent: str
    methods: tuple[str, ...]
    created_at: datetime
    seen_at: datetime | None
    expires_at: datetime


def of_their_time() -> ColumnElement[bool]:
    """That an entry of the log falls into the membership: before and after it is none of the company's business."""
    return and_(
        sign_in_entry.c.at >= membership.c.created_at,
        or_(membership.c.ended_at.is_(None), sign_in_entry.c.at <= membership.c.ended_at),
        or_(sign_in_entry.c.tenant_id.is_(None), sign_in_entry.c.tenant_id == membership.c.tenant_id),
    )


def members_of(tenant_id: UUID, *, first: int, after: UUID | None = None, is_open: bool | None = True) -> list[Member]:
    """The company's people in the order in which they came; `is_open` False: those whose sign-in ended."""
    last = (
        select(func.max(sign_in_entry.c.at))
        .where(sign_in_entry.c.person_id == person.c.id, sign_in_entry.c.outcome == "ok", of_their_time())
        .scalar_subquery()
        .correlate(person, membership)
    )
    has_factor = (
        select(second_factor.c.person_id)
        .where(second_factor.c.person_id == person.c.id, second_factor.c.confirmed_at.is_not(None))
        .exists()
    )
    query = (
        select(
            *(membership.c[name] for name in ("id", "principal_id")),
            *(person.c[name] for name in ("email", "name")),
            membership.c.ended_at,
            membership.c.created_at,
            person.c.password_hash.is_not(None),
            has_factor,
            last,
        )
        .join(person, person.c.id == membership.c.person_id)
        .where(membership.c.tenant_id == tenant_id)
        .order_by(membership.c.id)
        .limit(first)
    )
    if after is not None:
        query = query.where(membership.c.id > after)
    if is_open is not None:
        query = query.where(membership.c.ended_at.is_(None) if is_open else membership.c.ended_at.is_not(None))
    return [Member(*row) for row in rows(query)]


def person_of(tenant_id: UUID, principal_id: UUID) -> tuple[UUID, UUID] | None:
    """Membership and person of who signs in as this principal now."""
    query = select(membership.c.id, membership.c.person_id).where(
        membership.c.tenant_id == tenant_id, membership.c.principal_id == principal_id, membership.c.ended_at.is_(None)
    )
    found = rows(query)
    return (found[0].id, found[0].person_id) if found else None


def open_signs(membership_id: UUID, person_id: UUID) -> list[OpenSign]:
    """The person's sessions, and their tokens to the membership's company; the latest first."""
    browsers = select(session).where(session.c.person_id == person_id, session.c.expires_at > now())
    tokens = select(sign_in).where(sign_in.c.membership_id == membership_id, sign_in.c.expires_at > now())
    found = [_of_browser(row) for row in rows(browsers)] + [_of_token(row) for row in rows(tokens)]
    return sorted(found, key=lambda one: one.created_at, reverse=True)


def holder_of(tenant_id: UUID, sign_id: UUID, *, kind: Kind | None = None) -> tuple[UUID, UUID] | None:
    """Who of the company's people holds this session or token, of this kind of token: principal and person."""
    columns = select(membership.c.principal_id, membership.c.person_id)
    if ids.code_of(sign_id) == ids.SESSION and kind is None:
        query = columns.join(session, session.c.person_id == membership.c.person_id).where(session.c.id == sign_id)
    else:
        query = columns.join(sign_in, sign_in.c.membership_id == membership.c.id).where(sign_in.c.id == sign_id)
        query = query if kind is None else query.where(sign_in.c.kind == kind)
    found = rows(query.where(membership.c.tenant_id == tenant_id, membership.c.ended_at.is_(None)))
    return (found[0].principal_id, found[0].person_id) if found else None


def sign_end(connection: Connection, person_id: UUID, sign_id: UUID) -> bool:
    """End this session or token of the person; False where it ended meanwhile."""
    if ids.code_of(sign_id) == ids.SESSION:
        return session_end(connection, person_id, sign_id)
    ended = delete(sign_in).where(sign_in.c.id == sign_id).returning(sign_in.c.id)
    return connection.execute(ended).one_or_none() is not None


def _of_browser(row: Any) -> OpenSign:
    times = row.created_at, row.seen_at, row.expires_at
    return OpenSign(row.id, "browser", "", row.address, row.agent, tuple(row.methods), *times)


def _of_token(row: Any) -> OpenSign:
    methods = ("pwd",) if row.kind == "password" else ()
    return OpenSign(row.id, row.kind, row.name, "", "", methods, row.created_at, row.seen_at, row.expires_at)
