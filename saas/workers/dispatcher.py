"""Handing out what is due: claim in Postgres, tell a worker through Redis. Any number may run."""

import time
from collections.abc import Callable
from threading import Event, Thread

import sqlalchemy as sa

from saas.gateways.doorbell import Doorbell
from saas.kit.errors import Unavailable
from saas.kit.log import logger
from saas.kit.report import capture
from saas.workers import leases
from saas.workers.broker import BROKER_LOST, JobBroker, send
from saas.workers.outage import Outage
from saas.workers.timing import Timing

log = logger(__name__)
_AFTER_FAULT = 5.0  # seconds
_BACKLOG = 200  # messages that may wait in Redis per queue; what is beyond waits in Postgres, where it is in order


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

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                more = self.look()
            except Exception as error:  # noqa: BLE001  # a fault of ours must not end the handing out of all else
                capture(error)
                more = self._stopping.wait(_AFTER_FAULT)
            if not more:
                self._doorbell.wait(self._timing.poll)

    def look(self) -> bool:
        """Hand out what is due in every cell; True when there may be more."""
        try:
            cells = self._cells()
        except Unavailable as error:
            self._directory.on(error)
            return False
        self._directory.over()
        sweep = time.monotonic() - self._swept >= 1
        if sweep:
            self._swept = time.monotonic()
        more = False
        for name, cell in cells.items():
            more |= self._look_at(name, cell, sweep)
        return more

    def _look_at(self, name: str, cell: sa.Engine, sweep: bool) -> bool:
        outage = self._outages.setdefault(name, Outage(f"Cell {name}", "its jobs wait"))
        if outage.resting or self._redis.resting:
            return False
        more = False
        try:
            if sweep:
                leases.hasten_cancelled(cell)
            for queue in self._broker.get_declared_queues():
                more |= self._hand_out(cell, queue)
        except Unavailable as error:
            outage.on(error)
            return False
        outage.over()
        return more

    def _hand_out(self, cell: sa.Engine, queue: str) -> bool:
        try:
            room = _BACKLOG - self._broker.backlog(queue)
        except BROKER_LOST as error:
            self._redis.on(error)
            return False
        self._redis.over()
        if room <= 0:
            return False
        claimed = leases.claim(cell, queue, room, self._timing.sent)
        for job in claimed:
            if job.dead:
                log.error("job is dead", tenant=str(job.tenant_id), task=job.task, job=str(job.id), error="WorkerLost")
        due = [job for job in claimed if not job.dead]
        for place, job in enumerate(due):
            try:
                send(self._broker, queue, job.tenant_id, job.id)
            except BROKER_LOST as error:
                self._redis.on(error)
                leases.unsend(cell, [unsent.id for unsent in due[place:]])
                return False
        return len(claimed) == room
