"""Apps in tenants: installed by an administrator with the scopes that he grants, until he ends it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert

from saas.kit import ids
from saas.kit.clock import now
from saas.tenants.directory import rows, tenant_from, tenant_query
from saas.tenants.directory_tables import membership, tenant
from saas.tenants.oauth_tables import app, authorization, consent
from saas.tenants.oauth_tables import installation as table
from saas.tenants.tenant import Tenant, TenantState


@dataclass(frozen=True, slots=True)
class Installation:
    """An app in a tenant. `principal_id` is the app's own identity there; `scopes` what it may do at most."""

    id: UUID
    app_id: UUID
    tenant_id: UUID
    scopes: frozenset[str]
    principal_id: UUID
    created_at: datetime
    client_id: str
    app_name: str
    app_description: str
    app_homepage: str


def installations_among(app_id: UUID, tenant_ids: Collection[UUID]) -> dict[UUID, Installation]:
    """The app's installations in these tenants, by tenant."""
    found = rows(_query().where(table.c.app_id == app_id, table.c.tenant_id.in_(tenant_ids)))
    return {row.tenant_id: _installation(row) for row in found}


def installations_in(tenant_id: UUID) -> list[Installation]:
    """All apps that are installed in this tenant, by name."""
    found = rows(_query().where(table.c.tenant_id == tenant_id).order_by(app.c.name, table.c.id))
    return [_installation(row) for row in found]


def tenants_with(app_id: UUID, slug: str | None) -> list[tuple[Installation, Tenant]]:
    """Where the app is installed and the tenant is open: in the tenant called `slug`, or in up to two of them."""
    query = (
        select(*tenant_query().selected_columns, table.c.id.label("installation_id"))
        .join(table, table.c.tenant_id == tenant.c.id)
        .where(table.c.app_id == app_id, table.c.ended_at.is_(None), tenant.c.state == TenantState.ACTIVE.value)
        .limit(2)
    )
    found = rows(query if slug is None else query.where(tenant.c.slug == slug))
    told = {row.id: row for row in rows(_query().where(table.c.id.in_([row.installation_id for row in found])))}
    return [
        (_installation(told[row.installation_id]), tenant_from(row)) for row in found if row.installation_id in told
    ]


def installation_locked(connection: Connection, tenant_id: UUID, id_: UUID) -> Installation | None:
    """An open installation of this tenant, held until the transaction ends."""
    query = _query().where(table.c.id == id_, table.c.tenant_id == tenant_id).with_for_update(of=table)
    found = connection.execute(query).one_or_none()
    return None if found is None else _installation(found)


def install(connection: Connection, app_id: UUID, tenant_id: UUID, scopes: frozenset[str]) -> Installation | None:
    """Install the app; None where it is installed already. One that was ended before comes back as who it was."""
    ours = insert(table).values(
        id=ids.new_id(ids.INSTALLATION),
        app_id=app_id,
        tenant_id=tenant_id,
        scopes=sorted(scopes),
        principal_id=ids.new_id(ids.APP_IDENTITY),
        created_at=now(),
    )
    again = {"scopes": ours.excluded.scopes, "created_at": ours.excluded.created_at, "ended_at": None}
    ours = ours.on_conflict_do_update(
        index_elements=["app_id", "tenant_id"], set_=again, where=table.c.ended_at.is_not(None)
    )
    id_ = connection.execute(ours.returning(table.c.id)).scalar_one_or_none()
    return None if id_ is None else installation_locked(connection, tenant_id, id_)


def installation_change(connection: Connection, id_: UUID, scopes: frozenset[str]) -> None:
    """Grant the app these scopes from now on; tokens that it has are bound by them too."""
    connection.execute(update(table).where(table.c.id == id_).values(scopes=sorted(scopes)))


def installation_end(connection: Connection, one: Installation) -> None:
    """The app has no business here any more: all of its tokens end, and what people agreed to is forgotten."""
    moment = now()
    connection.execute(update(table).where(table.c.id == one.id).values(ended_at=moment))
    open_ones = authorization.c.installation_id == one.id, authorization.c.ended_at.is_(None)
    connection.execute(update(authorization).where(*open_ones).values(ended_at=moment))
    of_here = exists().where(membership.c.id == consent.c.membership_id, membership.c.tenant_id == one.tenant_id)
    connection.execute(delete(consent).where(consent.c.app_id == one.app_id, of_here))


def _query() -> Select[Any]:
    return (
        select(
            table.c.id,
            table.c.app_id,
            table.c.tenant_id,
            table.c.scopes,
            table.c.principal_id,
            table.c.created_at,
            app.c.client_id,
            app.c.name.label("app_name"),
            app.c.description.label("app_description"),
            app.c.homepage.label("app_homepage"),
        )
        .join(app, app.c.id == table.c.app_id)
        .where(table.c.ended_at.is_(None))
    )


def _installation(row: Any) -> Installation:
    values = dict(row._mapping)  # SQLAlchemy's own name for it
    return Installation(**values | {"scopes": frozenset(values["scopes"])})
