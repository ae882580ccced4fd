"""What an import costs: customers with twelve fields, from a CSV file into the database, with every rule on."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from saas.engine.registry import object_named
from saas.engine.scope import open_scope
from saas.engine.write.create import create
from scripts.benchmarks.installation import installation
from scripts.benchmarks.registry import Bench, Target, Targets, case

CUSTOMERS = 100_000
QUICK = 5_000
PEOPLE = 20


@case("import", "rows/s", Targets(Target(">", 2_000, part="rows_per_s"), Target("<", 64, part="grown_mb")))
def csv(bench: Bench) -> dict[str, float]:
    """Rows a second, reading the file included, and by how much the process grows after its first rows."""
    return _imported(bench, bench.rounds(CUSTOMERS, QUICK), "csv")


@case("import-again", "rows/s")
def again(bench: Bench) -> dict[str, float]:
    """The same file twice: rows a second of the second time, which changes nothing."""
    return _imported(bench, bench.rounds(CUSTOMERS // 5, QUICK), "again")


def _imported(bench: Bench, rows: int, what: str) -> dict[str, float]:
    tenant = bench.shared(installation).tenant(f"importing-{what}")
    with open_scope(tenant, None, write=True) as scope:
        people = [{"name": f"Person {i}", "code": f"P{i}"} for i in range(PEOPLE)]
        _made(create(scope, object_named("employee"), people))
        _made(create(scope, object_named("industry"), [{"name": f"Industry {i}"} for i in range(PEOPLE)]))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "customers.csv"
        with file.open("w", encoding="utf-8") as out:
            out.write("code,name,kind,phone,email,founded,revenue,owner,industry,city,country,notes\n")
            out.writelines(_row(i) for i in range(rows))
        command = [sys.executable, "-m", "scripts.benchmarks.imported", str(tenant.id), str(file), what]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def _row(i: int) -> str:
    where = ("Hamburg,DE", "Lyon,France", "上海,中国", "Leeds,GB")[i % 4]
    return (
        f"C{i:07},Customer {i * 7919 % 1_000_003} 客户,Company,+49 40 {i:07},o@c{i}.example,{1950 + i % 70},"
        f"{i % 900 * 1000}.50,P{i % PEOPLE},Industry {i % PEOPLE},{where},Note {i}\n"
    )


def _made(outcomes: Sequence[object]) -> None:
    assert all(getattr(each, "id", None) for each in outcomes), outcomes  # noqa: S101  # a bench that lies is none
