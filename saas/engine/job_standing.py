"""How jobs stand, as their tenant sees them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from saas.engine.job_errors import told_outward
from saas.engine.job_registry import JobKind
from saas.engine.job_table import job_table


class JobState(StrEnum):
    """What a person is told of a job; a job that ended well is no longer there."""

    QUEUED = "queued"
    RUNNING = "running"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A job as its tenant sees it."""

    id: UUID
    task: str
    kind: JobKind
    queue: str
    key: str | None
    state: JobState
    actor_id: UUID | None
    created_at: datetime
    run_at: datetime
    attempts: int
    max_attempts: int
    progress: dict[str, Any]
    cancelling: bool
    dead_at: datetime | None
    last_error: str | None


def is_in(state: JobState) -> sa.ColumnElement[bool]:
    """The rows that are in this state."""
    held = job_table.c.holder.is_not(None)
    is_dead = job_table.c.dead_at.is_not(None)
    if state is JobState.DEAD:
        return is_dead
    return sa.and_(~is_dead, held if state is JobState.RUNNING else ~held)


def job_status(session: Session, job_id: UUID) -> JobStatus | None:
    """How a job stands, or None where it is done, was never written or belongs to another tenant."""
    row = session.execute(sa.select(job_table).where(job_table.c.id == job_id)).one_or_none()
    return None if row is None else standing(row)


def job_list(
    session: Session, *, state: JobState | None = None, first: int = 50, after: UUID | None = None
) -> list[JobStatus]:
    """The tenant's jobs, those that were asked for last first; at most `first` of those behind the job `after`."""
    found = sa.select(job_table).order_by(job_table.c.id.desc()).limit(first)
    if state is not None:
        found = found.where(is_in(state))
    if after is not None:
        found = found.where(job_table.c.id < after)
    return [standing(row) for row in session.execute(found)]


def standing(row: sa.Row[Any]) -> JobStatus:
    """How the job of this row stands."""
    waiting = JobState.QUEUED if row.holder is None else JobState.RUNNING
    return JobStatus(
        id=row.id,
        task=row.task,
        kind=JobKind(row.kind),
        queue=row.queue,
        key=row.key,
        state=waiting if row.dead_at is None else JobState.DEAD,
        actor_id=row.actor_id,
        created_at=row.created_at,
        run_at=row.run_at,
        attempts=row.attempts,
        max_attempts=row.max_attempts,
        progress=row.progress or {},
        cancelling=row.cancel_at is not None,
        dead_at=row.dead_at,
        last_error=told_outward(row.last_error),
    )
