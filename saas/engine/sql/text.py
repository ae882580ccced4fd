"""SQL as text: the expressions of the kernel and of the readers, rendered with one numbering of parameters."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import BindParameter, ClauseElement, ColumnClause
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql.base import PGCompiler

from saas.engine.later import Later
from saas.engine.rowsource import Rows
from saas.engine.sql.encode import Encoder, encoder_of, literal, literals
from saas.tenants.reader_statement import SCHEMA

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy has no hint there
quoted = _DIALECT.identifier_preparer.quote

# What makes the bytes of a parameter in a run; Run is not named here, for this file need not know it.
Parameter = Callable[[Any], bytes | None]


class Parameters:
    """The parameters of a statement, each value once."""

    def __init__(self) -> None:
        self.made: list[Parameter] = []
        self._numbers: dict[Any, int] = {}

    def number(self, value: Any, encode: Encoder) -> int:
        """The number of the parameter with this value, a `Later` or a constant."""
        if isinstance(value, Later):
            key, made = ("later", value.key, encode), _made_of(value, encode)
        else:
            constant = encode(value)
            key, made = ("constant", constant, encode), lambda _run: constant
        if key not in self._numbers:
            self.made.append(made)
            self._numbers[key] = len(self.made)
        return self._numbers[key]


def _made_of(value: Later, encode: Encoder) -> Parameter:
    find, kept, key = value.find, value.kept, (value.key, encode)
    if kept is None:
        return lambda run: encode(find(run))

    def made(run: Any) -> bytes | None:
        known: dict[Any, bytes | None] = kept(run)
        if key not in known:
            known[key] = encode(find(run))
        return known[key]

    return made


_NUMBER = re.compile(r"\$(\d+)(?=::)")


def used(columns: Sequence[str], made: Sequence[Parameter]) -> tuple[tuple[str, ...], tuple[Parameter, ...]]:
    """The columns and their parameters without those of text that was made and left out, numbered anew."""
    numbers = sorted({int(number) for column in columns for number in _NUMBER.findall(column)})
    if len(numbers) == len(made):
        return tuple(columns), tuple(made)
    places = {str(number): place for place, number in enumerate(numbers, 1)}
    texts = (_NUMBER.sub(lambda found: f"${places[found[1]]}", column) for column in columns)
    return tuple(texts), tuple(made[number - 1] for number in numbers)


class _Compiler(PGCompiler):
    """SQLAlchemy's compiler, with our parameters, tables of the tenant's schema, and columns that are noted."""

    parameters: Parameters
    noted: dict[str, set[str]]

    # SQLAlchemy calls these by name, with keywords of its own that we hand on.

    def visit_rows(self, rows: Rows, asfrom: bool = False, **_kw: Any) -> str:
        return f"{table_of(rows)} AS {rows.name}" if asfrom else str(rows.name)

    def visit_table(self, table: Any, asfrom: Any = False, *more: Any, **kw: Any) -> Any:
        plain = super().visit_table(table, asfrom, *more, **kw)  # type: ignore[no-untyped-call]  # it has no hints
        alias = kw.get("enclosing_alias")  # of whichever is around, which need not be of this table
        is_source = asfrom and (alias is None or alias.element is not table)
        return f"{SCHEMA}.{plain} AS {plain}" if is_source else plain

    def visit_alias(self, alias: Any, asfrom: Any = False, *more: Any, **kw: Any) -> Any:
        text = super().visit_alias(alias, asfrom, *more, **kw)  # type: ignore[no-untyped-call]  # likewise
        return f"{SCHEMA}.{text}" if asfrom and alias.element.__visit_name__ == "table" else text

    def visit_column(self, column: Any, *more: Any, **kw: Any) -> str:
        if type(column) is ColumnClause and isinstance(column.table, Rows):
            return self.note(column)
        return str(super().visit_column(column, *more, **kw))

    def note(self, column: Any) -> str:
        name = column.table.name
        noted = self.noted.get(name)
        if noted is not None:
            noted.add(column.name)
        return f"{name}.{quoted(column.name)}"

    def visit_bindparam(self, bindparam: Any, *_more: Any, **_kw: Any) -> str:
        value = bindparam.callable if bindparam.callable is not None else bindparam.value
        if not isinstance(value, Later):
            value = bindparam.effective_value
        plain = literal(value)
        if plain is not None:
            return plain
        encoder = encoder_of(bindparam.type)
        told = f"${self.parameters.number(value, encoder.encode)}::{encoder.name}"
        if not isinstance(value, Later) or value.guards is not None:
            return told
        # Of a viewer the planner sees no more in one run than for all: else it would plan each run anew, since what it
        # knows of this one looks cheaper, and that costs more than most answers.
        return f"(SELECT {told})::{encoder.name}" if encoder.name.endswith("[]") else f"(SELECT {told})"

    def visit_in_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        del operator
        return self._among(binary, "= ANY", " IN ", **kw)

    def visit_not_in_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        del operator
        return self._among(binary, "<> ALL", " NOT IN ", **kw)

    def _among(self, binary: Any, with_list: str, with_query: str, **kw: Any) -> str:
        left, right = binary.left, binary.right
        if isinstance(right, BindParameter):
            value = list(right.effective_value or ())
            if (known := literals(value)) is not None:
                return f"({self.process(left, **kw)} {'IN' if with_query == ' IN ' else 'NOT IN'} ({known}))"
            encoder = encoder_of(right.type, many=True)
            number = self.parameters.number(value, encoder.encode)
            return f"({self.process(left, **kw)} {with_list} (${number}::{encoder.name}))"
        return f"({self.process(left, **kw)}{with_query}{self.process(right, **kw)})"


def table_of(rows: Rows) -> str:
    """The table behind an alias, in the schema of whichever tenant it is."""
    return f"{SCHEMA}.{quoted(rows.read_from.name)}"


class Text:
    """Renders expressions that stand in one statement; `known` are the rows around them, to which they may refer."""

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self._compiler = _Compiler(_DIALECT, None)
        self._compiler.parameters = parameters
        self._compiler.noted = {}
        self._known: set[Any] = set()

    def know(self, rows: Any) -> None:
        self._known.add(rows)

    @contextmanager
    def noting(self, *rows: Rows) -> Iterator[dict[str, set[str]]]:
        """Inside, the columns that are asked of these rows are noted by their names."""
        noted = {each.name: set[str]() for each in rows}
        self._compiler.noted |= noted
        try:
            yield noted
        finally:
            for name in noted:
                del self._compiler.noted[name]

    def of(self, expression: ClauseElement) -> str:
        if type(expression) is ColumnClause and isinstance(expression.table, Rows):
            return self._compiler.note(expression)
        around = {"correlate_froms": self._known, "asfrom_froms": self._known}
        self._compiler.stack.append(around)  # type: ignore[arg-type]  # as inside of a statement, but without one
        try:
            return str(self._compiler.process(expression))
        finally:
            self._compiler.stack.pop()

    def all_of(self, conditions: Sequence[ClauseElement]) -> str:
        """Conditions joined by AND; TRUE where there is none."""
        parts = [text for text in map(self.of, conditions) if text != "true"]
        return " AND ".join(f"({part})" for part in parts) or "true"

    def with_clause(self) -> str:
        """The common table expressions that were met since, to stand before the statement that uses them."""
        compiler = self._compiler
        if not compiler.ctes:
            return ""
        text = str(compiler._render_cte_clause())  # type: ignore[no-untyped-call]  # likewise
        compiler.ctes.clear()
        return text
