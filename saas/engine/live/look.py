"""One look at a tenant's feed for all who follow it: how far it is complete, and what is new in it."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from saas.engine.audit import audit
from saas.engine.changes.states import xid
from saas.engine.notifications.tables import notification
from saas.tenants.session import reading
from saas.tenants.tenant import Tenant

ME = "@me"  # among what wakes a source: that whoever follows was told something
_TOLD = "@"
_HORIZON = sa.text("pg_snapshot_xmin(pg_current_snapshot())")


@dataclass(frozen=True, slots=True)
class Look:
    """How a tenant's feed stands.

    horizon         the transaction before which all is complete
    names           since the look before: objects of which records were changed, `told(…)` of whom was told something
    is_held_up      whether there is something behind the horizon: a transaction that began earlier still runs
    policy_version  rises when anybody's rights are changed
    """

    horizon: int
    names: frozenset[str]
    is_held_up: bool
    policy_version: int


def told(person: UUID) -> str:
    """The name under which a look tells that there are notifications for somebody."""
    return f"{_TOLD}{person}"


def look(tenant: Tenant, since: int | None) -> Look:
    """Look at the feed, since the horizon of the look before; the first look finds nothing new.

    TenantUnavailable and Unavailable as always.
    """
    horizon = sa.cast(_HORIZON, sa.Text())
    held_up = sa.or_(*(sa.exists().where(table.c.xid >= _HORIZON) for table in (audit, notification)))
    changed = sa.select(audit.c.object).where(_between(audit, since))
    person = sa.literal(_TOLD) + sa.cast(notification.c.recipient_id, sa.Text())
    new = sa.union(changed, sa.select(person).where(_between(notification, since)))
    with reading(tenant) as opened:
        row = opened.session.execute(sa.select(horizon, held_up)).one()
        names = opened.session.execute(new).scalars() if since is not None else ()
        return Look(int(row[0]), frozenset(names), bool(row[1]), opened.stamp.policy_version)


def _between(table: sa.Table, since: int | None) -> sa.ColumnElement[bool]:
    """What was written since then and is complete."""
    return sa.and_(table.c.xid >= xid(since or 0), table.c.xid < _HORIZON)
