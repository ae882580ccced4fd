"""When a company's records have changed, its webhooks look at once, and not only at their next time."""

import time
from collections.abc import Callable
from threading import Event, Thread
from uuid import UUID

import sqlalchemy as sa

from saas.engine.job_table import PREFIX
from saas.gateways.changed import ChangeBell
from saas.gateways.doorbell import Doorbell
from saas.kit.errors import Unavailable
from saas.kit.report import capture
from saas.workers.leases import run

KEY = PREFIX + "webhook_pump"
_TOGETHER = 0.1  # seconds in which rings are gathered: many changes are one look
_PATIENCE = 1.0

_HASTEN = sa.text("""
    UPDATE platform.job SET run_at = now() WHERE id = ANY(ARRAY(
        SELECT id FROM platform.job
        WHERE key = :key AND tenant_id = ANY(:tenants) AND stage = 'waits' AND run_at > now() FOR UPDATE SKIP LOCKED
    ))
    RETURNING tenant_id
""")

_BUSY = sa.text("SELECT tenant_id FROM platform.job WHERE key = :key AND tenant_id = ANY(:tenants) AND stage = 'out'")


class Hastener(Thread):
    """Listens to the bell of changes."""

    def __init__(
        self, cells: Callable[[], dict[str, sa.Engine]], bell: ChangeBell, doorbell: Doorbell, stopping: Event
    ) -> None:
        super().__init__(name="hastener", daemon=True)
        self._cells = cells
        self._bell = bell
        self._doorbell = doorbell
        self._stopping = stopping
        self.rung: set[UUID] = set()  # for whom it rang, and who was not hastened yet

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.rung |= self._bell.wait(_PATIENCE if not self.rung else _TOGETHER)
                time.sleep(_TOGETHER)
                self.hasten()
            except Unavailable:
                self._stopping.wait(_PATIENCE)
            except Exception as error:  # noqa: BLE001  # a fault of ours must not end the listening
                capture(error)
                self._stopping.wait(_PATIENCE)

    def hasten(self) -> None:
        """The rows of those for whom it rang are due; who is being looked at just now is looked at once more after."""
        if not self.rung:
            return
        asked, busy, hastened = sorted(self.rung), set[UUID](), False
        for name, cell in self._cells().items():
            try:
                busy |= {row["tenant_id"] for row in run(cell, _BUSY, key=KEY, tenants=asked)}
                hastened |= bool(run(cell, _HASTEN, key=KEY, tenants=asked))
            except Unavailable:
                continue  # their next time comes all the same
            except Exception as error:  # noqa: BLE001  # a fault in one cell must not hold up the webhooks of the others
                capture(error, cell=name)
        self.rung = busy
        if hastened:
            self._doorbell.ring()
