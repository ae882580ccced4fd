"""How late jobs are and how many are dead, as the dispatcher's role sees a cell."""

import sqlalchemy as sa

from saas.engine.job_registry import QUEUES
from saas.workers.leases import run

_MANY = 10_000  # dead jobs that are counted; beyond, nobody needs to know how many

# From tenant to tenant, of each the first: a hundred thousand that wait are not all looked at.
_LATE = sa.text("""
    WITH RECURSIVE turn AS (
        SELECT queue, (SELECT j.tenant_id FROM platform.job j
            WHERE j.stage = 'due' AND j.queue = queue.queue ORDER BY j.tenant_id LIMIT 1) AS tenant_id
        FROM unnest(CAST(:queues AS text[])) AS queue
        UNION ALL
        SELECT queue, (SELECT j.tenant_id FROM platform.job j
            WHERE j.stage = 'due' AND j.queue = turn.queue AND j.tenant_id > turn.tenant_id
            ORDER BY j.tenant_id LIMIT 1)
        FROM turn WHERE tenant_id IS NOT NULL
    ), oldest AS (
        SELECT queue, (SELECT run_at FROM platform.job j
            WHERE j.stage = 'due' AND j.queue = turn.queue AND j.tenant_id = turn.tenant_id
            ORDER BY run_at LIMIT 1) AS run_at
        FROM turn WHERE tenant_id IS NOT NULL
        UNION ALL
        (SELECT queue, run_at FROM platform.job WHERE stage = 'waits' AND run_at <= now() ORDER BY run_at LIMIT 1)
        UNION ALL
        SELECT queue, run_at FROM platform.job WHERE stage = 'out' AND lease_until < now()
    )
    SELECT queue, extract(epoch FROM now() - min(run_at))::float8 AS seconds FROM oldest
    WHERE run_at <= now() GROUP BY queue
""")

_DEAD = sa.text("SELECT count(*) AS dead FROM (SELECT FROM platform.job WHERE stage = 'dead' LIMIT :many) jobs")


def late_by_queue(cell: sa.Engine) -> dict[str, float]:
    """For how many seconds the oldest job that nobody has taken is due, by queue; without those that have none."""
    return {row["queue"]: row["seconds"] for row in run(cell, _LATE, queues=list(QUEUES))}


def dead_jobs(cell: sa.Engine) -> int:
    """How many jobs of the cell's tenants are dead, up to ten thousand."""
    return int(run(cell, _DEAD, many=_MANY)[0]["dead"])
