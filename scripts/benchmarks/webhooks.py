"""How many messages of webhooks one worker process sends: made with somebody's rights, signed, sent, written down."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from saas.engine.access.tables import ANY, RowScope
from saas.engine.registry import object_of
from saas.engine.scope import open_scope
from saas.engine.write.create import create
from saas.kit.settings import settings
from saas.modules.customers.customer import Customer
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.rights import Grants, Right, employee_assign_roles, role_grant
from saas.modules.organisation.role import Role
from saas.modules.webhooks.administration import Wanted, webhook_create
from saas.schema import webhook_telling
from saas.tenants.tenant import Tenant
from scripts.benchmarks.installation import Installation, installation
from scripts.benchmarks.registry import Bench, Target, case

TELLING = webhook_telling  # so that documents are understood here
ENDPOINTS = 4
DOCUMENT = "subscription { customerChanged { kind changedFields customer { name website owner { name } } } }"
_LONGEST = 240.0


@dataclass
class Counting:
    """A receiver that takes everything: when the first message came, when the last, and how many."""

    count: int = 0
    began: float = 0.0
    ended: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self) -> None:
        with self.lock:
            self.ended = time.perf_counter()
            self.began = self.began or self.ended
            self.count += 1


@contextmanager
def counting() -> Iterator[tuple[Counting, int]]:
    """A receiver and its port."""
    told = Counting()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            told.note()
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield told, server.server_address[1]
    server.shutdown()


@case("webhooks", "per s", Target(">", 100))
def one_at_a_time(bench: Bench) -> float:
    """Messages a second of one worker process, to four endpoints, two of which choose their payload by GraphQL."""
    return _measured(bench, "webhooks", batch_size=1)


@case("webhooks-batches", "per s")
def in_batches(bench: Bench) -> float:
    """Changes a second, a hundred in a message."""
    return _measured(bench, "webhooks-batches", batch_size=100)


def _measured(bench: Bench, slug: str, *, batch_size: int) -> float:
    place = bench.shared(installation)
    changes = bench.rounds(1_000, 250)
    with counting() as (told, port):
        os.environ["SAAS_OUTSIDE_ALLOWED"] = f"127.0.0.1:{port}"
        settings.cache_clear()
        tenant = place.tenant(slug)
        _filled(tenant, f"http://127.0.0.1:{port}/", changes, batch_size)
        messages = ENDPOINTS * changes // batch_size
        with _worker(place, port):
            began = time.perf_counter()
            while told.count < messages:
                if time.perf_counter() - began > _LONGEST:
                    raise TimeoutError(f"{told.count} of {messages} messages after {_LONGEST:.0f} seconds")
                time.sleep(0.05)
    return ENDPOINTS * changes / (told.ended - told.began)


def _filled(tenant: Tenant, url: str, changes: int, batch_size: int) -> None:
    """Four endpoints of an administrator, and then so many changes."""
    with open_scope(tenant, None, write=True) as scope:
        (role,) = create(scope, object_of(Role), [{"name": "All"}])
        (person,) = create(scope, object_of(Employee), [{"name": "Ann"}])
        if not isinstance(role.record, Role) or not isinstance(person.record, Employee):
            raise TypeError(f"{tenant.slug} has no administrator.")
        role_grant(scope, role.record, Grants(frozenset({Right(ANY, ANY, RowScope.ALL)})))
        employee_assign_roles(scope, person.record, {role.record.id: None})
        owner = person.record.id
    with open_scope(tenant, owner, write=True) as scope:
        for number in range(ENDPOINTS):
            document = DOCUMENT if number % 2 else None
            outcomes, _ = webhook_create(
                scope, Wanted(f"W{number}", f"{url}{number}", ("customer.*",), document, batch_size)
            )
            if outcomes[0].problems:
                raise RuntimeError(str(outcomes[0].problems))
    for start in range(0, changes, 250):
        with open_scope(tenant, None, write=True) as scope:
            create(scope, object_of(Customer), [{"name": f"C {start + n}", "owner_id": owner} for n in range(250)])


@contextmanager
def _worker(place: Installation, port: int) -> Iterator[None]:
    """A worker process with everything on; it is killed at the end."""
    environment = {**os.environ, **place.environment, "SAAS_OUTSIDE_ALLOWED": f"127.0.0.1:{port}"}
    command = [sys.executable, "-m", "saas", "worker", "--processes", "1"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
