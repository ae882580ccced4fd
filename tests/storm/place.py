"""Everything that a storm goes over: servers, API, workers, each a process that is started again when it is killed."""

import http.client
import json
import os
import random
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import redis

from saas.cli.demo_processes import api_child, worker_child
from saas.cli.demo_settings import for_processes, settle
from saas.cli.embedded.ports import any_free_port
from saas.cli.embedded.servers import Servers, start_servers
from saas.cli.embedded.supervisor import Child
from saas.kit.settings import settings
from saas.modules import plant_all
from saas.tenants.cells import as_owner, forget_cells
from saas.tenants.database import close_connections
from saas.tenants.install import DEFAULT_CELL, add_cell, install
from saas.tenants.provision import create_tenant
from saas.tenants.tenant import Tenant
from tests.storm.counts import TABLE

SKEW = 15  # seconds by which the clocks of API and workers are wrong, each in another way


@dataclass
class Place:
    """A whole installation with one tenant."""

    servers: Servers
    tenant: Tenant
    port: int
    chance: random.Random
    killed: list[str] = field(default_factory=list)

    def post(self, token: str, document: str, key: str = "", **variables: Any) -> dict[str, Any]:
        """The data that GraphQL answers; OSError and the like where nobody answers, RuntimeError for errors."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
            headers |= {"idempotency-key": key} if key else {}
            connection.request("POST", "/graphql", json.dumps({"query": document, "variables": variables}), headers)
            answer = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        if "errors" in answer:
            raise RuntimeError(str(answer["errors"]))
        data: dict[str, Any] = answer["data"]
        return data

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """What a superuser is told in the tenant's schema; waits while Postgres is away."""
        dsn = psycopg.conninfo.make_conninfo(self.servers.admin_dsn, dbname="atrium_main")
        for _ in range(200):
            try:
                with psycopg.connect(dsn, autocommit=True) as admin:
                    admin.execute(f'SET search_path TO "{self.tenant.schema}"')
                    return admin.execute(statement).fetchall()
            except psycopg.OperationalError:
                time.sleep(0.1)
        raise TimeoutError("Postgres does not come back.")

    def kill_something(self) -> None:
        """One of the processes is killed as by a lost machine; now and then Redis forgets everything, too."""
        victim = self.chance.choice(["api", "worker early", "worker late", *self.servers.supervisor.names()])
        self.killed.append(victim)
        try:
            os.kill(self.servers.supervisor.pid(victim), signal.SIGKILL)
        except ProcessLookupError:
            return  # it is down already
        if self.chance.random() < 0.3:
            self._empty_redis()

    def _empty_redis(self) -> None:
        self.killed.append("what Redis holds")
        with redis.Redis.from_url(self.servers.redis_url, socket_timeout=1) as client:
            try:
                client.flushall()
            except redis.RedisError:
                return


@contextmanager
def storm_place(folder: Path, seed: int, receiver: str) -> Iterator[Place]:
    """Start it all; stop it at the end."""
    before = dict(os.environ)
    servers = start_servers(folder, durable=True)
    port = any_free_port()
    try:
        os.environ |= {"SAAS_OUTSIDE_ALLOWED": receiver, "STORM_RECEIVER": f"http://{receiver}"}
        environment = for_processes(settle(servers, port))
        tenant = _installed(servers, environment)
        _start(servers, port, environment, folder)
        yield Place(servers, tenant, port, random.Random(seed))
    finally:
        close_connections()
        servers.stop()
        os.environ.clear()
        os.environ.update(before)
        settings.cache_clear()
        forget_cells()


def _installed(servers: Servers, environment: Mapping[str, str]) -> Tenant:
    forget_cells()
    install(servers.admin_dsn)
    cell = environment["SAAS_DIRECTORY_DSN"].rpartition("/")[0] + "/atrium_main"
    add_cell(DEFAULT_CELL, cell, admin_dsn=servers.admin_dsn)
    tenant = create_tenant("storm", "Storm", seed=plant_all, base_currency="USD", time_zone="UTC", language="en")
    with as_owner(tenant.cell) as connection:
        connection.exec_driver_sql(TABLE.format(schema=f'"{tenant.schema}"'))
    return tenant


def _start(servers: Servers, port: int, environment: Mapping[str, str], logs: Path) -> None:
    """Two worker processes and the API, whose clocks disagree."""
    for name, skew in (("early", -SKEW), ("late", SKEW)):
        wrong = {**environment, "STORM_SKEW": str(skew)}
        servers.supervisor.start(_ours(worker_child(wrong, logs), f"worker {name}", "worker", "--lease", "5"))
    api = _ours(api_child(port, {**environment, "STORM_SKEW": "5"}, logs), "api", "serve", "--port", str(port))
    servers.supervisor.start(api)


def _ours(child: Child, name: str, *arguments: str) -> Child:
    """The same child, as the program that declares what is counted."""
    command = (sys.executable, "-m", "tests.storm.process", *arguments)
    log = child.log.with_name(f"{name.replace(' ', '-')}.log")
    return Child(
        name=name,
        command=command,
        log=log,
        ready=child.ready,
        environment={**child.environment, "PYTHONPATH": str(Path(__file__).parents[2])},
        explain=child.explain,
        start_seconds=child.start_seconds,
        stop_seconds=child.stop_seconds,
    )
