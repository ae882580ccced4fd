"""Who holds which job: what only the dispatcher's role may write.

A job is due, then sent (leased without holder), then held (leased by one worker), then gone or dead. Every step is one
statement that states what it comes from, so that any number of dispatchers and workers may try the same one.
While a transaction works on a job the row is locked, and no expired lease can give it to somebody else.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.tenants.database import answering

_CLAIM = sa.text("""
    WITH due AS (
        SELECT id FROM platform.job
        WHERE queue = :queue AND dead_at IS NULL AND run_at <= now() AND (lease_until IS NULL OR lease_until < now())
        ORDER BY run_at LIMIT :most FOR UPDATE SKIP LOCKED
    )
    UPDATE platform.job j SET
        holder = NULL,
        lease_until = CASE WHEN attempts < max_attempts THEN now() + make_interval(secs => :lease) END,
        dead_at = CASE WHEN attempts < max_attempts THEN NULL ELSE now() END,
        last_error = CASE WHEN attempts < max_attempts THEN last_error
                     ELSE coalesce(last_error, 'WorkerLost: the worker ended before the job did') END
    FROM due WHERE j.id = due.id
    RETURNING j.id, j.tenant_id, j.dead_at IS NOT NULL AS dead, j.task
""")

_UNSEND = sa.text("""
    UPDATE platform.job SET lease_until = NULL WHERE id = ANY(:ids) AND holder IS NULL AND dead_at IS NULL
    RETURNING id
""")

_HASTEN = sa.text("""
    UPDATE platform.job SET run_at = now() WHERE id IN (
        SELECT id FROM platform.job
        WHERE cancel_at IS NOT NULL AND dead_at IS NULL AND run_at > now() FOR UPDATE SKIP LOCKED
    )
    RETURNING id
""")

_HOLD = sa.text("""
    UPDATE platform.job SET
        holder = :holder, lease_until = now() + make_interval(secs => :lease), attempts = attempts + 1
    WHERE id = (
        SELECT id FROM platform.job
        WHERE id = :id AND tenant_id = :tenant_id AND dead_at IS NULL AND run_at <= now()
          AND attempts < max_attempts AND (holder IS NULL OR lease_until < now())
        FOR UPDATE SKIP LOCKED
    )
    RETURNING id, task, payload, actor_id, attempts, trace, holder
""")

_RENEW = sa.text("""
    UPDATE platform.job SET lease_until = now() + make_interval(secs => :lease), attempts = 1
    WHERE id = :id AND holder = :holder
    RETURNING id
""")

_HAND_BACK = sa.text("""
    UPDATE platform.job SET
        holder = NULL, lease_until = NULL, attempts = greatest(attempts - 1, 0),
        run_at = now() + make_interval(secs => :delay)
    WHERE id = :id AND holder = :holder
    RETURNING id
""")

_FAIL = sa.text("""
    UPDATE platform.job SET
        holder = NULL, lease_until = NULL, last_error = :error,
        dead_at = CASE WHEN attempts < max_attempts THEN NULL ELSE now() END,
        run_at = now() + make_interval(secs => :delay)
    WHERE id = :id AND holder = :holder
    RETURNING dead_at IS NOT NULL AS dead
""")

_OLDEST = sa.text("""
    SELECT coalesce(extract(epoch FROM now() - min(run_at)), 0)::float8 AS seconds FROM platform.job
    WHERE dead_at IS NULL AND run_at <= now() AND (lease_until IS NULL OR lease_until < now())
""")


@dataclass(frozen=True, slots=True)
class Due:
    """A job that was claimed: to be sent, or dead because its last worker was lost."""

    id: UUID
    tenant_id: UUID
    dead: bool
    task: str


@dataclass(frozen=True, slots=True)
class Held:
    """A job in the hands of one worker."""

    id: UUID
    task: str
    payload: dict[str, Any]
    actor_id: UUID | None
    attempts: int
    trace: str | None
    holder: str


def claim(cell: sa.Engine, queue: str, most: int, lease: float) -> list[Due]:
    """Take due jobs, those first that have waited longest; also what a lost worker or a lost Redis left behind."""
    return [Due(**row) for row in _run(cell, _CLAIM, queue=queue, most=most, lease=lease)]


def unsend(cell: sa.Engine, ids: list[UUID]) -> None:
    """Undo a claim whose message could not be sent."""
    _run(cell, _UNSEND, ids=ids)


def hasten_cancelled(cell: sa.Engine) -> None:
    """A long job that was called off need not wait for its time to write its end."""
    _run(cell, _HASTEN)


def hold(cell: sa.Engine, tenant_id: UUID, job_id: UUID, holder: str, lease: float) -> Held | None:
    """Begin an attempt; None where the job is gone, dead, not due, or somebody else's."""
    rows = _run(cell, _HOLD, id=job_id, tenant_id=tenant_id, holder=holder, lease=lease)
    return Held(**rows[0]) if rows else None


def renew(cell: sa.Engine, held: Held, lease: float) -> bool:
    """A sign of life after a chunk, which also forgives earlier attempts; False: the job is no longer ours."""
    return bool(_run(cell, _RENEW, id=held.id, holder=held.holder, lease=lease))


def hand_back(cell: sa.Engine, held: Held, delay: float) -> None:
    """Give the job back without having failed: the attempt does not count."""
    _run(cell, _HAND_BACK, id=held.id, holder=held.holder, delay=delay)


def fail(cell: sa.Engine, held: Held, error: str, delay: float) -> bool:
    """End an attempt with an error; True when it was the last one and the job is dead."""
    rows = _run(cell, _FAIL, id=held.id, holder=held.holder, error=error, delay=delay)
    return bool(rows and rows[0]["dead"])


def oldest_due(cell: sa.Engine) -> float:
    """For how many seconds the oldest job that nobody has taken is due; 0 when there is none."""
    return float(_run(cell, _OLDEST)[0]["seconds"])


def _run(cell: sa.Engine, statement: sa.TextClause, **values: Any) -> list[dict[str, Any]]:
    """One statement, one transaction; Unavailable where the cell does not answer."""
    with answering("a cell", cell.url), cell.connect() as connection:
        return [dict(row) for row in connection.execute(statement, values).mappings()]
