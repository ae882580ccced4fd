"""What lost workers and a lost Redis left behind, and what a release of before wrote, is brought back among the due."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from saas.workers.leases import run

_LOST = sa.text("""
    UPDATE platform.job SET
        holder = NULL, lease_until = NULL, ripe = true,
        dead_at = CASE WHEN attempts < max_attempts THEN NULL ELSE now() END,
        last_error = CASE WHEN attempts < max_attempts THEN last_error
                     ELSE coalesce(last_error, 'WorkerLost: the worker ended before the job did') END
    WHERE id = ANY(ARRAY(
        SELECT id FROM platform.job
        WHERE stage = 'out' AND lease_until < now() AND holder IS NOT NULL LIMIT 1000 FOR UPDATE SKIP LOCKED
    ))
    RETURNING id, tenant_id, task, dead_at IS NOT NULL AS dead
""")

_UNHEARD = sa.text("""
    SELECT id, queue FROM platform.job
    WHERE stage = 'out' AND lease_until < now() AND holder IS NULL LIMIT 1000
""")

_SENT_AGAIN = sa.text("""
    UPDATE platform.job SET lease_until = CASE WHEN id = ANY(:there) THEN now() + make_interval(secs => :lease) END
    WHERE id = ANY(:ids) AND lease_until < now() AND holder IS NULL AND dead_at IS NULL
    RETURNING id
""")

_HASTEN_CANCELLED = sa.text("""
    UPDATE platform.job SET run_at = now() WHERE id = ANY(ARRAY(
        SELECT id FROM platform.job
        WHERE cancel_at IS NOT NULL AND dead_at IS NULL AND run_at > now() FOR UPDATE SKIP LOCKED
    ))
    RETURNING id
""")

_OLD_QUEUE = sa.text("""
    UPDATE platform.job SET queue = 'interactive' WHERE id = ANY(ARRAY(
        SELECT id FROM platform.job WHERE stage = 'due' AND queue = 'default' LIMIT 1000 FOR UPDATE SKIP LOCKED
    ))
    RETURNING id
""")


@dataclass(frozen=True, slots=True)
class Lost:
    """A job whose worker is gone; dead where that was the last attempt."""

    id: UUID
    tenant_id: UUID
    task: str
    dead: bool


def take_back(cell: sa.Engine) -> list[Lost]:
    """What workers held whose lease has run out is due again. Whose transaction still works on it keeps it."""
    return [Lost(**row) for row in run(cell, _LOST)]


def unheard(cell: sa.Engine) -> dict[str, list[UUID]]:
    """By queue what was sent so long ago that somebody should have taken it."""
    found: dict[str, list[UUID]] = {}
    for row in run(cell, _UNHEARD):
        found.setdefault(row["queue"], []).append(row["id"])
    return found


def sent_again(cell: sa.Engine, ids: list[UUID], there: list[UUID], lease: float) -> None:
    """Of those that nobody has taken, whose message still waits is left to wait; the others are due again."""
    run(cell, _SENT_AGAIN, ids=ids, there=there, lease=lease)


def hasten_cancelled(cell: sa.Engine) -> None:
    """A long job that was called off need not wait for its time to write its end."""
    run(cell, _HASTEN_CANCELLED)


def rename_queues(cell: sa.Engine) -> None:
    """What a release wrote that did not know of queues by class."""
    run(cell, _OLD_QUEUE)
