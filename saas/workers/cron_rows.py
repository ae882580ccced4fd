"""Rows of what comes again by itself: made for tenants that have none, moved aside when dead, removed when unknown."""

from collections.abc import Callable, Collection
from threading import Event, Thread
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.crons import Cron, crons
from saas.engine.job_table import DEAD
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
Row = tuple[str, UUID]  # its key, and whose it is
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
        WHERE key LIKE 'cron:%' AND NOT task = ANY(:known) AND holder IS NULL
          AND created_at < now() - interval '2 days' FOR UPDATE SKIP LOCKED
    ))
    RETURNING task
""")

# What died before makes room, unless somebody has it tried again at this moment: then the next look moves the row.
_DEAD = sa.text("""
    WITH died AS (
        SELECT id, tenant_id, key FROM platform.job
        WHERE stage = 'dead' AND key = ANY(:keys) AND tenant_id = ANY(:tenants) FOR UPDATE SKIP LOCKED
    ), before AS (
        DELETE FROM platform.job j USING died
        WHERE j.tenant_id = died.tenant_id AND j.key = died.key || :dead AND j.stage = 'dead'
    )
    SELECT id, tenant_id, key FROM died
""")

# One statement: whoever is killed has either let it lie, or given it a next time.
_MOVE = sa.text("""
    WITH moved AS (
        UPDATE platform.job j SET key = j.key || :dead
        FROM unnest(CAST(:died AS uuid[]), CAST(:ids AS uuid[]), CAST(:times AS timestamptz[]))
            AS next (id, next_id, at)
        WHERE j.id = next.id AND j.stage = 'dead' AND j.key = :key
          AND NOT EXISTS (SELECT FROM platform.job o WHERE o.tenant_id = j.tenant_id AND o.key = j.key || :dead)
        RETURNING next_id, j.tenant_id, j.tenant_role, at
    )
    INSERT INTO platform.job (id, tenant_id, tenant_role, queue, kind, task, payload, key, max_attempts, run_at, ripe)
    SELECT next_id, tenant_id, tenant_role, :queue, :kind, :task, '{}', :key, :attempts, at, false FROM moved
    RETURNING key, tenant_id
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
            try:
                self._look_at(name, cell, [one for one in active if one.cell == name])
            except Unavailable as error:
                log.debug("rows of crons wait", cell=name, reason=str(error))
            except Exception as error:  # noqa: BLE001  # a fault in one cell must not end the looking after the others
                capture(error, cell=name)

    def _look_at(self, name: str, cell: sa.Engine, here: list[Tenant]) -> None:
        if name not in self._known:
            self._forget_unknown(cell)
        bury(cell, here)
        new = [one for one in here if one.id not in self._known.get(name, set())]
        if new:
            add_missing(cell, new)
        self._known[name] = {one.id for one in here}

    def _forget_unknown(self, cell: sa.Engine) -> None:
        """What no living worker of any release knows; not what is new, whose workers may be about to start."""
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
    wanted = [each for each in crons().values() if each.everywhere]
    return sum(_add(cell, each, [one for one in chosen if (each.key, one.id) not in there]) for each in wanted)


def bury(cell: sa.Engine, here: Collection[Tenant]) -> set[Row]:
    """Dead ones of these tenants make room for their next time; the last dead of each kind is kept. Which they were.

    Only what this release can give a next time: what another one has is moved by its own workers.
    """
    known = {each.key: each for each in crons().values()}
    whose = {one.id: one for one in here}
    died = run(cell, _DEAD, keys=[*known], tenants=[*whose], dead=DEAD)
    moved: set[Row] = set()
    for key in {row["key"] for row in died}:
        rows = [row for row in died if row["key"] == key]
        values = _values(known[key], [whose[row["tenant_id"]] for row in rows])
        done = run(cell, _MOVE, **values, died=[row["id"] for row in rows], dead=DEAD)
        moved |= {(row["key"], row["tenant_id"]) for row in done}
    return moved


def _add(cell: sa.Engine, each: Cron, missing: list[Tenant]) -> int:
    if not missing:
        return 0
    whose = {"tenants": [one.id for one in missing], "roles": [one.role for one in missing]}
    return len(run(cell, _ADD, **_values(each, missing), **whose))


def _values(each: Cron, whose: list[Tenant]) -> dict[str, Any]:
    """A row of the next time for each of them."""
    now = clock.now()
    return {
        "queue": each.job.queue,
        "kind": each.job.kind.value,
        "task": each.job.name,
        "key": each.key,
        "attempts": each.job.attempts,
        "ids": [new_id(JOB) for _ in whose],
        "times": [each.when.next_after(now, one) for one in whose],
    }
