"""An API process of its own that nothing slows down, over a tenant of 2,000 customers with contacts."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from saas.cli.embedded.ports import LOOPBACK, any_free_port
from saas.engine.registry import object_named
from saas.engine.scope import open_scope
from saas.engine.write.create import create
from scripts.benchmarks.api import filled
from scripts.benchmarks.installation import installation
from scripts.benchmarks.reading.client import ask, request
from scripts.benchmarks.reading.cpu import cpu_ms, family
from scripts.benchmarks.registry import Bench

CONTACTS = 500
_READY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Serving:
    """The running process, and who asks it."""

    pid: int
    port: int
    token: str
    some_id: str

    def request(self, query: str, **variables: object) -> bytes:
        """The request as it goes over the wire."""
        return request("/graphql", {"query": query, "variables": variables}, self.token)

    def cpu_ms(self) -> float:
        """What it has used, all threads."""
        return sum(map(cpu_ms, family(self.pid)))

    def rss_mb(self) -> float:
        """What it holds of the machine's memory now."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) / 1024


@contextmanager
def serving(bench: Bench) -> Iterator[Serving]:
    """Started anew: what one case leaves in it is not what the next one measures."""
    place = bench.shared(installation)
    token, some_id = bench.shared(_company)
    port = any_free_port()
    command = [sys.executable, "-m", "saas", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=place.environment | {"SAAS_LOG_FORMAT": "json"}, stderr=subprocess.DEVNULL)
    try:
        running = Serving(process.pid, port, token, some_id)
        _await(running, process)
        yield running
    finally:
        process.terminate()
        process.wait(40)


@contextmanager
def _company(bench: Bench) -> Iterator[tuple[str, str]]:
    """The token of somebody with all rights, and a customer with contacts."""
    tenant = bench.shared(installation).tenant("serving")
    token, some_id = filled(tenant)
    with open_scope(tenant, None, write=True) as scope:
        create(
            scope,
            object_named("contact"),
            [{"name": f"Contact {number}", "customer_id": some_id} for number in range(CONTACTS)],
        )
    yield token, some_id


def _await(running: Serving, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if ask(running.port, running.request("{ viewer { name } }")).get("data"):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"saas serve on {LOOPBACK}:{running.port} answered no query within {_READY_SECONDS} s.")
