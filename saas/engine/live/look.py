"""One look at a tenant's feed for all who follow it: how far it is complete, and what is new in it."""

from dataclasses import dataclass

import sqlalchemy as sa

from saas.engine.audit import audit
from saas.engine.changes.states import xid
from saas.tenants.session import reading
from saas.tenants.tenant import Tenant

_HORIZON = sa.text("pg_snapshot_xmin(pg_current_snapshot())")


@dataclass(frozen=True, slots=True)
class Look:
    """How a tenant's feed stands.

    horizon         the transaction before which all is complete
    names           the objects of which records were changed since the look before
    is_held_up      whether there are changes behind the horizon: a transaction that began earlier still runs
    policy_version  rises when anybody's rights are changed
    """

    horizon: int
    names: frozenset[str]
    is_held_up: bool
    policy_version: int


def look(tenant: Tenant, since: int | None) -> Look:
    """Look at the feed, since the horizon of the look before; the first look finds nothing new.

    TenantUnavailable and Unavailable as always.
    """
    horizon = sa.cast(_HORIZON, sa.Text())
    held_up = sa.exists().where(audit.c.xid >= _HORIZON)
    new = sa.select(audit.c.object).where(audit.c.xid >= xid(since or 0), audit.c.xid < _HORIZON).distinct()
    with reading(tenant) as opened:
        row = opened.session.execute(sa.select(horizon, held_up)).one()
        names = opened.session.execute(new).scalars() if since is not None else ()
        return Look(int(row[0]), frozenset(names), bool(row[1]), opened.stamp.policy_version)
