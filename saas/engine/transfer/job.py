"""An import as a long job: each chunk is a transaction with its checkpoint, so that nothing is lost or done twice."""

from uuid import UUID

import sqlalchemy as sa

from saas.engine.jobs import LONG, Step, job
from saas.engine.scope import Scope
from saas.engine.transfer.arranged import drop
from saas.engine.transfer.run import RunState, Upload, end_early, go_on, start
from saas.engine.transfer.tables import import_run


@job(kind=LONG, attempts=3)
def import_run_perform(scope: Scope, step: Step, run_id: UUID) -> Step | None:
    """Deal with the next chunk of an import."""
    if step.cancelled:
        end_early(scope, run_id, RunState.CANCELLED, "Called off")
        return None
    counts = go_on(scope, run_id, keeps_refused=True)
    if counts is None:
        return None
    return Step(checkpoint={"done": counts.done}, progress={"rows": counts.rows, "done": counts.done})


def start_later(scope: Scope, upload: Upload) -> UUID:
    """Note down an import and have the workers do it, as the same actor."""
    run_id = start(scope, upload)
    drop(scope.tenant.id, run_id)  # a worker does it, in another process
    job_id = scope.later(import_run_perform, key=f"import_run:{run_id}", run_id=run_id)
    scope.session.execute(sa.update(import_run).where(import_run.c.id == run_id).values(job_id=job_id))
    return run_id
