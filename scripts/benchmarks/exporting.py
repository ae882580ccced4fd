"""What an export costs: 100,000 customers with twelve fields, from Postgres into the store of files."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import sqlalchemy as sa
from psycopg.conninfo import make_conninfo

from saas.engine.access.tables import SYSTEM_PRINCIPAL, special_grant
from saas.engine.export.permitted import EXCEL
from saas.engine.scope import open_scope
from saas.tenants.tenant import Tenant
from scripts.benchmarks.installation import installation
from scripts.benchmarks.reading.load import Size, fill
from scripts.benchmarks.registry import Bench, Target, Targets, case

CUSTOMERS = 100_000
QUICK = 20_000


@contextmanager
def customers(bench: Bench) -> Iterator[Tenant]:
    """A company with so many customers."""
    place = bench.shared(installation)
    tenant = place.tenant("exporting")
    cell = make_conninfo(place.servers.admin_dsn, dbname="atrium_main")
    with psycopg.connect(cell, autocommit=True, cursor_factory=psycopg.ClientCursor) as admin:
        fill(tenant, Size(bench.rounds(CUSTOMERS, QUICK), is_whole=False), admin)
    with open_scope(tenant, None, write=True) as scope:
        permitted = {"holder_id": SYSTEM_PRINCIPAL, "key": EXCEL.key, "value": True}
        scope.session.execute(sa.insert(special_grant).values(permitted))
    yield tenant


@case("export", "rows/s", Targets(Target(">", 20_000, part="rows_per_s"), Target("<", 64, part="grown_mb")))
def csv(bench: Bench) -> dict[str, float]:
    """Rows a second of a CSV, and by how much the process that writes it grows."""
    return _exported(bench, "csv")


@case("export-xlsx", "rows/s")
def xlsx(bench: Bench) -> dict[str, float]:
    """Likewise of an XLSX file."""
    return _exported(bench, "xlsx")


@case("export-json-lines", "rows/s")
def json_lines(bench: Bench) -> dict[str, float]:
    """Likewise of JSON Lines."""
    return _exported(bench, "json_lines")


def _exported(bench: Bench, form: str) -> dict[str, float]:
    tenant = bench.shared(customers)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "scripts.benchmarks.exported", str(tenant.id), form]
        environment = {**os.environ, "SAAS_FILES": folder}
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told
