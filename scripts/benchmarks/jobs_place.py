"""Two tenants with many jobs, and worker processes that do them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from saas.tenants.cells import as_owner
from saas.tenants.tenant import Tenant
from saas.workers.cells import dispatcher_engine
from scripts.benchmarks.installation import Installation, installation
from scripts.benchmarks.registry import Bench

THREADS = 4
_LONGEST = 240.0  # seconds for which anything is waited for
_TABLE = """
    CREATE TABLE bench_done (
        number integer NOT NULL, run_at timestamptz, at timestamptz NOT NULL DEFAULT clock_timestamp()
    )
"""
_INSERT = sa.text("""
    INSERT INTO platform.job (id, tenant_id, tenant_role, queue, kind, task, payload, max_attempts, run_at, ripe)
    SELECT id, :tenant, :role, 'interactive', 'atomic', :task,
           jsonb_build_object('number', number, 'due', extract(epoch FROM run_at)::text), 5, run_at, :first <= 0
    FROM (
        SELECT gen_random_uuid() AS id, number, now() + make_interval(secs => :first + (number - 1) * :apart) AS run_at
        FROM generate_series(1, :count) AS number
    ) new
""")


@dataclass
class JobsPlace:
    """`big` has many jobs, `small` has few; `cell` is the cell as the dispatcher's role sees it."""

    installation: Installation
    big: Tenant
    small: Tenant
    cell: sa.Engine

    def ask(self, tenant: Tenant, task: str, count: int, *, first: float = 0.0, apart: float = 0.0) -> None:
        """So many jobs of a tenant, the first due in so many seconds, each other a while after the one before."""
        values = {"tenant": tenant.id, "role": tenant.role, "task": task, "count": count}
        self.run(_INSERT, **values, first=first, apart=apart)

    def run(self, statement: sa.TextClause, **values: Any) -> sa.CursorResult[Any]:
        """One statement of the dispatcher's role."""
        with self.cell.connect() as connection:
            return connection.execute(statement, values)

    def left(self) -> int:
        """How many jobs are due or out."""
        count = "SELECT count(*) FROM platform.job WHERE stage IN ('due', 'out')"
        return int(self.run(sa.text(count)).scalar_one())

    def done(self, tenant: Tenant, what: str) -> Any:
        """What a query over the jobs that were done answers; `{}` stands for their table."""
        with as_owner(tenant.cell) as connection:
            return connection.exec_driver_sql(what.format(f'"{tenant.schema}".bench_done')).scalar_one()

    def forget(self) -> None:
        """Without jobs and without what was done."""
        self.run(sa.text("DELETE FROM platform.job"))
        for tenant in (self.big, self.small):
            with as_owner(tenant.cell) as connection:
                connection.exec_driver_sql(f'TRUNCATE "{tenant.schema}".bench_done')
        with as_owner(self.big.cell) as connection:
            connection.exec_driver_sql("ANALYZE platform.job")

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        """A worker process of four threads, ready to work; it is killed at the end."""
        command = [sys.executable, "-m", "scripts.benchmarks.jobs_worker", str(THREADS)]
        process = subprocess.Popen(command, env=self._environment(), stderr=subprocess.DEVNULL)
        try:
            self.ask(self.small, "bench_single", 1)
            wait_for(lambda: self.left() == 0)
            yield process
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()

    def _environment(self) -> dict[str, str]:
        return {**os.environ, **self.installation.environment, "SAAS_LOG_LEVEL": "warning"}


def wait_for(is_so: Callable[[], bool], pause: float = 0.05) -> float:
    """How many seconds it takes until it is so."""
    began = time.perf_counter()
    while not is_so():
        if time.perf_counter() - began > _LONGEST:
            raise TimeoutError(f"still not so after {_LONGEST:.0f} seconds")
        time.sleep(pause)
    return time.perf_counter() - began


@contextmanager
def jobs_place(bench: Bench) -> Iterator[JobsPlace]:
    """Made once for all that is measured of jobs."""
    place = bench.shared(installation)
    big, small = place.tenant("jobs-big"), place.tenant("jobs-small")
    for tenant in (big, small):
        with as_owner(tenant.cell) as connection:
            connection.exec_driver_sql(f'SET LOCAL search_path TO "{tenant.schema}"')
            connection.exec_driver_sql(_TABLE)
            connection.exec_driver_sql(f'GRANT SELECT, INSERT ON bench_done TO "{tenant.role}"')
    with as_owner(big.cell) as connection:
        dsn = str(connection.engine.url.set(username=None, password=None))
    yield JobsPlace(place, big, small, dispatcher_engine(dsn, 3))
