"""What is kept, as a superuser reads it: to show that nothing changed."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from saas.engine.registry import ObjectType
from saas.engine.tables import all_tables
from tests.world import Company, World

Rows = list[dict[str, Any]]
Marks = dict[str, tuple[int, int]]


def marks(world: World, company: Company) -> Marks:
    """Of each table of the company how many rows it has, and the transaction that wrote the last one.

    These are the same as before if, and only if, nothing was written meanwhile.
    """
    found = world.sql(company, _newest())
    return {name: (count, last) for name, count, last in found}


@cache
def _newest() -> str:
    # The ages of two transactions are counted from the same moment: their difference is the same in any later one.
    each = "SELECT '{0}', count(*), age('1000'::xid) - min(age(xmin)) FROM \"{0}\""
    return " UNION ALL ".join(each.format(name) for name in all_tables().tables)


def contents(world: World, company: Company) -> Marks:
    """Of each table how many rows it has and what they hold, as a sum that changes with any of them.

    The audit is left out, and what people were told; of records their versions and the moments of their changes.
    """
    return {name: (count, held) for name, count, held in world.sql(company, _held())}


@cache
def _held() -> str:
    each = "SELECT '{0}', count(*), sum(hash_record_extended(ROW({1}), 0)) FROM \"{0}\""
    tables = {
        name: [column.name for column in table.columns if column.name not in ("version", "updated_at")]
        for name, table in all_tables().tables.items()
        if name not in ("audit", "notification")
    }
    return " UNION ALL ".join(each.format(name, ", ".join(map('"{}"'.format, of))) for name, of in tables.items())


def kept(world: World, company: Company, one: ObjectType) -> Rows:
    """Every row of the object, and nothing left out."""
    found = world.sql(company, f"SELECT to_jsonb(one) FROM {one.name} one ORDER BY one.id")
    return [row for (row,) in found]


def audited(world: World, company: Company, id_: UUID | str | None = None) -> Rows:
    """The audit rows, of one record or of all, in the order in which they were written."""
    condition = "" if id_ is None else f"WHERE record_id = '{id_}'"
    return [row for (row,) in world.sql(company, f"SELECT to_jsonb(a) FROM audit a {condition} ORDER BY a.id")]


def audited_each(world: World, company: Company, ids: Sequence[UUID]) -> dict[str, Rows]:
    """The audit rows of each of these records, in the same order."""
    found: dict[str, Rows] = {str(id_): [] for id_ in ids}
    rows = world.sql(company, "SELECT to_jsonb(a) FROM audit a WHERE record_id = ANY(%s) ORDER BY a.id", list(ids))
    for (row,) in rows:
        found[row["record_id"]].append(row)
    return found
