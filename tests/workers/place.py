"""Two tenants in one cell, and the few words in which the tests of jobs speak of them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Event
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa

from saas.engine.jobs import Job, JobStatus, job_cancel, job_drop, job_retry, job_status
from saas.engine.scope import Via, open_scope
from saas.tenants.tenant import Tenant
from saas.workers import claims, sweeping
from saas.workers.perform import Performer
from saas.workers.timing import Timing
from tests.workers import marks

T = TypeVar("T")
AT_ONCE = Timing(first_retry=0, last_retry=0, put_back=0)


@dataclass(frozen=True)
class Place:
    """`acme` has the jobs, `rival` must not see them, `cell` is the cell as the dispatcher's role sees it."""

    acme: Tenant
    rival: Tenant
    cell: sa.Engine

    def later(self, job: Job[Any], *, key: str | None = None, run_at: datetime | None = None, **ids: Any) -> UUID:
        """Have acme's system identity ask for a job."""
        with open_scope(self.acme, None, write=True, request_id="asked") as scope:
            return scope.later(job, key=key, run_at=run_at, **ids)

    def later_through(self, scopes: frozenset[str], job: Job[Any], **ids: Any) -> UUID:
        """The same through an app with these scopes."""
        with open_scope(self.acme, None, write=True, via=Via(scopes=scopes)) as scope:
            return scope.later(job, **ids)

    def marks(self, tenant: Tenant | None = None) -> list[str]:
        with open_scope(tenant or self.acme, None, write=False) as scope:
            return marks.names(scope)

    def status(self, job_id: UUID, tenant: Tenant | None = None) -> JobStatus | None:
        with open_scope(tenant or self.acme, None, write=False) as scope:
            return job_status(scope.session, job_id)

    def cancel(self, job_id: UUID, tenant: Tenant | None = None) -> bool:
        with open_scope(tenant or self.acme, None, write=True) as scope:
            return job_cancel(scope.session, job_id)

    def claim(self, most: int = 10, lease: float = 30) -> list[UUID]:
        """What a dispatcher would send now, when no message is left in Redis."""
        sweeping.take_back(self.cell)
        for ids in sweeping.unheard(self.cell).values():
            sweeping.sent_again(self.cell, ids, [], lease)
        claims.ripen(self.cell)
        return [due.id for due in claims.claim(self.cell, "interactive", most, lease)[0]]

    def performer(
        self,
        name: str = "worker",
        timing: Timing = AT_ONCE,
        stopping: Event | None = None,
        others_wait: Callable[[str], bool] = lambda _queue: False,
    ) -> Performer:
        return Performer(name, lambda _cell: self.cell, timing, stopping or Event(), others_wait)

    def attempt(self, job_id: UUID) -> None:
        """What the dispatcher and a worker do between them: once."""
        assert self.claim() == [job_id]
        self.performer().perform(self.acme.id, job_id)

    def attempt_of(self, job_id: UUID, queue: str) -> None:
        """The same for a job of this queue, whatever else is due."""
        claims.ripen(self.cell)
        assert job_id in {due.id for due in claims.claim(self.cell, queue, 100, 30)[0]}
        self.performer().perform(self.acme.id, job_id)

    def retry(self, job_id: UUID, tenant: Tenant | None = None) -> bool:
        with open_scope(tenant or self.acme, None, write=True) as scope:
            return job_retry(scope.session, job_id)

    def drop(self, job_id: UUID, tenant: Tenant | None = None) -> bool:
        with open_scope(tenant or self.acme, None, write=True) as scope:
            return job_drop(scope.session, job_id)

    def value(self, query: str, **values: Any) -> Any:
        """The one value that answers a query of the dispatcher's role."""
        with self.cell.connect() as connection:
            return connection.execute(sa.text(query), values).scalar_one()

    def jobs(self) -> list[Any]:
        """Every row of the cell, as the dispatcher's role sees it, but for those that come again by themselves."""
        return [row for row in self._rows() if not str(row.key).startswith("cron:")]

    def cron_rows(self) -> list[Any]:
        """Those."""
        return [row for row in self._rows() if str(row.key).startswith("cron:")]

    def _rows(self) -> list[Any]:
        with self.cell.connect() as connection:
            return list(connection.execute(sa.text("SELECT * FROM platform.job ORDER BY run_at, id")))

    def somebody_waits(self) -> bool:
        """Whether some transaction waits for another's lock."""
        with self.cell.connect() as connection:
            return bool(connection.execute(sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one())

    def write(self, statement: str, **values: Any) -> None:
        """As the dispatcher's role."""
        with self.cell.connect() as connection:
            connection.execute(sa.text(statement), values)


def eventually(look: Callable[[], T], wanted: Callable[[T], bool] = bool, seconds: float = 15) -> T:
    """What `look` answers as soon as it is what is wanted."""
    deadline = time.monotonic() + seconds
    while not wanted(answer := look()):
        assert time.monotonic() < deadline, f"still {answer!r} after {seconds} s"
        time.sleep(0.02)
    return answer
