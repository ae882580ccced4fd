"""How quickly a tenant is there, and how quickly many are migrated."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from saas.modules import plant_all
from saas.tenants.branches import TENANT, Branch
from saas.tenants.install import DEFAULT_CELL
from saas.tenants.migrate import migrate
from saas.tenants.migration_plan import plan
from saas.tenants.provision import create_tenant, fill_pool
from scripts.benchmarks.installation import installation
from scripts.benchmarks.registry import Bench, Target, case
from scripts.benchmarks.timing import seconds, times

TENANTS = 200
_REVISION = '''"""One more column, for the bench."""

import sqlalchemy as sa
from alembic import op

revision = "{number:04}"
down_revision = "{before:04}"

check = "select true from information_schema.columns where table_schema = current_schema() and column_name = 'bench'"


def upgrade() -> None:
    op.add_column("customer", sa.Column("bench", sa.Text, nullable=True))
'''


@contextmanager
def many_tenants(bench: Bench) -> Iterator[list[str]]:
    """The slugs of so many tenants as the migration cases need; only these are migrated, others are in use."""
    place = bench.shared(installation)
    fill_pool(DEFAULT_CELL, TENANTS)
    slugs = [f"many{number}" for number in range(TENANTS)]
    for slug in slugs:
        place.tenant(slug)
    yield slugs


@case("schema-fill", "s", Target("<", 2))
def schema_fill(bench: Bench) -> float:
    """One schema filled with all tables, its role and rights, for the warm pool."""
    bench.shared(installation)
    fill_pool(DEFAULT_CELL, 1)
    rounds = bench.rounds(10, 5)
    return round(seconds(lambda: fill_pool(DEFAULT_CELL, rounds + 1)) / rounds, 3)


@case("tenant-from-pool", "ms", Target("<", 20, part="p50_ms"))
def tenant_from_pool(bench: Bench) -> dict[str, float]:
    """A tenant of China made from the warm pool, seeded with its calendar too, and confirmed in the directory."""
    bench.shared(installation)
    rounds = bench.rounds(50, 20)
    fill_pool(DEFAULT_CELL, rounds + 3)
    names = iter(f"pool{number}" for number in range(rounds + 3))
    return times(lambda: create_tenant(next(names), "Pool", seed=plant_all), rounds=rounds).as_value()


@case("migrate-nothing", "s", Target("<", 3))
def migrate_nothing(bench: Bench) -> float:
    """200 tenants that are up to date already."""
    slugs = bench.shared(many_tenants)
    return seconds(lambda: migrate(plan(slugs), connections=4))


@case("migrate-one-column", "s", Target("<", 15))
def migrate_one_column(bench: Bench) -> float:
    """One added column in 200 tenants, on 4 connections."""
    slugs = bench.shared(many_tenants)
    folder = Path(tempfile.mkdtemp(prefix="atrium-bench-"))
    try:
        branch = _with_one_more_column(folder)
        return seconds(lambda: migrate(plan(slugs, branch=branch), branch=branch, connections=4))
    finally:
        shutil.rmtree(folder)


def _with_one_more_column(folder: Path) -> Branch:
    shutil.copytree(TENANT.folder, folder / "tenant")
    number = TENANT.head + 1
    revision = _REVISION.format(number=number, before=TENANT.head)
    (folder / "tenant" / "versions" / f"{number:04}_bench.py").write_text(revision)
    return Branch("tenant", folder / "tenant")
