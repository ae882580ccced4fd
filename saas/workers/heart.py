"""Says every few seconds that this worker lives, how late it sees the jobs, and how many it has done."""

import os
from threading import Event, Thread

from saas.engine.crons import crons
from saas.gateways.heartbeat import Heartbeat, Heartbeats
from saas.gateways.job_figures import JobFigures
from saas.kit import metrics
from saas.kit.errors import Unavailable
from saas.kit.log import logger
from saas.kit.report import capture
from saas.workers import lateness
from saas.workers.cells import Cells
from saas.workers.failure import described
from saas.workers.findings import broken_in
from saas.workers.pools import Pool

log = logger(__name__)
_LASTS = 3  # beats that may be missed


class Heart(Thread):
    """Also notices when the process that started this one is gone, and ends this one too."""

    def __init__(
        self,
        name: str,
        served: list[Pool],
        cells: Cells,
        beats: Heartbeats,
        figures: JobFigures,
        every: float,
        stop: Event,
        installation: str,
    ) -> None:
        super().__init__(name="heart", daemon=True)
        self._worker = name
        self._served = served
        self._cells = cells
        self._beats = beats
        self._figures = figures
        self._counted: dict[str, float] = {}
        self._every = every
        self._stopping = stop
        self._installation = installation
        self._parent = os.getppid()

    def run(self) -> None:
        while True:
            self._beat()
            if self._stopping.wait(self._every):
                break
            if os.getppid() != self._parent:
                self._stopping.set()

    def end(self) -> None:
        """The last sign: gone in good order, with everything counted."""
        self.join(self._every)
        try:
            self._count()
            self._beats.stop(self._worker)
        except Unavailable:
            return

    def _beat(self) -> None:
        try:
            self._beats.beat(self._told(), self._every * _LASTS)
            self._count()
        except Unavailable:
            return  # the dispatcher says so already
        except Exception as error:  # noqa: BLE001  # a worker whose heart stands still would be taken for dead
            capture(error)

    def _count(self) -> None:
        """Add what came since the last time; where Redis does not answer, it comes the next time."""
        sums = metrics.job_sums()
        more = {name: value - self._counted.get(name, 0.0) for name, value in sums.items()}
        self._figures.add({name: value for name, value in more.items() if value})
        self._counted = sums

    def _told(self) -> Heartbeat:
        late: dict[str, dict[str, float]] = {}
        dead: dict[str, int] = {}
        broken: dict[str, dict[str, int]] = {}
        try:
            cells = self._cells.engines()
        except Unavailable:
            cells = {}
        for name, cell in cells.items():
            try:
                late[name], dead[name] = lateness.late_by_queue(cell), lateness.dead_jobs(cell)
                broken[name] = broken_in(cell)
            except Unavailable:
                continue  # a cell that does not answer is missing from the list
            except Exception as error:  # noqa: BLE001  # so is one that is not migrated yet, or takes too long to tell
                log.warning("a cell cannot be told of", cell=name, reason=described(error))
        return Heartbeat(
            name=self._worker,
            threads=sum(pool.threads for pool in self._served),
            oldest_due={name: max(queues.values(), default=0.0) for name, queues in late.items()},
            late=late,
            dead=dead,
            broken=broken,
            queues=[queue for pool in self._served for queue in pool.queues],
            crons=sorted(crons()),
            installation=self._installation,
        )
