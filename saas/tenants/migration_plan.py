"""Which schemas are behind: read from their stamps, because the directory only keeps a copy."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import literal, select, union_all

from saas.kit.errors import NotFound
from saas.tenants.apply import driver_of
from saas.tenants.branches import TENANT, Branch
from saas.tenants.cells import as_owner
from saas.tenants.directory import rows
from saas.tenants.directory_tables import spare as spare_table
from saas.tenants.directory_tables import tenant as tenant_table
from saas.tenants.names import quoted
from saas.tenants.tenant import TenantState

SPARE = "(spare)"
_AT_ONCE = 100  # schemas asked in one query


@dataclass(frozen=True, slots=True)
class Target:
    """A tenant's schema or a spare one, at the version of its stamp; None where it has none."""

    id: UUID
    label: str
    cell: str
    schema: str
    told_version: int  # what the directory believes
    version: int | None = None


@dataclass(frozen=True)
class Plan:
    head: int
    current: list[Target] = field(default_factory=list)
    behind: list[Target] = field(default_factory=list)
    newer: list[Target] = field(default_factory=list)
    broken: list[Target] = field(default_factory=list)

    @property
    def mistold(self) -> list[Target]:
        """Those of which the directory believes another version than their stamp says."""
        known = (*self.current, *self.behind, *self.newer)
        return [target for target in known if target.told_version != target.version]


def plan(slugs: Sequence[str] = (), *, branch: Branch = TENANT) -> Plan:
    """What a migration would do: for these tenants, or for all and the spares too."""
    result = Plan(branch.head)
    for target in _stamped(_targets(slugs)):
        if target.version is None:
            result.broken.append(target)
        elif target.version < branch.head:
            result.behind.append(target)
        else:
            (result.current if target.version == branch.head else result.newer).append(target)
    return result


def _targets(slugs: Sequence[str]) -> list[Target]:
    columns = ("id", "cell", "schema", "schema_version")
    tenants = select(tenant_table.c.slug.label("label"), *(tenant_table.c[name] for name in columns)).where(
        tenant_table.c.state != TenantState.DROPPING
    )
    spares = select(literal(SPARE), *(spare_table.c[name] for name in columns)).where(spare_table.c.state == "ready")
    if slugs:
        found = rows(tenants.where(tenant_table.c.slug.in_(slugs)))
        missing = sorted(set(slugs) - {row.label for row in found})
        if missing:
            raise NotFound(f"There is no tenant {missing[0]!r}.", remedy="`saas tenant list` shows all.")
    else:
        found = rows(union_all(tenants, spares))
    targets = [Target(row.id, row.label, row.cell, row.schema, row.schema_version) for row in found]
    return sorted(targets, key=lambda target: target.schema)


def _stamped(targets: list[Target]) -> Iterator[Target]:
    by_cell = defaultdict(list)
    for target in targets:
        by_cell[target.cell].append(target)
    for cell, its in by_cell.items():
        versions = _versions(cell, [target.schema for target in its])
        for target in its:
            yield Target(target.id, target.label, cell, target.schema, target.told_version, versions.get(target.schema))


def _versions(cell: str, schemas: list[str]) -> dict[str, int]:
    with as_owner(cell) as connection:
        driver = driver_of(connection)
        stamped = driver.execute(
            "SELECT n.nspname FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid"
            " WHERE c.relname = 'stamp' AND n.nspname = ANY(%s)",
            (schemas,),
        ).fetchall()
        names = [name for (name,) in stamped]
        versions: dict[str, int] = {}
        for start in range(0, len(names), _AT_ONCE):
            query = " UNION ALL ".join(
                f"SELECT '{name}', schema_version FROM {quoted(name)}.stamp" for name in names[start : start + _AT_ONCE]
            )
            versions |= dict(driver.execute(query).fetchall())
    return versions
