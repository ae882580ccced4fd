"""What the directory is asked about a token: who holds it, in which tenant, through which app, and for what."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, Text, Uuid, func, literal, null, or_, select

from saas.kit.clock import now
from saas.tenants.directory import tenant_query
from saas.tenants.directory_tables import membership, sign_in, tenant
from saas.tenants.oauth_tables import app, authorization, installation

# Tokens that are shown as they are: of a sign-in, and a person's own for scripts.
TOKEN_PREFIXES = ("atr_", "atp_")


def bearer_query(token_hash: bytes) -> Select[Any]:
    """The holder of a token that we keep as a hash; nobody where the membership ended."""
    return _bearers().where(sign_in.c.token_hash == token_hash)


def bearers_query(token_ids: Iterable[UUID]) -> Select[Any]:
    """The holders of several such tokens, by their ids."""
    return _bearers().where(sign_in.c.id.in_(token_ids))


def _bearers() -> Select[Any]:
    return (
        select(
            *tenant_query().selected_columns,
            sign_in.c.id.label("token_id"),
            sign_in.c.expires_at,
            sign_in.c.scopes,
            membership.c.principal_id,
            membership.c.person_id,
            null().cast(Uuid).label("app_id"),
            null().cast(Text).label("app"),
        )
        .select_from(sign_in)
        .join(membership, membership.c.id == sign_in.c.membership_id)
        .join(tenant, tenant.c.id == membership.c.tenant_id)
        .where(membership.c.ended_at.is_(None))
    )


def app_query(authorization_id: UUID) -> Select[Any]:
    """Who an app acts for under this agreement; nobody where any part of it ended.

    Its scopes are those that were agreed to, as far as the tenant's administrator still grants them to the app.
    """
    return apps_query([authorization_id])


def apps_query(authorization_ids: Iterable[UUID]) -> Select[Any]:
    """The same for several agreements."""
    agreed = func.unnest(authorization.c.scopes).column_valued("agreed")
    granted = select(func.array_agg(agreed)).where(agreed == func.any(installation.c.scopes)).scalar_subquery()
    return (
        select(
            *tenant_query().selected_columns,
            authorization.c.id.label("token_id"),
            authorization.c.expires_at,
            func.coalesce(granted, literal([], ARRAY(Text))).label("scopes"),
            func.coalesce(membership.c.principal_id, installation.c.principal_id).label("principal_id"),
            membership.c.person_id,
            installation.c.app_id,
            app.c.name.label("app"),
        )
        .select_from(authorization)
        .join(installation, installation.c.id == authorization.c.installation_id)
        .join(app, app.c.id == installation.c.app_id)
        .join(tenant, tenant.c.id == installation.c.tenant_id)
        .outerjoin(membership, membership.c.id == authorization.c.membership_id)
        .where(
            authorization.c.id.in_(authorization_ids),
            authorization.c.ended_at.is_(None),
            authorization.c.expires_at > now(),
            installation.c.ended_at.is_(None),
            app.c.state == "active",
            or_(authorization.c.membership_id.is_(None), membership.c.ended_at.is_(None)),
        )
    )
