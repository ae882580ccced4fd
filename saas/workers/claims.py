"""Which jobs are due, and whose turn it is: what a dispatcher asks of a cell and takes from it.

Timers wait in an index of their own until their time has come, so that a look at a million of them is one probe. What
is due lies in order of queue, tenant and time: a claim goes from tenant to tenant and takes a few of each, and no more
than a share of what may be out at a time, so that nobody's hundred thousand jobs stand before somebody else's one.
"""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from saas.engine.job_registry import QUEUES
from saas.workers.leases import run

FIRST = UUID(int=0)  # no tenant: the turn begins at the first one
_NO_BOUND = 1_000_000
_AT_ONCE = 2000  # timers that come due in one statement, so that a storm of them holds no lock for long

_LOOK = sa.text("""
    SELECT EXISTS (SELECT FROM platform.job WHERE stage = 'waits' AND run_at <= now()) AS ripens,
           ARRAY(SELECT queue FROM unnest(CAST(:queues AS text[])) AS queue
                 WHERE EXISTS (SELECT FROM platform.job j WHERE j.stage = 'due' AND j.queue = queue.queue)) AS queues
""")

_RIPEN = sa.text("""
    UPDATE platform.job SET ripe = true WHERE id = ANY(ARRAY(
        SELECT id FROM platform.job WHERE stage = 'waits' AND run_at <= now()
        ORDER BY run_at LIMIT :most FOR UPDATE SKIP LOCKED
    ))
    RETURNING queue
""")

_UNRIPEN = sa.text("""
    UPDATE platform.job SET ripe = false WHERE id = ANY(ARRAY(
        SELECT id FROM platform.job WHERE stage = 'due' AND queue = :queue AND run_at > now()
        LIMIT :most FOR UPDATE SKIP LOCKED
    ))
    RETURNING id
""")

_CLAIM = sa.text("""
    WITH RECURSIVE turn AS (
        (SELECT tenant_id, 1 AS place FROM platform.job
         WHERE stage = 'due' AND queue = :queue AND tenant_id > :after ORDER BY tenant_id LIMIT 1)
        UNION ALL
        SELECT (SELECT j.tenant_id FROM platform.job j
                WHERE j.stage = 'due' AND j.queue = :queue AND j.tenant_id > turn.tenant_id
                ORDER BY j.tenant_id LIMIT 1), place + 1
        FROM turn WHERE tenant_id IS NOT NULL AND place < :most
    ), share AS (
        SELECT tenant_id, least(
            greatest(:most / (SELECT count(tenant_id) FROM turn), 1),
            :share - (SELECT count(*) FROM platform.job j
                      WHERE j.stage = 'out' AND j.queue = :queue AND j.tenant_id = turn.tenant_id)
        ) AS most
        FROM turn WHERE tenant_id IS NOT NULL
    ), due AS (
        SELECT j.id FROM share CROSS JOIN LATERAL (
            SELECT id FROM platform.job
            WHERE stage = 'due' AND queue = :queue AND tenant_id = share.tenant_id AND run_at <= now()
            ORDER BY run_at LIMIT greatest(share.most, 0) FOR UPDATE SKIP LOCKED
        ) j
    ), claimed AS (
        UPDATE platform.job j SET holder = NULL, lease_until = now() + make_interval(secs => :lease)
        WHERE j.id = ANY(ARRAY(SELECT id FROM due))
        RETURNING j.id, j.tenant_id, j.task, j.actor_id, j.payload ->> '@scopes' AS scopes, j.run_at
    )
    SELECT id, tenant_id, task, actor_id, scopes, turns.*
    FROM claimed, (SELECT count(*) AS turns, max(tenant_id::text)::uuid AS last FROM share) turns
    ORDER BY row_number() OVER (PARTITION BY tenant_id ORDER BY run_at), run_at
""")

_UNSEND = sa.text("""
    UPDATE platform.job SET lease_until = NULL WHERE id = ANY(:ids) AND holder IS NULL AND dead_at IS NULL
    RETURNING id
""")


@dataclass(frozen=True, slots=True)
class Look:
    """What a cell has: timers whose time has come, and the queues in which something is due."""

    ripens: bool
    queues: list[str]


@dataclass(frozen=True, slots=True)
class Due:
    """A job that was claimed, and what those have in common that may be done together."""

    id: UUID
    tenant_id: UUID
    task: str
    actor_id: UUID | None
    scopes: str | None


def look(cell: sa.Engine) -> Look:
    """Whether there is anything to do; a few probes of small indexes."""
    return Look(**run(cell, _LOOK, queues=list(QUEUES))[0])


def ripen(cell: sa.Engine) -> set[str]:
    """Timers whose time has come are due from now on; the queues of those."""
    return {row["queue"] for row in run(cell, _RIPEN, most=_AT_ONCE)}


def unripen(cell: sa.Engine, queue: str) -> None:
    """What lies among the due ones but is for later, as a release of before writes it, waits with the timers."""
    run(cell, _UNRIPEN, queue=queue, most=_AT_ONCE)


def claim(
    cell: sa.Engine, queue: str, most: int, lease: float, *, share: int = _NO_BOUND, after: UUID = FIRST
) -> tuple[list[Due], UUID]:
    """Take due jobs of the tenants behind `after`, of each the same number, with at most `share` of each out.

    In the order in which they are to be sent: of each tenant one, then of each the next. And behind whom to go on.
    """
    rows = run(cell, _CLAIM, queue=queue, most=most, lease=lease, share=share, after=after)
    more_tenants = bool(rows) and rows[0]["turns"] >= most
    last = rows[0]["last"] if more_tenants else FIRST
    return [Due(row["id"], row["tenant_id"], row["task"], row["actor_id"], row["scopes"]) for row in rows], last


def unsend(cell: sa.Engine, ids: list[UUID]) -> None:
    """Undo a claim whose message could not be sent, or was lost."""
    run(cell, _UNSEND, ids=ids)
