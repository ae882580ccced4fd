"""Jobs within our own database: atomic ones in one transaction, long ones chunk by chunk."""

from typing import Any

import sqlalchemy as sa

from saas.engine.crons import cron_of, is_for_today
from saas.engine.jobs import Job, Step, arguments, job_table
from saas.tenants.tenant import Tenant
from saas.workers.attempt import end, lock, scope_of, take
from saas.workers.leases import Held


def do_atomic(tenant: Tenant, held: Held, job: Job[Any]) -> None:
    """The work and the end of the job in one transaction."""
    with scope_of(tenant, held) as scope:
        if held.key is None:
            if take(scope, held):
                job(scope, **arguments(job, held.payload))
            return
        if lock(scope, held) is None:
            return
        cron = cron_of(held.task, held.key)
        answer = None
        if cron is None or is_for_today(scope, cron):
            answer = job(scope, **arguments(job, held.payload))
        end(scope, held, answer)


def do_chunk(tenant: Tenant, held: Held, job: Job[Any]) -> bool | None:
    """One chunk and its checkpoint in one transaction; whether there is more to do, None where it is no longer ours."""
    with scope_of(tenant, held) as scope:
        row = lock(scope, held)
        if row is None:
            return None
        step = Step(row.checkpoint or {}, row.progress or {}, row.cancel_at is not None)
        cron = cron_of(held.task, held.key)
        if cron is not None and not row.checkpoint and not is_for_today(scope, cron):
            end(scope, held)
            return False
        after: Step | None = job(scope, step, **arguments(job, held.payload))
        if after is None or step.cancelled:
            end(scope, held)
            return False
        mark = sa.update(job_table).where(job_table.c.id == held.id)
        scope.session.execute(mark.values(checkpoint=after.checkpoint, progress=after.progress))
        return True
