"""What one write costs both sides together, the process and its Postgres backend."""

import time
from uuid import UUID

from saas.engine.jobs import job
from saas.engine.registry import object_named
from saas.engine.scope import Scope, open_scope
from saas.engine.write.create import create
from saas.tenants.apply import driver_of
from saas.tenants.tenant import Tenant
from scripts.benchmarks.api import cpu_ms
from scripts.benchmarks.installation import installation
from scripts.benchmarks.registry import Bench, Target, case


@job()
def bench_nothing(scope: Scope, customer: UUID) -> None:
    """What is put off by the case; nobody does it."""


@case("create-cpu", "ms", Target("<", 4, part="both"))
def create_cpu(bench: Bench) -> dict[str, float]:
    """CPU of one customer created with audit, event and a job row, in a transaction of its own: process and backend."""
    tenant = bench.shared(installation).tenant("cpu")
    rounds = bench.rounds(1000, 300)
    for number in range(50):
        _create_one(tenant, number)
    backend, own = _create_one(tenant, 50), time.process_time()
    before = cpu_ms(backend)
    pids = {_create_one(tenant, 51 + number) for number in range(rounds)}
    if pids != {backend}:
        raise RuntimeError("Another backend took part; its CPU is not known.")
    process = (time.process_time() - own) * 1000 / rounds
    postgres = (cpu_ms(backend) - before) / rounds
    return {"process": round(process, 2), "postgres": round(postgres, 2), "both": round(process + postgres, 2)}


def _create_one(tenant: Tenant, number: int) -> int:
    """The process id of the backend that did it."""
    with open_scope(tenant, None, write=True) as scope:
        values = {"name": f"Bench {number} 客户有限公司", "phone": f"+86 10 6{number:07}"}
        (made,) = create(scope, object_named("customer"), [values])
        scope.later(bench_nothing, customer=made.id)
        return driver_of(scope.session.connection()).info.backend_pid
