"""A revert as a long job: each chunk is a transaction with its checkpoint, so that nothing is lost or done twice."""

from uuid import UUID

import sqlalchemy as sa

from saas.engine.field import Label
from saas.engine.jobs import LONG, Step, job
from saas.engine.problem import Problem
from saas.engine.revert.run import go_on
from saas.engine.revert.start import Revert, RevertState, end_revert_early, start
from saas.engine.revert.tables import import_revert
from saas.engine.scope import Scope


@job(kind=LONG, queue="bulk", attempts=3, label=Label("Take an import back", "撤销导入"))
def import_revert_perform(scope: Scope, step: Step, run_id: UUID, number: int) -> Step | None:
    """Take back the next chunk of what an import wrote."""
    revert = Revert(run_id, number)
    if step.cancelled:
        end_revert_early(scope, revert, RevertState.CANCELLED, "Called off")
        return None
    counts = go_on(scope, revert)
    if counts is None:
        return None
    return Step(checkpoint={"done": counts.done}, progress={"total": counts.records, "done": counts.done})


def start_later(scope: Scope, run_id: UUID, *, dry_run: bool = False) -> Revert | Problem:
    """Note down that an import is to be taken back and have the workers do it, as the same actor."""
    revert = start(scope, run_id, dry_run=dry_run)
    if isinstance(revert, Problem):
        return revert
    key = f"import_revert:{run_id}:{revert.number}"
    job_id = scope.later(import_revert_perform, key=key, run_id=run_id, number=revert.number)
    scope.session.execute(sa.update(import_revert).where(revert.is_it()).values(job_id=job_id))
    return revert
