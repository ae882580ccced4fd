"""Says every few seconds that this worker lives, and how late it sees the jobs."""

import os
from threading import Event, Thread

from saas.gateways.heartbeat import Heartbeat, Heartbeats
from saas.kit.errors import Unavailable
from saas.workers import leases
from saas.workers.cells import Cells

_LASTS = 3  # beats that may be missed


class Heart(Thread):
    """Also notices when the process that started this one is gone, and ends this one too."""

    def __init__(self, name: str, threads: int, cells: Cells, beats: Heartbeats, every: float, stop: Event) -> None:
        super().__init__(name="heart", daemon=True)
        self._worker = name
        self._threads = threads
        self._cells = cells
        self._beats = beats
        self._every = every
        self._stopping = stop
        self._parent = os.getppid()

    def run(self) -> None:
        while True:
            self._beat()
            if self._stopping.wait(self._every):
                break
            if os.getppid() != self._parent:
                self._stopping.set()

    def end(self) -> None:
        """The last sign: gone in good order."""
        try:
            self._beats.stop(self._worker)
        except Unavailable:
            return

    def _beat(self) -> None:
        try:
            self._beats.beat(Heartbeat(self._worker, self._threads, self._lateness()), self._every * _LASTS)
        except Unavailable:
            return  # the dispatcher says so already

    def _lateness(self) -> dict[str, float]:
        late = {}
        try:
            cells = self._cells.engines()
        except Unavailable:
            return {}
        for name, cell in cells.items():
            try:
                late[name] = leases.oldest_due(cell)
            except Unavailable:
                continue  # a cell that does not answer is missing from the list
        return late
