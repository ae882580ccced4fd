"""What people agreed to let apps do, so that they are not asked the same again."""

from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from saas.kit.clock import now
from saas.tenants.directory import rows
from saas.tenants.oauth_tables import consent


def consent_given(app_id: UUID, membership_id: UUID) -> frozenset[str]:
    """The scopes that the person agreed to for this app in this tenant."""
    of_both = consent.c.app_id == app_id, consent.c.membership_id == membership_id
    found = rows(select(consent.c.scopes).where(*of_both))
    return frozenset(found[0].scopes) if found else frozenset()


def consent_keep(connection: Connection, app_id: UUID, membership_id: UUID, scopes: frozenset[str]) -> None:
    """Remember these scopes besides those from before."""
    known = consent_given(app_id, membership_id)
    values = {"scopes": sorted(known | scopes), "created_at": now()}
    given = insert(consent).values(app_id=app_id, membership_id=membership_id, **values)
    connection.execute(given.on_conflict_do_update(index_elements=["app_id", "membership_id"], set_=values))
