"""What is told of a revert, the last of its import: how it stands, and which records it left as they are and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.revert.counts import RevertCounts
from saas.engine.revert.start import OPEN_REVERT, RevertState, lost_revert, whose
from saas.engine.revert.tables import import_revert, import_revert_issue
from saas.engine.scope import Scope
from saas.engine.transfer.tables import import_run


@dataclass(frozen=True, slots=True)
class RevertReport:
    """A revert; `number` counts those of its import."""

    run_id: UUID
    number: int
    state: RevertState
    is_dry_run: bool
    counts: RevertCounts
    reason: str | None
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class RevertIssue:
    """Why a record stays as it is; `line` is that of the imported file, `fields` those that moved on."""

    line: int
    record_id: UUID
    code: str
    message: str
    fields: list[str]


def revert_report(scope: Scope, run_id: UUID) -> RevertReport | None:
    """How the last revert of the import stands; None where there is none, or the import is not the actor's."""
    newest = _of_run(scope, run_id, *import_revert.c).order_by(import_revert.c.number.desc()).limit(1)
    row = scope.session.execute(newest).one_or_none()
    if row is None:
        return None
    counts = RevertCounts(**row.counts)
    reason = lost_revert(scope, row) if row.state in OPEN_REVERT else ""
    return RevertReport(
        run_id=row.run_id,
        number=row.number,
        state=RevertState.FAILED if reason else RevertState(row.state),
        is_dry_run=row.is_dry_run,
        counts=counts,
        reason=reason or row.reason,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


def revert_issues(
    scope: Scope, run_id: UUID, number: int, first: int | None = None, offset: int = 0
) -> list[RevertIssue]:
    """Why records were left, by line."""
    issue = import_revert_issue.c
    mine = sa.exists().where(import_run.c.id == run_id, whose(scope))
    ordered = (
        sa.select(issue.line, issue.record_id, issue.code, issue.message, issue.fields)
        .where(issue.run_id == run_id, issue.revert == number, mine)
        .order_by(issue.line, issue.number)
        .limit(first)
        .offset(offset)
    )
    return [RevertIssue(*row) for row in scope.session.execute(ordered)]


def _of_run(scope: Scope, run_id: UUID, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    mine = sa.and_(import_run.c.id == import_revert.c.run_id, whose(scope))
    return sa.select(*columns).join(import_run, mine).where(import_revert.c.run_id == run_id)
