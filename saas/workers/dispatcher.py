"""Handing out what is due: claim in Postgres, tell a worker through Redis. Any number may run."""

import time
from collections.abc import Callable
from threading import Event, Thread
from uuid import UUID

import sqlalchemy as sa

from saas.gateways.doorbell import Doorbell
from saas.kit.errors import Unavailable
from saas.kit.log import logger
from saas.kit.report import capture
from saas.workers import claims, sweeping
from saas.workers.broker import BROKER_LOST, JobBroker
from saas.workers.failure import described
from saas.workers.outage import Outage
from saas.workers.timing import Timing
from saas.workers.together import together

log = logger(__name__)
_AFTER_FAULT = 5.0  # seconds
_SWEEP = 1.0  # seconds between two looks for what was left behind
# Messages that may wait in Redis per queue; what is beyond waits in Postgres, where everybody has a turn. Bulk work is
# slow: what is sent early only waits where nobody can let others before it.
_BACKLOG = {"bulk": 40}
_USUAL_BACKLOG = 200
_WORTH_IT = 15  # jobs that a look should find
_SHARES = 4  # so many tenants fill the backlog together; none has more than its share of it out


class Dispatcher(Thread):
    """Looks at every cell again and again, and at once when the doorbell rings."""

    def __init__(
        self, cells: Callable[[], dict[str, sa.Engine]], broker: JobBroker, doorbell: Doorbell, timing: Timing
    ) -> None:
        super().__init__(name="dispatcher", daemon=True)
        self._cells = cells
        self._broker = broker
        self._doorbell = doorbell
        self._timing = timing
        self._stopping = Event()
        self._redis = Outage("Redis", "jobs wait in Postgres")
        self._directory = Outage("The directory", "new cells wait")
        self._outages: dict[str, Outage] = {}
        self._swept = 0.0
        self._turns: dict[tuple[str, str], UUID] = {}  # by cell and queue: behind which tenant to go on
        self._soon = timing.soon

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                pause = self.look()
            except Exception as error:  # noqa: BLE001  # a fault of ours must not end the handing out of all else
                capture(error)
                pause = 0.0
                self._stopping.wait(_AFTER_FAULT)
            if pause:
                self._doorbell.wait(pause)

    def look(self) -> float:
        """Hand out what is due in every cell; after how many seconds to look again, if it does not ring before."""
        try:
            cells = self._cells()
        except Unavailable as error:
            self._directory.on(error)
            return self._timing.poll
        self._directory.over()
        sweep = time.monotonic() - self._swept >= _SWEEP
        if sweep:
            self._swept = time.monotonic()
        sent, is_left = 0, False
        for name, cell in cells.items():
            handed, left = self._look_at(name, cell, sweep)
            sent += handed
            is_left |= left
        if not is_left:
            return self._timing.poll
        # As often as it is worth it: what is left is left because its tenant has its share out.
        faster = sent >= _WORTH_IT
        self._soon = min(max(self._soon * (0.5 if faster else 1.5), self._timing.soon), self._timing.poll / 2)
        return self._soon

    def _look_at(self, name: str, cell: sa.Engine, sweep: bool) -> tuple[int, bool]:
        """How many jobs were sent, and whether any that are due may be left."""
        outage = self._outages.setdefault(name, Outage(f"Cell {name}", "its jobs wait"))
        if outage.resting or self._redis.resting:
            return 0, False
        sent = 0
        try:
            if sweep:
                self._sweep(cell)
            seen = claims.look(cell)
            queues = {*seen.queues, *(claims.ripen(cell) if seen.ripens else ())}
            for queue in sorted(queues):
                sent += self._hand_out(name, cell, queue)
        except Unavailable as error:
            outage.on(error)
            return 0, False
        except BROKER_LOST as error:
            self._redis.on(error)
            return 0, False
        except Exception as error:  # noqa: BLE001  # a fault in one cell must not hold up the jobs of the others
            if not outage.is_on:
                capture(error, cell=name)
            outage.on(Unavailable(described(error)))
            return 0, False
        outage.over()
        return sent, bool(queues)

    def _sweep(self, cell: sa.Engine) -> None:
        sweeping.hasten_cancelled(cell)
        sweeping.rename_queues(cell)
        for lost in sweeping.take_back(cell):
            if lost.dead:
                tenant, job = str(lost.tenant_id), str(lost.id)
                log.error("job is dead", tenant=tenant, task=lost.task, job=job, error="WorkerLost")
        for queue, ids in sweeping.unheard(cell).items():
            # A message that still waits is not sent once more: there would be ever more of them for the same jobs.
            there = self._broker.waiting(queue) & set(ids)
            sweeping.sent_again(cell, ids, list(there), self._timing.sent)

    def _hand_out(self, name: str, cell: sa.Engine, queue: str) -> int:
        backlog = _BACKLOG.get(queue, _USUAL_BACKLOG)
        room = backlog - self._broker.backlog(queue)
        self._redis.over()
        if room <= 0:
            return 0
        share, after = backlog // _SHARES, self._turns.get((name, queue), claims.FIRST)
        due, last = claims.claim(cell, queue, room, self._timing.sent, share=share, after=after)
        if not due and after != claims.FIRST:  # the last tenant had its turn: the first one again
            due, last = claims.claim(cell, queue, room, self._timing.sent, share=share)
        self._turns[name, queue] = last
        if not due:
            claims.unripen(cell, queue)
        bundles = together(due, share // 2)
        for place, bundle in enumerate(bundles):
            try:
                self._broker.send(queue, bundle[0].tenant_id, [job.id for job in bundle])
            except BROKER_LOST:
                claims.unsend(cell, [job.id for unsent in bundles[place:] for job in unsent])
                raise
        return len(due)
