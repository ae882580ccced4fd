"""What people agreed to let apps do, so that they are not asked the same again; they look at it and take it back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from saas.kit.clock import now
from saas.tenants.directory import rows
from saas.tenants.directory_tables import membership, tenant
from saas.tenants.oauth_tables import app, authorization, consent, installation


@dataclass(frozen=True, slots=True)
class Allowed:
    """An app that acts for a person in a tenant, or may ask to without asking them again."""

    installation_id: UUID
    app: str
    tenant: str
    since: datetime


def consent_given(app_id: UUID, membership_id: UUID) -> frozenset[str]:
    """The scopes that the person agreed to for this app in this tenant."""
    found = rows(_scopes(app_id, membership_id))
    return frozenset(found[0].scopes) if found else frozenset()


def consent_keep(connection: Connection, app_id: UUID, membership_id: UUID, scopes: frozenset[str]) -> None:
    """Remember these scopes besides those from before."""
    kept = connection.execute(_scopes(app_id, membership_id).with_for_update()).scalar_one_or_none()
    if kept is not None and scopes <= frozenset(kept):
        return
    values = {"scopes": sorted(scopes.union(kept or ())), "created_at": now()}
    given = insert(consent).values(app_id=app_id, membership_id=membership_id, **values)
    connection.execute(given.on_conflict_do_update(index_elements=["app_id", "membership_id"], set_=values))


def apps_allowed(person_id: UUID) -> list[Allowed]:
    """The apps that this person let in, wherever they belong to now, by the names of tenants and apps."""
    is_remembered = (consent.c.app_id == installation.c.app_id) & (consent.c.membership_id == membership.c.id)
    acts = authorization.c.installation_id == installation.c.id, authorization.c.membership_id == membership.c.id
    stands = authorization.c.ended_at.is_(None), authorization.c.expires_at > now()
    began = select(func.min(authorization.c.created_at)).where(*acts, *stands).scalar_subquery()
    query = (
        select(
            installation.c.id,
            app.c.name,
            tenant.c.name.label("of"),
            func.least(consent.c.created_at, began).label("since"),
        )
        .join(app, app.c.id == installation.c.app_id)
        .join(tenant, tenant.c.id == installation.c.tenant_id)
        .join(membership, membership.c.tenant_id == tenant.c.id)
        .outerjoin(consent, is_remembered)
        .where(membership.c.person_id == person_id, membership.c.ended_at.is_(None), installation.c.ended_at.is_(None))
        .where(or_(consent.c.app_id.is_not(None), exists().where(*acts, *stands)))
        .order_by(tenant.c.name, app.c.name)
    )
    return [Allowed(row.id, row.name, row.of, row.since) for row in rows(query)]


def app_forbid(connection: Connection, person_id: UUID, installation_id: UUID) -> bool:
    """Take back what this person let the app do there: all of its tokens for them end; False where there is none."""
    mine = (
        select(membership.c.id, installation.c.app_id)
        .join(installation, installation.c.tenant_id == membership.c.tenant_id)
        .where(installation.c.id == installation_id, membership.c.person_id == person_id)
    )
    found = connection.execute(mine).one_or_none()
    if found is None:
        return False
    given = authorization.c.installation_id == installation_id, authorization.c.membership_id == found.id
    open_ones = update(authorization).where(*given, authorization.c.ended_at.is_(None)).values(ended_at=now())
    ended = connection.execute(open_ones.returning(authorization.c.id)).all()
    kept = consent.c.app_id == found.app_id, consent.c.membership_id == found.id
    forgotten = connection.execute(delete(consent).where(*kept).returning(consent.c.app_id)).all()
    return bool(ended or forgotten)


def _scopes(app_id: UUID, membership_id: UUID) -> Select[Any]:
    return select(consent.c.scopes).where(consent.c.app_id == app_id, consent.c.membership_id == membership_id)
