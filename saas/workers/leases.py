"""Who holds which job: what only the dispatcher's role may write.

A job waits or is due, then sent (leased without holder), then held (leased by one worker), then gone or dead. Every
step is one statement that states what it comes from, so that any number of dispatchers and workers may try the same.
While a transaction works on a job the row is locked, and no expired lease can give it to somebody else.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.job_registry import JobKind
from saas.tenants.database import answering

# The table is now empty, now full, and the planner remembers neither: rows to be written are named as a list of ids,
# and the tenant is compared in a way that no index serves, so that they are always found by their ids.
_HOLD = sa.text("""
    UPDATE platform.job SET
        holder = :holder, lease_until = now() + make_interval(secs => :lease), attempts = attempts + 1
    WHERE id = ANY(ARRAY(
        SELECT id FROM platform.job
        WHERE id = ANY(:ids) AND tenant_id IS NOT DISTINCT FROM :tenant_id AND dead_at IS NULL AND run_at <= now()
          AND attempts < max_attempts AND (holder IS NULL OR lease_until < now())
        FOR UPDATE SKIP LOCKED
    ))
    RETURNING id, task, kind, queue, key, run_at, payload, actor_id, attempts, trace, traceparent, holder, created_at
""")

_RENEW = sa.text("""
    UPDATE platform.job SET
        lease_until = now() + make_interval(secs => :lease), attempts = CASE WHEN :forgive THEN 1 ELSE attempts END
    WHERE id = :id AND holder = :holder
    RETURNING id
""")

_KEEP = sa.text("""
    UPDATE platform.job SET lease_until = now() + make_interval(secs => :lease)
    WHERE id = ANY(ARRAY(SELECT id FROM platform.job WHERE id = :id AND holder = :holder FOR UPDATE SKIP LOCKED))
    RETURNING id
""")

_HAND_BACK = sa.text("""
    UPDATE platform.job SET
        holder = NULL, lease_until = NULL, attempts = greatest(attempts - 1, 0),
        run_at = now() + make_interval(secs => :delay), ripe = :delay <= 0,
        checkpoint = CASE WHEN :forget THEN NULL ELSE checkpoint END
    WHERE id = ANY(:ids) AND holder = :holder
    RETURNING id
""")

_FAIL = sa.text("""
    UPDATE platform.job SET
        holder = NULL, lease_until = NULL, last_error = :error,
        dead_at = CASE WHEN attempts < max_attempts AND NOT :for_good THEN NULL ELSE now() END,
        run_at = now() + make_interval(secs => :delay), ripe = :delay <= 0,
        checkpoint = CASE WHEN :forget THEN NULL ELSE checkpoint END
    WHERE id = :id AND holder = :holder
    RETURNING dead_at IS NOT NULL AS dead
""")


# Where it is a long one there is nobody left in whose name it could write its end: that it is called off says so.
_GIVE_UP = sa.text("""
    UPDATE platform.job SET dead_at = now(), lease_until = NULL, last_error = :error, cancel_at = now()
    WHERE id = ANY(:ids) AND tenant_id = :tenant_id AND holder IS NULL AND dead_at IS NULL
    RETURNING id
""")


@dataclass(frozen=True, slots=True)
class Held:
    """A job in the hands of one worker."""

    id: UUID
    task: str
    kind: JobKind
    queue: str
    key: str | None
    run_at: datetime
    payload: dict[str, Any]
    actor_id: UUID | None
    attempts: int
    trace: str | None
    traceparent: str | None
    holder: str
    created_at: datetime


def hold(cell: sa.Engine, tenant_id: UUID, ids: list[UUID], holder: str, lease: float) -> list[Held]:
    """Begin an attempt of each that is there, due and free; not of those that are gone, dead or somebody else's."""
    rows = run(cell, _HOLD, ids=ids, tenant_id=tenant_id, holder=holder, lease=lease)
    order = {id_: place for place, id_ in enumerate(ids)}
    held = [Held(**(row | {"kind": JobKind(row["kind"])})) for row in rows]
    return sorted(held, key=lambda one: order[one.id])


def renew(cell: sa.Engine, held: Held, lease: float, *, forgive: bool) -> bool:
    """A sign of life, which after a chunk also forgives earlier attempts; False: the job is no longer ours."""
    return bool(run(cell, _RENEW, id=held.id, holder=held.holder, lease=lease, forgive=forgive))


def keep(cell: sa.Engine, held: Held, lease: float) -> None:
    """A sign of life that waits for nobody: whose transaction works on the row keeps it without one."""
    run(cell, _KEEP, id=held.id, holder=held.holder, lease=lease)


def hand_back(cell: sa.Engine, held: list[Held], delay: float, *, forget: bool = False) -> None:
    """Give jobs of one holder back without having failed: the attempt does not count.

    `forget`: an outside call that was begun is known not to have been done.
    """
    if held:
        ids = [one.id for one in held]
        run(cell, _HAND_BACK, ids=ids, holder=held[0].holder, delay=delay, forget=forget)


def fail(
    cell: sa.Engine, held: Held, error: str, delay: float, *, for_good: bool = False, forget: bool = False
) -> bool:
    """End an attempt with an error; True when it was the last one, or is to be, and the job is dead."""
    values = {"id": held.id, "holder": held.holder, "error": error, "delay": delay}
    rows = run(cell, _FAIL, **values, for_good=for_good, forget=forget)
    return bool(rows and rows[0]["dead"])


def give_up(cell: sa.Engine, tenant_id: UUID, ids: list[UUID], error: str) -> None:
    """End jobs that were sent and that nobody can do, without an attempt."""
    run(cell, _GIVE_UP, ids=ids, tenant_id=tenant_id, error=error)


def run(cell: sa.Engine, statement: sa.TextClause, **values: Any) -> list[dict[str, Any]]:
    """One statement, one transaction; Unavailable where the cell does not answer.

    A connection that was lost while it lay in the pool is replaced: all of these may be tried again.
    """
    with answering("a cell", cell.url):
        try:
            return _rows(cell, statement, values)
        except sa.exc.DBAPIError as error:
            if not error.connection_invalidated:
                raise
            return _rows(cell, statement, values)


def _rows(cell: sa.Engine, statement: sa.TextClause, values: dict[str, Any]) -> list[dict[str, Any]]:
    with cell.connect() as connection:
        return [dict(row) for row in connection.execute(statement, values).mappings()]
