"""What is told of exports: how each stands and which file it became. Each is its starter's; the log tells of all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.export.tables import export_run
from saas.engine.export.wish import OPEN, ExportFormat, ExportState
from saas.engine.jobs import JobState, job_status
from saas.engine.read.files import files_in_sight
from saas.engine.scope import Scope
from saas.engine.stored_file import File


@dataclass(frozen=True, slots=True)
class ExportReport:
    """An export; `file` is None before it is there, after it was removed, and to everybody but its starter.

    asked  the wish, as it is kept
    """

    id: UUID
    object: str
    format: ExportFormat
    state: ExportState
    rows: int
    reason: str | None
    asked: Mapping[str, Any]
    file: File | None
    created_by: UUID
    created_at: datetime
    finished_at: datetime | None


def export_report(scope: Scope, run_id: UUID) -> ExportReport | None:
    """How the export stands; None where the actor started no such export."""
    return next(iter(_reports(scope, _mine(scope).where(export_run.c.id == run_id))), None)


def export_reports(scope: Scope, first: int, *, everybodys: bool = False) -> list[ExportReport]:
    """The actor's exports, the newest first; everybody's to whom may see who has which rights, else Forbidden."""
    if everybodys:
        scope.need("role.read")
    newest = sa.select(export_run) if everybodys else _mine(scope)
    newest = newest.order_by(export_run.c.created_at.desc(), export_run.c.id.desc()).limit(first)
    return _reports(scope, newest)


def _mine(scope: Scope) -> sa.Select[Any]:
    return sa.select(export_run).where(export_run.c.created_by == scope.actor_id)


def _reports(scope: Scope, statement: sa.Select[Any]) -> list[ExportReport]:
    rows = scope.session.execute(statement).all()
    file_ids = [row.file_id for row in rows if row.file_id is not None]
    files = files_in_sight(scope, file_ids) if file_ids else {}
    return [_report(scope, row, files.get(row.file_id)) for row in rows]


def _report(scope: Scope, row: Any, file: File | None) -> ExportReport:
    lost = _lost(scope, row) if row.state in OPEN else None
    return ExportReport(
        id=row.id,
        object=row.object,
        format=ExportFormat(row.wish["format"]),
        state=ExportState.FAILED if lost else ExportState(row.state),
        rows=row.rows,
        reason=lost or row.reason,
        asked=row.wish,
        file=file,
        created_by=row.created_by,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


def _lost(scope: Scope, row: Any) -> str | None:
    """Why nobody goes on with an export that has not ended."""
    job = None if row.job_id is None else job_status(scope.session, row.job_id)
    if row.job_id is None or (job is not None and job.state is not JobState.DEAD):
        return None
    return "Its job is gone." if job is None else f"Its job gave up: {job.last_error}"
