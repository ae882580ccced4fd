"""An export as a long job: it tells how far it is every few seconds, and ends soon after it was called off."""

from uuid import UUID

import sqlalchemy as sa

from saas.engine.export.run import end_early, go_on, start
from saas.engine.export.tables import export_run
from saas.engine.export.wish import ExportState, Wish
from saas.engine.field import Label
from saas.engine.jobs import LONG, Step, job
from saas.engine.registry import ObjectType
from saas.engine.scope import Scope


@job(kind=LONG, queue="bulk", attempts=3, label=Label("Export", "导出"))
def export_run_perform(scope: Scope, step: Step, run_id: UUID) -> Step | None:
    """Write the next records of an export."""
    if step.cancelled:
        end_early(scope, run_id, ExportState.CANCELLED, "Called off.")
        return None
    rows = go_on(scope, run_id)
    return None if rows is None else Step(progress={"done": rows})


def start_later(scope: Scope, one: ObjectType, wish: Wish) -> UUID:
    """Note down an export and have the workers do it, as the same person."""
    run_id = start(scope, one, wish)
    job_id = scope.later(export_run_perform, key=f"export_run:{run_id}", run_id=run_id)
    scope.session.execute(sa.update(export_run).where(export_run.c.id == run_id).values(job_id=job_id))
    return run_id
