"""Signs of life for outside calls, while which no transaction holds their rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread

import sqlalchemy as sa

from saas.kit.errors import Unavailable
from saas.kit.report import capture
from saas.workers import leases
from saas.workers.leases import Held

_EARLY = 3  # so many times per lease


class Renewals:
    """Makes the leases longer of the calls that run in this process; its thread begins with the first of them."""

    def __init__(self, lease: float) -> None:
        self._lease = lease
        self._running: dict[str, tuple[sa.Engine, Held]] = {}
        self._lock = Lock()
        self._thread: Thread | None = None
        self._never = Event()

    @contextmanager
    def of(self, cell: sa.Engine, held: Held) -> Iterator[None]:
        """Inside, the job stays ours."""
        with self._lock:
            self._running[held.holder] = (cell, held)
            if self._thread is None:
                self._thread = Thread(target=self._renew_again_and_again, name="renewals", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._running.pop(held.holder, None)

    def _renew_again_and_again(self) -> None:
        while not self._never.wait(self._lease / _EARLY):
            with self._lock:
                running = list(self._running.values())
            for cell, held in running:
                try:
                    leases.keep(cell, held, self._lease)
                except Unavailable:  # the dispatcher says so already
                    continue
                except Exception as error:  # noqa: BLE001  # a fault with one must not end the lease of another
                    capture(error)
