"""A person's sessions on the pages: one sign-in in one browser, good for all of their tenants."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Float, all_, delete, func, literal, select, true, update

from saas.kit import ids
from saas.kit.clock import now
from saas.kit.settings import settings
from saas.tenants.directory import directory, rows
from saas.tenants.directory_tables import membership
from saas.tenants.identity.hashes import hash_of, new_secret
from saas.tenants.identity_tables import session as session_table
from saas.tenants.identity_tables import sign_in_policy
from saas.tenants.oauth_tables import authorization

# The scope with which an app goes on while the person is away.
OFFLINE = "offline_access"
_SEEN_EVERY = timedelta(minutes=1)
# Each new session takes so many away that were over long ago.
_SWEPT, _KEPT = 2, timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in.

    methods  how the person showed who they are: `pwd`, `otp`, `recovery`, `sso`; `mfa`, where the provider behind `sso`
             showed a second factor of its own (as `amr` of RFC 8176 names them)
    pending  what must be done yet before it counts: `second_factor`, `password` (a new one is due), None: nothing
    connection_id  the tenant's identity provider through which it came
    """

    id: UUID
    person_id: UUID
    methods: tuple[str, ...]
    pending: str | None
    connection_id: UUID | None
    outside_session: str | None
    address: str
    agent: str
    authenticated_at: datetime
    seen_at: datetime
    expires_at: datetime
    created_at: datetime


def session_begin(
    connection: Connection,
    person_id: UUID,
    *,
    methods: tuple[str, ...],
    pending: str | None = None,
    address: str = "",
    agent: str = "",
    hours: float | None = None,
    connection_id: UUID | None = None,
    outside_session: str | None = None,
    outside_token: bytes | None = None,
) -> tuple[UUID, str]:
    """A new session's id and its secret, which only the browser gets to know."""
    secret, moment = new_secret(), now()
    id_ = ids.new_id(ids.SESSION)
    old = select(session_table.c.id).where(session_table.c.expires_at < moment - _KEPT)
    old = old.order_by(session_table.c.expires_at).limit(_SWEPT).with_for_update(skip_locked=True)
    swept = delete(session_table).where(session_table.c.id.in_(old)).returning(session_table.c.id).cte("swept")
    connection.execute(
        session_table.insert()
        .add_cte(swept)
        .values(
            id=id_,
            person_id=person_id,
            secret_hash=hash_of(secret),
            methods=list(methods),
            pending=pending,
            connection_id=connection_id,
            outside_session=outside_session,
            outside_token=outside_token,
            address=address[:100],
            agent=agent[:300],
            authenticated_at=moment,
            seen_at=moment,
            expires_at=moment + timedelta(hours=hours or settings().session_hours),
            created_at=moment,
        )
    )
    return id_, secret


def session_of(secret: str) -> Session | None:
    """The session that this secret opens, unless it is over by its own time or by what the person's tenants demand."""
    moment = now()
    found = rows(_with_limits(session_table.c.secret_hash == hash_of(secret)))
    if not found or not _is_open(found[0], moment):
        return None
    session = _session(found[0])
    # Where idleness ends a session, it is measured to a tenth.
    every = min(_SEEN_EVERY, timedelta(minutes=found[0].idle_minutes or 60) / 10)
    if moment - session.seen_at > every:
        with directory() as connection:
            connection.execute(update(session_table).where(session_table.c.id == session.id).values(seen_at=moment))
    return session


def session_renew(connection: Connection, session_id: UUID, **changes: Any) -> str:
    """A new secret for a session whose standing changed (`methods`, `pending`, …): nobody keeps one from before."""
    secret = new_secret()
    changes = changes | {"secret_hash": hash_of(secret)}
    connection.execute(update(session_table).where(session_table.c.id == session_id).values(**changes))
    return secret


def sessions_of(person_id: UUID) -> list[Session]:
    """The person's open sessions, the latest first."""
    moment = now()
    found = [row for row in rows(_with_limits(session_table.c.person_id == person_id)) if _is_open(row, moment)]
    return sorted(map(_session, found), key=lambda one: one.created_at, reverse=True)


def session_end(connection: Connection, person_id: UUID, session_id: UUID) -> bool:
    """End this session of this person, as `sessions_end` does; False where there is none."""
    return bool(sessions_end(connection, person_id, session_table.c.id == session_id))


def sessions_end(connection: Connection, person_id: UUID, *which: Any) -> list[UUID]:
    """End all sessions of the person, or those for which `which` holds; the ids of those that ended.

    What apps were given through them ends too, but where the person let them go on without a session.
    """
    chosen = select(session_table.c.id).where(session_table.c.person_id == person_id, *which).with_for_update()
    ended: list[UUID] = list(connection.execute(chosen).scalars())
    needs_session = literal(OFFLINE) != all_(authorization.c.scopes)
    of_them = authorization.c.session_id.in_(ended), authorization.c.ended_at.is_(None), needs_session
    connection.execute(update(authorization).where(*of_them).values(ended_at=now()))
    connection.execute(delete(session_table).where(session_table.c.id.in_(ended)))
    return ended


_COLUMNS = [session_table.c[name] for name in Session.__slots__]


def _with_limits(which: Any) -> Any:
    """These sessions, each with the strictest limits that the person's tenants set now."""
    theirs = (
        select(
            func.min(sign_in_policy.c.rules["idle_minutes"].astext.cast(Float)).label("idle_minutes"),
            func.min(sign_in_policy.c.rules["session_hours"].astext.cast(Float)).label("session_hours"),
        )
        .join(membership, membership.c.tenant_id == sign_in_policy.c.tenant_id)
        .where(membership.c.person_id == session_table.c.person_id, membership.c.ended_at.is_(None))
        .lateral()
    )
    limits = theirs.c.idle_minutes, theirs.c.session_hours
    return select(*_COLUMNS, *limits).select_from(session_table.join(theirs, true())).where(which)


def _is_open(row: Any, moment: datetime) -> bool:
    longest = None if row.session_hours is None else row.created_at + timedelta(hours=row.session_hours)
    idle = None if row.idle_minutes is None else row.seen_at + timedelta(minutes=row.idle_minutes)
    return all(end is None or moment < end for end in (row.expires_at, longest, idle))


def _session(row: Any) -> Session:
    values = {name: getattr(row, name) for name in Session.__slots__}
    return Session(**values | {"methods": tuple(row.methods)})
