"""An import as a long job: each step is a transaction with its checkpoint, so that nothing is lost or done twice."""

from collections.abc import Iterator
from dataclasses import replace
from typing import IO
from uuid import UUID

import sqlalchemy as sa

from saas.engine.field import Label
from saas.engine.files.made import keep_made
from saas.engine.files.sink import Sink
from saas.engine.jobs import LONG, Step, job
from saas.engine.scope import Scope
from saas.engine.transfer.reading import drop
from saas.engine.transfer.refused import keep_refused
from saas.engine.transfer.run import RunState, Upload, end_early, go_on, start
from saas.engine.transfer.tables import import_run
from saas.gateways.files import PIECE, file_store


@job(kind=LONG, queue="bulk", attempts=3, label=Label("Import", "导入"))
def import_run_perform(scope: Scope, step: Step, run_id: UUID) -> Step | None:
    """Deal with the next chunk of an import."""
    if step.cancelled:
        end_early(scope, run_id, RunState.CANCELLED, "Called off")
        return None
    counts = go_on(scope, run_id, keep_refused=keep_refused)
    if counts is None:
        return None
    return Step(checkpoint={"done": counts.done, "rows": counts.rows}, progress=_progress(counts.rows, counts.done))


def _progress(rows: int, done: int) -> dict[str, int]:
    return {"total": rows, "done": done}


def start_later(scope: Scope, upload: Upload) -> UUID:
    """Note down an import and have the workers do it, as the same actor; a file of this machine is sent to the store.

    Unavailable where the store does not take it.
    """
    if not isinstance(upload.content, str | UUID):
        upload = replace(upload, content=_kept(scope, upload.file_name, upload.content))
    run_id = start(scope, upload)
    drop(scope, run_id)  # a worker does it, in another process
    job_id = scope.later(import_run_perform, key=f"import_run:{run_id}", run_id=run_id)
    scope.session.execute(sa.update(import_run).where(import_run.c.id == run_id).values(job_id=job_id))
    return run_id


def _kept(scope: Scope, name: str, file: IO[bytes]) -> UUID:
    incoming = file_store().incoming()
    try:
        sink = Sink(incoming)
        for piece in _pieces(file):
            sink.write(piece)
        return keep_made(scope, name, "application/octet-stream", sink)[1]
    finally:
        incoming.drop()


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(PIECE):
        yield piece
