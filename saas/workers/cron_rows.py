"""Rows of what comes again by itself: made for tenants that have none, moved aside when dead, removed when unknown."""

from collections.abc import Callable, Collection
from threading import Event, Thread
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.crons import PREFIX, Cron, crons
from saas.gateways.heartbeat import Heartbeats
from saas.kit import clock
from saas.kit.errors import Unavailable
from saas.kit.ids import JOB, new_id
from saas.kit.log import logger
from saas.kit.report import capture
from saas.tenants.directory import tenants
from saas.tenants.tenant import Tenant, TenantState
from saas.workers.leases import run

log = logger(__name__)
_EVERYTHING = 30  # so often of the times only what is new is looked at, for one time that all is

_THERE = sa.text("SELECT key, tenant_id FROM platform.job WHERE key LIKE 'cron:%'")

_ADD = sa.text("""
    INSERT INTO platform.job (id, tenant_id, tenant_role, queue, kind, task, payload, key, max_attempts, run_at, ripe)
    SELECT id, tenant_id, tenant_role, :queue, :kind, :task, '{}', :key, :attempts, run_at, false
    FROM unnest(CAST(:ids AS uuid[]), CAST(:tenants AS uuid[]), CAST(:roles AS text[]), CAST(:times AS timestamptz[]))
        AS new (id, tenant_id, tenant_role, run_at)
    ON CONFLICT (tenant_id, key) DO NOTHING
    RETURNING id
""")

_FORGET = sa.text("""
    DELETE FROM platform.job WHERE id = ANY(ARRAY(
        SELECT id FROM platform.job
        WHERE key LIKE 'cron:%' AND NOT task = ANY(:known) AND holder IS NULL FOR UPDATE SKIP LOCKED
    ))
    RETURNING task
""")

_DEAD = sa.text("""
    WITH died AS (
        SELECT id, tenant_id, key FROM platform.job
        WHERE stage = 'dead' AND key LIKE 'cron:%' AND key NOT LIKE '%\\:dead' FOR UPDATE SKIP LOCKED
    ), before AS (
        DELETE FROM platform.job j USING died WHERE j.tenant_id = died.tenant_id AND j.key = died.key || '\\:dead'
    )
    SELECT id, tenant_id, key FROM died
""")

_MOVE = sa.text("""
    UPDATE platform.job SET key = key || '\\:dead' WHERE id = ANY(:ids) AND dead_at IS NOT NULL RETURNING id
""")


class CronKeeper(Thread):
    """Looks after the rows every few seconds; any number may run."""

    def __init__(
        self, cells: Callable[[], dict[str, sa.Engine]], beats: Heartbeats, every: float, stopping: Event
    ) -> None:
        super().__init__(name="crons", daemon=True)
        self._cells = cells
        self._beats = beats
        self._every = every
        self._stopping = stopping
        self._known: dict[str, set[UUID]] = {}  # by cell: tenants that have all rows, as far as we have seen
        self._looks = 0

    def run(self) -> None:
        while True:
            try:
                self.look()
            except Unavailable as error:
                log.debug("rows of crons wait", reason=str(error))
            except Exception as error:  # noqa: BLE001  # a fault of ours must not end the looking after
                capture(error)
            if self._stopping.wait(self._every):
                return

    def look(self) -> None:
        """Make what is missing: for all tenants now and then, otherwise for those that have come since."""
        if self._looks % _EVERYTHING == 0:
            self._known.clear()
        self._looks += 1
        active = [one for one in tenants() if one.state is TenantState.ACTIVE]
        for name, cell in self._cells().items():
            here = [one for one in active if one.cell == name]
            if name not in self._known:
                self._forget_unknown(cell)
            died = bury(cell)
            new = [one for one in here if one.id in died or one.id not in self._known.get(name, set())]
            if new:
                add_missing(cell, new)
            self._known[name] = {one.id for one in here}

    def _forget_unknown(self, cell: sa.Engine) -> None:
        """What no living worker of any release knows."""
        try:
            known = {task for heart in self._beats.alive() for task in heart.crons} | crons().keys()
        except Unavailable:
            return
        gone = run(cell, _FORGET, known=sorted(known))
        if gone:
            log.info("rows of crons that are no more were removed", tasks=sorted({row["task"] for row in gone}))


def add_missing(cell: sa.Engine, chosen: Collection[Tenant]) -> int:
    """The rows that these tenants of the cell should have and have not; how many were made."""
    there = {(row["key"], row["tenant_id"]) for row in run(cell, _THERE)}
    made = 0
    for each in crons().values():
        if each.everywhere:
            made += _add(cell, each, [one for one in chosen if (each.key, one.id) not in there])
    return made


def _add(cell: sa.Engine, each: Cron, missing: list[Tenant]) -> int:
    if not missing:
        return 0
    now = clock.now()
    values: dict[str, Any] = {
        "queue": each.job.queue,
        "kind": each.job.kind.value,
        "task": each.job.name,
        "key": PREFIX + each.job.name,
        "attempts": each.job.attempts,
        "ids": [new_id(JOB) for _ in missing],
        "tenants": [one.id for one in missing],
        "roles": [one.role for one in missing],
        "times": [each.when.next_after(now, one) for one in missing],
    }
    return len(run(cell, _ADD, **values))


def bury(cell: sa.Engine) -> set[UUID]:
    """Dead ones let go of their key, so that there is a next time; the last of each kind is kept. Whose they were."""
    died = run(cell, _DEAD)
    if died:
        run(cell, _MOVE, ids=[row["id"] for row in died])
    return {row["tenant_id"] for row in died}
