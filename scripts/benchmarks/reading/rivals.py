"""The two that are compared, as running processes: Atrium's real server, and the floor."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg.conninfo import make_conninfo

from saas.cli.embedded.ports import LOOPBACK, any_free_port
from saas.kit import clock
from saas.tenants.database import APP
from saas.tenants.names import quoted
from saas.tenants.sign_in import issue_token
from saas.tenants.tenant import Tenant
from scripts.benchmarks.reading.cpu import Meter
from scripts.benchmarks.reading.people import PERSONS
from scripts.benchmarks.reading.place import Place, place
from scripts.benchmarks.reading.queries import QUERIES, SETS
from scripts.benchmarks.registry import Bench

_READY_SECONDS = 60
_TOKEN = timedelta(hours=6)
Admin = psycopg.Connection[Any]


@dataclass(frozen=True)
class Server:
    """A running server: where it listens, and what it uses."""

    port: int
    meter: Meter


@dataclass(frozen=True)
class Rivals:
    """Both servers, the tokens of the persons by tenant and name, and ids of customers that the manager sees."""

    ours: Server
    floor: Server
    tokens: Mapping[tuple[str, str], str]
    ids: list[str]


@contextmanager
def rivals(bench: Bench) -> Iterator[Rivals]:
    """Both of them over the data; they stop at the end of the run."""
    where = bench.shared(place)
    tokens = {
        (slug, name): issue_token(tenant, _person(where, tenant, name), _TOKEN.total_seconds() / 3600).token
        for slug, tenant in where.tenants.items()
        for name in PERSONS
    }
    ports = any_free_port(), any_free_port()
    ours = [sys.executable, "-m", "saas", "serve", "--port", str(ports[0])]
    floor = [sys.executable, "-m", "scripts.benchmarks.reading.floor_server"]
    with (
        psycopg.connect(where.cell, autocommit=True) as admin,
        _running(ours, where, "") as api,
        _running(floor, where, json.dumps(_floor_settings(where, ports[1]))) as other,
    ):
        for port in ports:
            _await(port)
        postmaster = int((where.servers.folder.postgres / "postmaster.pid").read_text().split()[0])
        yield Rivals(
            Server(ports[0], Meter(admin, postmaster, api, is_floor=False)),
            Server(ports[1], Meter(admin, postmaster, other, is_floor=True)),
            tokens,
            _ids_in_sight(where.tenants["large"], admin),
        )


def _person(where: Place, tenant: Tenant, name: str) -> UUID:
    with psycopg.connect(where.cell) as admin:
        admin.execute(f"SET search_path TO {quoted(tenant.schema)}")
        row = admin.execute("SELECT id FROM employee WHERE name_folded = %s", [name]).fetchone()
    if row is None:
        raise RuntimeError(f"There is no {name} in {tenant.slug}.")
    found: UUID = row[0]
    return found


def _floor_settings(where: Place, port: int) -> dict[str, Any]:
    password = where.environment["SAAS_APP_PASSWORD"]
    dsn = make_conninfo(where.cell, user=APP, password=password, application_name="bench-floor")
    of_queries = {name: (where.tenants[query.tenant], query.person) for name, query in QUERIES.items()}
    return {
        "port": port,
        "dsn": dsn,
        "schemas": {name: tenant.schema for name, (tenant, _) in of_queries.items()},
        "persons": {name: _as_asked(where, *asked) for name, asked in of_queries.items()},
    }


def _as_asked(where: Place, tenant: Tenant, name: str) -> dict[str, Any]:
    """The person as the floor's SQL names them."""
    who = _person(where, tenant, name)
    with psycopg.connect(where.cell) as admin:
        admin.execute(f"SET search_path TO {quoted(tenant.schema)}")
        row = admin.execute(
            "SELECT department_id, ARRAY("
            " SELECT role_id FROM principal_role WHERE principal_id = principal.id"
            " UNION ALL SELECT ancestor_id FROM department_closure WHERE descendant_id = department_id"
            ") FROM principal WHERE id = %s",
            [who],
        ).fetchone()
    if row is None:
        raise RuntimeError(f"{name} is no principal of {tenant.slug}.")
    holders = [str(who), *map(str, row[1])]
    return {"id": str(who), "department": str(row[0]), "holders": holders, "today": str(clock.today(tenant.time_zone))}


def _ids_in_sight(tenant: Tenant, admin: Admin) -> list[str]:
    """Customers all over the table that the manager sees, in no order of their own."""
    admin.execute(f"SET search_path TO {quoted(tenant.schema)}")
    rows = admin.execute(
        "SELECT customer.id::text FROM customer JOIN department ON department.id = department_id"
        " WHERE department.name LIKE 'East%%' AND customer.deleted_at IS NULL ORDER BY hashtext(customer.id::text)"
        " LIMIT %s",
        [SETS],
    )
    return [id_ for (id_,) in rows]


@contextmanager
def _running(command: list[str], where: Place, settings: str) -> Iterator[int]:
    """The id of the process; what it says goes to a log beside those of the servers."""
    root, log = Path(__file__).parents[3], where.servers.folder.logs / f"{command[2]}.log"
    with log.open("wb") as said:
        process = subprocess.Popen(command, cwd=root, env=where.environment, stdin=subprocess.PIPE, stderr=said)
    try:
        if process.stdin is None:
            raise TypeError("The process was started without stdin.")
        process.stdin.write(settings.encode())
        process.stdin.close()
        yield process.pid
    finally:
        process.terminate()
        process.wait(40)


def _await(port: int) -> None:
    """Until something listens there."""
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection((LOOPBACK, port), timeout=5).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"Nothing listens on port {port} after {_READY_SECONDS} s.")
