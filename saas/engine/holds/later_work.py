"""What holds of jobs: none is dead, and none waits for days."""

from datetime import timedelta

import sqlalchemy as sa

from saas.engine.invariants import Broken, invariant
from saas.engine.jobs import job_table
from saas.engine.scope import Scope

_LATE = timedelta(days=1)
_row = job_table.c


@invariant(
    "jobs_end_well", remedy="`saas jobs list --state dead` tells why; then `saas jobs retry`, or `saas jobs drop`."
)
def jobs_end_well(scope: Scope) -> Broken:
    """No job is dead: each was done, or somebody has decided about it."""
    return sa.select(_row.id).where(_row.tenant_id == scope.tenant.id, _row.dead_at.is_not(None))


@invariant("jobs_are_in_time", remedy="Start more workers; `/readyz` tells how late they are.")
def jobs_are_in_time(scope: Scope) -> Broken:
    """No job that is due has waited for longer than a day."""
    late = sa.and_(_row.dead_at.is_(None), _row.run_at < scope.now - _LATE)
    return sa.select(_row.id).where(_row.tenant_id == scope.tenant.id, late)
