"""Agreements: what one app may do for one person, or as itself, in one tenant. All tokens given under one end together.

The table calls them authorizations, as the standards do.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, select, update

from saas.kit import ids
from saas.kit.clock import now
from saas.kit.settings import settings
from saas.tenants.directory_tables import tenant
from saas.tenants.identity.access_token import resource
from saas.tenants.identity.sessions import OFFLINE
from saas.tenants.identity.who import app_query
from saas.tenants.identity_tables import session
from saas.tenants.oauth.installations import Installation
from saas.tenants.oauth_tables import app, authorization, installation
from saas.tenants.tenant import TenantState

OF_PEOPLE = frozenset({"openid", "profile", "email", OFFLINE})
_KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Agreement:
    """One agreement that stands: nothing of it has ended.

    scopes  what was agreed to, as far as the tenant's administrator still grants it
    """

    id: UUID
    client_id: str
    tenant: str
    person_id: UUID | None
    session_id: UUID | None
    scopes: frozenset[str]
    methods: tuple[str, ...]
    authenticated_at: datetime
    expires_at: datetime

    @property
    def outlasts(self) -> bool:
        """Whether the app may go on while the person is away."""
        return OFFLINE in self.scopes


@dataclass(frozen=True, slots=True)
class Signed:
    """How and when the person had signed in who agreed, in which session; None where its end shall not matter."""

    session_id: UUID | None
    methods: tuple[str, ...]
    authenticated_at: datetime
    expires_at: datetime


def agreement_begin(
    connection: Connection, one: Installation, scopes: frozenset[str], membership_id: UUID, signed: Signed
) -> UUID | None:
    """A person agreed: until their session would end, or as long as it is used where the app may go on without them.

    None where the session has ended meanwhile.
    """
    held = select(session.c.id).where(session.c.id == signed.session_id).with_for_update(read=True, key_share=True)
    if signed.session_id is not None and connection.execute(held).first() is None:
        return None
    until = _unused_until() if OFFLINE in scopes else signed.expires_at
    return _insert(
        connection,
        one.id,
        scopes=sorted(scopes),
        membership_id=membership_id,
        session_id=signed.session_id,
        methods=list(signed.methods),
        authenticated_at=signed.authenticated_at,
        expires_at=until,
    )


def machine_begin(connection: Connection, one: Installation, scopes: frozenset[str]) -> UUID:
    """A machine acts as itself: until the one token that it gets now is over."""
    moment = now()
    return _insert(
        connection,
        one.id,
        scopes=sorted(scopes),
        methods=[],
        authenticated_at=moment,
        expires_at=moment + timedelta(minutes=settings().access_minutes + 1),
    )


def agreement_standing(connection: Connection, id_: UUID) -> Agreement | None:
    """The agreement, where neither it nor the app, installation, membership or tenant behind it has ended."""
    stands = app_query(id_).add_columns(
        app.c.client_id,
        tenant.c.slug.label("of_tenant"),
        authorization.c.scopes.label("agreed"),
        authorization.c.session_id,
        authorization.c.methods,
        authorization.c.authenticated_at,
    )
    is_open = tenant.c.state == TenantState.ACTIVE.value
    row = connection.execute(stands.where(is_open)).one_or_none()
    if row is None:
        return None
    return Agreement(
        id=row.token_id,
        client_id=row.client_id,
        tenant=row.of_tenant,
        person_id=row.person_id,
        session_id=row.session_id,
        scopes=frozenset(row.scopes) | (frozenset(row.agreed) & OF_PEOPLE),
        methods=tuple(row.methods),
        authenticated_at=row.authenticated_at,
        expires_at=row.expires_at,
    )


def agreement_goes_on(connection: Connection, one: Agreement) -> None:
    """It was used: one that outlasts its session lasts as long again."""
    if one.outlasts:
        connection.execute(update(authorization).where(authorization.c.id == one.id).values(expires_at=_unused_until()))


def agreement_end(connection: Connection, id_: UUID) -> None:
    """All tokens given under it are worth nothing from now on."""
    still = authorization.c.id == id_, authorization.c.ended_at.is_(None)
    connection.execute(update(authorization).where(*still).values(ended_at=now()))


def is_of_app(connection: Connection, id_: UUID, app_id: UUID) -> bool:
    """Whether the agreement is with this app."""
    found = (
        select(authorization.c.id)
        .join(installation, installation.c.id == authorization.c.installation_id)
        .where(authorization.c.id == id_, installation.c.app_id == app_id)
    )
    return connection.execute(found).first() is not None


def _insert(connection: Connection, installation_id: UUID, **values: Any) -> UUID:
    id_ = ids.new_id(ids.AUTHORIZATION)
    over = authorization.c.installation_id == installation_id, authorization.c.expires_at < now() - _KEPT
    connection.execute(delete(authorization).where(*over))
    connection.execute(
        authorization.insert().values(
            id=id_, installation_id=installation_id, resource=resource(), created_at=now(), **values
        )
    )
    return id_


def _unused_until() -> datetime:
    return now() + timedelta(days=settings().refresh_days)
