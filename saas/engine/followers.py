"""Which columns of the engine's own tables follow a record that is merged into another one, and on which terms."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa

from saas.engine.record import metadata

_FACTS = "follows"
_FIRST = "first"


@dataclass(frozen=True, slots=True)
class Follows:
    """What a column leads to, as the preview of a merge calls it.

    field      how the preview names the column
    seen_with  the right with which the preview counts the rows; `{object}` is the object that is merged
    needs      the right without which rows do not change hands, besides those to merge
    """

    field: str
    seen_with: str
    needs: str = ""

    @property
    def info(self) -> dict[str, Any]:
        return {_FACTS: self}


def first(order: str) -> dict[str, Any]:
    """The facts of a table: which of several rows that come to say something of the same thing is the one that stays.

    Where the order does not tell, the survivor's own stays, else that of the first record merged.
    """
    return {_FIRST: order}


@dataclass(frozen=True, eq=False)
class Follower:
    """A table with columns that follow; there is one of each table."""

    table: sa.Table
    columns: dict[str, Follows]

    @property
    def key(self) -> tuple[sa.Column[Any], ...]:
        """What a row is about, once: its unique columns, or where there are none its primary key."""
        once = [each for each in self.table.constraints if isinstance(each, sa.UniqueConstraint)]
        return tuple(once[0].columns if once else self.table.primary_key.columns)

    @property
    def order(self) -> str:
        return str(self.table.info.get(_FIRST, ""))


@cache
def followers() -> tuple[Follower, ...]:
    """Every table with columns that follow, by name; asked first when all of them are declared."""
    tables = sorted(metadata.tables.values(), key=lambda each: each.name)
    found = (
        Follower(table, {each.name: each.info[_FACTS] for each in table.columns if _FACTS in each.info})
        for table in tables
    )
    return tuple(each for each in found if each.columns)
