"""What is told of imports: how they stand and what there is to say about their lines. Each is its starter's own."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.jobs import JobState, job_status
from saas.engine.read.files import files_in_sight
from saas.engine.scope import Scope
from saas.engine.stored_file import File
from saas.engine.transfer.counts import Counts
from saas.engine.transfer.run import OPEN, RunState
from saas.engine.transfer.tables import import_issue, import_run
from saas.kit import clock

QUIET = timedelta(minutes=5)
_TOLD = [column for column in import_run.c if column.name not in ("header", "mapping", "file_id", "is_read")]


@dataclass(frozen=True, slots=True)
class RunReport:
    """An import as its starter sees it."""

    id: UUID
    object: str
    file_name: str
    state: RunState
    is_dry_run: bool
    counts: Counts
    created_at: datetime
    finished_at: datetime | None
    reason: str
    refused_file: File | None


@dataclass(frozen=True, slots=True)
class LineIssue:
    """Something to tell about one line of the file."""

    line: int
    severity: str
    field: str
    code: str
    message: str


def run_report(scope: Scope, run_id: UUID) -> RunReport | None:
    """How the import stands; None where the actor started no such import."""
    return next(iter(_reports(scope, _mine(scope).where(import_run.c.id == run_id))), None)


def run_reports(scope: Scope, first: int) -> list[RunReport]:
    """The actor's imports, the newest first."""
    newest = _mine(scope).order_by(import_run.c.created_at.desc(), import_run.c.id.desc()).limit(first)
    return _reports(scope, newest)


def run_issues(scope: Scope, run_id: UUID, first: int | None = None, offset: int = 0) -> list[LineIssue]:
    """What there is to tell, by line."""
    columns = [import_issue.c[name] for name in ("line", "severity", "field", "code", "message")]
    ordered = (
        sa.select(*columns)
        .join(import_run, import_run.c.id == import_issue.c.run_id)
        .where(import_run.c.id == run_id, import_run.c.created_by == scope.actor_id)
        .order_by(import_issue.c.line, import_issue.c.row, import_issue.c.number)
        .limit(first)
        .offset(offset)
    )
    return [LineIssue(*row) for row in scope.session.execute(ordered)]


def _mine(scope: Scope) -> sa.Select[Any]:
    return sa.select(*_TOLD).where(import_run.c.created_by == scope.actor_id)


def _reports(scope: Scope, statement: sa.Select[Any]) -> list[RunReport]:
    rows = scope.session.execute(statement).all()
    file_ids = [row.refused_file_id for row in rows if row.refused_file_id is not None]
    files = files_in_sight(scope, file_ids) if file_ids else {}
    return [_report(scope, row, files.get(row.refused_file_id)) for row in rows]


def _report(scope: Scope, row: Any, refused: File | None) -> RunReport:
    counts = Counts.of(row.counts)
    reason = lost_import(scope, row, counts) if row.state in OPEN else ""
    return RunReport(
        id=row.id,
        object=row.object,
        file_name=row.file_name,
        state=RunState.FAILED if reason else RunState(row.state),
        is_dry_run=row.is_dry_run,
        counts=counts,
        created_at=row.created_at,
        finished_at=row.finished_at,
        reason=reason or counts.reason,
        refused_file=refused,
    )


def lost(scope: Scope, job_id: UUID | None, at: str | None, told: str) -> str:
    """Why nobody goes on with what has not ended; empty where somebody does.

    Without a job a command does it, here or elsewhere: it is `told` when nothing was heard of it for long.
    at  when something was heard of it last, RFC 3339; None: it is heard of at its end only
    """
    if job_id is None:
        quiet = at is not None and clock.now() - datetime.fromisoformat(at) > QUIET
        return told if quiet else ""
    job = job_status(scope.session, job_id)
    if job is None:
        return "Its job is gone."
    return f"Its job gave up: {job.last_error}" if job.state is JobState.DEAD else ""


def lost_import(scope: Scope, run: Any, counts: Counts) -> str:
    """The same of an import."""
    told = "The command that did it ended before the file did; started again, it finds what is in unchanged."
    return lost(scope, run.job_id, None if run.is_dry_run else counts.at, told)
