"""A plan in the making: who it is made for, what it asks, and what has been gathered so far."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema
from sqlalchemy import ClauseElement, FromClause

from saas.engine.later import Guard, Later
from saas.engine.plan.json_text import MARK, text
from saas.engine.plan.run import Run
from saas.engine.rowsource import Rows
from saas.engine.selection import Document
from saas.engine.sql.text import Parameters, Text, table_of

Mend = Callable[[Any, Any], bytes]  # (run, what stood in the answer) → JSON


class CannotPlan(Exception):
    """The operation, or this part of it, is not one that a plan can answer."""


@dataclass(slots=True, kw_only=True)
class Making(Run):
    """What all parts of a plan in the making share; it asks the builders of SQL for what is to be told later.

    living  the names of rows of which none is deleted
    """

    document: Document
    guards: list[Guard]
    parameters: Parameters = field(default_factory=Parameters)
    mends: list[Mend] = field(default_factory=list)
    living: set[str] = field(default_factory=set)
    text: Text = field(init=False)

    def __post_init__(self) -> None:
        self.text = Text(self.parameters)

    def told(self, find: Callable[[Any], Any]) -> Later:
        return Later(find(self), find, self.guards)

    @property
    def schema(self) -> GraphQLSchema:
        return self.document.schema

    def type_of(self, owner: str, field_name: str) -> str:
        """The name of the type of a field of the object type with this name."""
        kind = self.schema.type_map[owner]
        if not isinstance(kind, GraphQLObjectType):
            raise CannotPlan
        inner: Any = kind.fields[field_name].type
        while hasattr(inner, "of_type"):
            inner = inner.of_type
        return str(inner.name)

    def mended(self, mend: Mend, json_sql: str) -> str:
        """SQL for a place in the answer where Python makes JSON of the JSON that `json_sql` yields."""
        self.mends.append(mend)
        return f"concat({text(MARK)}, '{len(self.mends) - 1}:', {json_sql}, {text(MARK)})"

    def of(self, expression: ClauseElement) -> str:
        return self.text.of(expression)


@dataclass(slots=True)
class Source:
    """What a SELECT reads: rows, and what is joined to each of them at most once.

    asked_once  conditions on the rows that are asked where these are read, by their SQL the name of the column that
                tells them; None: the rows are read here, there is no place to ask before
    """

    rows: Rows
    joins: list[str] = field(default_factory=list)
    behind: dict[tuple[str, str], Rows] = field(default_factory=dict)
    asked_once: dict[str, str] | None = None

    @property
    def joined(self) -> str:
        return "".join(f" {join}" for join in self.joins)

    def told(self, rows: Rows, condition: str) -> str:
        """An expression for a condition that many values of a row depend on."""
        if self.asked_once is None or rows is not self.rows:
            return condition
        name = self.asked_once.setdefault(condition, f"_c{len(self.asked_once)}")
        return f"{rows.name}.{name}"

    def join(self, rows: Rows, on: str) -> None:
        self.joins.append(f"LEFT JOIN {table_of(rows)} AS {rows.name} ON {on}")


def as_rows(table: FromClause) -> Rows:
    """The rows that a builder made while a plan is in the making."""
    if not isinstance(table, Rows):
        raise TypeError("A plan reads rows under numbered aliases; was it made inside `naming`?")
    return table
