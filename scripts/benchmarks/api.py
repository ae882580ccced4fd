"""One API process: how soon it is there, what it weighs, and what its plain paths cost."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from saas.cli.embedded.ports import LOOPBACK, any_free_port
from saas.engine.access.tables import RowScope
from saas.engine.registry import object_named
from saas.engine.scope import open_scope
from saas.engine.write.create import create
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.rights import Grants, Right, employee_assign_roles, role_grant
from saas.modules.organisation.role import Role
from saas.tenants.sign_in import issue_token, let_in
from saas.tenants.tenant import Tenant
from scripts.benchmarks.installation import installation
from scripts.benchmarks.registry import Bench, Target, case
from scripts.benchmarks.timing import times

CUSTOMERS = 2_000
IDLE = 30  # seconds
LIST = "{ customers(first: 50) { nodes { id name language owner { name } } } }"
ONE = "query($id: ID!) { customer(id: $id) { id name language website taxNo phone owner { name } } }"
CREATE = 'mutation { customerCreate(input: { name: "Bench" }) { id problems { message } } }'


@dataclass
class Api:
    """A running API process with one tenant of 2,000 customers, asked over one kept connection."""

    process: subprocess.Popen[bytes]
    port: int
    token: str
    ready_s: float
    some_id: str

    def __post_init__(self) -> None:
        self.connection = HTTPConnection(LOOPBACK, self.port, timeout=60)
        self.asked_at: float = 0.0

    def ask(self, query: str, **variables: object) -> dict[str, object]:
        body = json.dumps({"query": query, "variables": variables})
        headers = {"content-type": "application/json", "authorization": f"Bearer {self.token}"}
        if time.monotonic() - self.asked_at > IDLE:
            self.connection.close()  # the server has, too; it is opened anew
        self.asked_at = time.monotonic()
        self.connection.request("POST", "/graphql", body, headers)
        answer: dict[str, object] = json.loads(self.connection.getresponse().read())
        if "errors" in answer:
            raise RuntimeError(str(answer["errors"]))
        return answer


@contextmanager
def api(bench: Bench) -> Iterator[Api]:
    place = bench.shared(installation)
    tenant = place.tenant("api")
    token, some_id = filled(tenant)
    port = any_free_port()
    began = time.perf_counter()
    command = [sys.executable, "-m", "saas", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=place.environment, stderr=subprocess.DEVNULL)
    try:
        _wait(port, process, token)
        yield Api(process, port, token, time.perf_counter() - began, some_id)
    finally:
        process.terminate()
        process.wait(20)


@case("api-ready", "s", Target("<", 5))
def ready(bench: Bench) -> float:
    """From the start of `saas serve` to its first answer to a query, of somebody who is signed in."""
    return round(bench.shared(api).ready_s, 3)


@case("api-rss", "MB", Target("<", 200))
def rss(bench: Bench) -> float:
    """Resident memory of the process that answers, after the first query."""
    running = bench.shared(api)
    running.ask(LIST)
    return max(_rss_mb(pid) for pid in _family(running.process.pid))


@case("api-rss-chinese", "MB", Target("<", 200))
def rss_chinese(bench: Bench) -> float:
    """The same once a Chinese name was written: then the dictionaries of pinyin are read."""
    running = bench.shared(api)
    running.ask(CREATE.replace("Bench", "北京远景"))
    return max(_rss_mb(pid) for pid in _family(running.process.pid))


@case("read-list", "ms")
def read_list(bench: Bench) -> dict[str, float]:
    """50 customers with their owners, by name; one client, over HTTP, sign-in and rights included."""
    running = bench.shared(api)
    return over_http(running, lambda: running.ask(LIST), bench.rounds(300, 100))


@case("read-one", "ms")
def read_one(bench: Bench) -> dict[str, float]:
    """One customer by id with its owner; likewise."""
    running = bench.shared(api)
    return over_http(running, lambda: running.ask(ONE, id=running.some_id), bench.rounds(300, 100))


@case("create-one", "ms")
def create_one(bench: Bench) -> dict[str, float]:
    """One customer created with its audit row, durable."""
    running = bench.shared(api)
    return over_http(running, lambda: running.ask(CREATE), bench.rounds(200, 50))


@case("create-batch", "rows/s")
def create_batch(bench: Bench) -> float:
    """Customers created through the write chain, 200 a transaction, with audit rows."""
    tenant = bench.shared(installation).tenant("batch")
    rounds = bench.rounds(20, 5)
    began = time.perf_counter()
    for number in range(rounds):
        with open_scope(tenant, None, write=True) as scope:
            create(scope, object_named("customer"), [{"name": f"Customer {number}-{i}"} for i in range(200)])
    return round(rounds * 200 / (time.perf_counter() - began))


def over_http(running: Api, work: Callable[[], object], rounds: int) -> dict[str, float]:
    """Times as the client sees them, and the CPU of the API process (not of Postgres) for one round."""
    pids = _family(running.process.pid)
    before = sum(cpu_ms(pid) for pid in pids)
    value = times(work, rounds=rounds, warm_up=0).as_value()
    return {**value, "cpu_ms": round((sum(cpu_ms(pid) for pid in pids) - before) / rounds, 3)}


def cpu_ms(pid: int) -> float:
    """The CPU time that a process has used since it began."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def filled(tenant: Tenant) -> tuple[str, str]:
    """A token of somebody with all rights, and the id of one of the customers."""
    with open_scope(tenant, None, write=True) as scope:
        (role,) = create(scope, object_named("role"), [{"name": "All"}])
        (person,) = create(scope, object_named("employee"), [{"name": "Bench", "email": "bench@api.test"}])
        if not isinstance(role.record, Role) or not isinstance(person.record, Employee):
            raise TypeError("The write chain made something else than a role and an employee.")
        role_grant(scope, role.record, Grants(frozenset({Right("*", "*", RowScope.ALL)})))
        employee_assign_roles(scope, person.record, {role.record.id: None})
        owner = person.record.id
        rows = [{"name": f"Customer {i:05}", "language": "Köln", "owner_id": owner} for i in range(CUSTOMERS)]
        made = create(scope, object_named("customer"), rows)
    let_in(tenant, owner, "bench@api.test", None, "Bench")
    return issue_token(tenant, owner, 1).token, str(made[0].id)


def _wait(port: int, process: subprocess.Popen[bytes], token: str) -> None:
    """Until a query is answered, which also asks the directory, Postgres and the schema."""
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        connection = HTTPConnection(LOOPBACK, port, timeout=5)
        try:
            connection.request("POST", "/graphql", json.dumps({"query": "{ viewer { name } }"}), headers)
            if json.loads(connection.getresponse().read()).get("data") == {"viewer": {"name": "Bench"}}:
                return
        except OSError:
            time.sleep(0.01)
        finally:
            connection.close()
    raise RuntimeError("saas serve did not answer a query within 60 s.")


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(int(child) for child in children)]


def _rss_mb(pid: int) -> float:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return round(int(found.group(1)) / 1024, 1) if found else 0.0
