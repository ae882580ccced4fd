"""Numbers of new records: consecutive, and without a gap whatever is rolled back.

Counting locks the counter until the transaction ends, so what is rolled back gives its numbers back. Numbers that
living records were given by hand are left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from saas.engine.numbering import pattern_of
from saas.engine.problem import Problem
from saas.engine.record import Record
from saas.engine.registry import ObjectType
from saas.engine.rows import quoted
from saas.engine.scope import Scope
from saas.kit.text import camel, fold
from saas.tenants.waiting import ask, wait

_WINDOW = 10_000


def fill_numbers(scope: Scope, one: ObjectType, records: Sequence[Record], *, sure: bool) -> None:
    """Give those that have no number the next ones, in their order, with one statement.

    To be called inside the savepoint of the write: numbers go back with it. Unless it is to be `sure`, nobody looks
    whether the next number was given by hand already: the index of what is unique refuses that, which is seldom.
    """
    name = one.record.facts.number
    unnumbered = [record for record in records if name is not None and getattr(record, name) is None]
    if name is None or not unnumbered:
        return
    pattern = pattern_of(scope, one)
    series = _Series(one.table, name, pattern.period(scope.today), *pattern.around(scope.today))
    numbers = series.next(scope, len(unnumbered)) if sure else [series.following(scope)]
    for record, number in zip(unnumbered, numbers, strict=True):
        setattr(record, name, number)


def may_be_taken(scope: Scope, one: ObjectType, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a write can do without being sure of its number: of a single record, and held by an index.

    What it takes back is forgotten by the session, so nobody may have read anything in it before.
    """
    name = one.record.facts.number
    if name is None or len(rows) != 1 or rows[0].get(name) or len(scope.session.identity_map):
        return False
    return (name,) in one.unique_keys


def was_taken(one: ObjectType, problems: Sequence[Problem]) -> bool:
    """Whether it is the number for which a record with one of ours was refused."""
    return any(each.kind == "Duplicate" and each.path == (camel(one.record.facts.number or ""),) for each in problems)


@dataclass(frozen=True, slots=True)
class _Series:
    """The numbers of one object in one period: what stands before the count, its digits, what stands after."""

    table: sa.Table
    field: str
    period: str
    head: str
    width: int
    tail: str

    def following(self, scope: Scope) -> str:
        """The next number, whether it is free or not."""
        values = {**self._counter, "many": 1}
        wait(scope.session, _IN_ORDER, values)
        ((count,),) = ask(scope.session, _COUNT, values)
        return self._number(count)

    def next(self, scope: Scope, many: int) -> list[str]:
        """The next so many numbers that are free."""
        values = {**self._values(), "many": many}
        wait(scope.session, _IN_ORDER, values)
        ((last, taken),) = ask(scope.session, _COUNT + _TAKEN_OF_THEM.format(taken=self._taken), values)
        free = [count for count in range(last - many + 1, last + 1) if count not in taken]
        if len(free) < many:
            free += self._beyond(scope, last, many - len(free))
            wait(scope.session, _SET, {**self._values(), "count": free[-1]})
        return [self._number(count) for count in free]

    def _number(self, count: int) -> str:
        return f"{self.head}{count:0{self.width}}{self.tail}"

    def _beyond(self, scope: Scope, last: int, many: int) -> list[int]:
        """So many free counts after `last`; the counter is ours until the transaction ends."""
        found: list[int] = []
        while len(found) < many:
            asked = {**self._values(), "last": last, "window": _WINDOW, "many": many - len(found)}
            found += (count for (count,) in ask(scope.session, _FREE.format(taken=self._taken), asked))
            last += _WINDOW
        return found

    @property
    def _taken(self) -> str:
        """Whether a living record has the number with this count."""
        return _TAKEN.format(table=quoted(self.table.name), folded=quoted(f"{self.field}_folded"))

    def _values(self) -> dict[str, Any]:
        return {**self._counter, "head": fold(self.head), "tail": fold(self.tail), "width": self.width}

    @property
    def _counter(self) -> dict[str, Any]:
        """Which counter it is; the name of a table as SQLAlchemy has it is no plain text."""
        return {"object": str(self.table.name), "period": self.period}


# With LIMIT, so that each is looked up: an EXISTS is turned into a hash of all the numbers there are.
_TAKEN = """
    (
        SELECT true FROM {table}
        WHERE {folded} = %(head)s::text || lpad(count::text, greatest(length(count::text), %(width)s::int), '0')
                || %(tail)s::text
            AND deleted_at IS NULL
        LIMIT 1
    ) IS TRUE"""
# Of those who wait for the row itself each commit wakes all, and any of them may be the next.
_IN_ORDER = """
    SELECT pg_advisory_xact_lock(
        hashtextextended(current_schema() || '.number.' || %(object)s || '.' || %(period)s, 0)
    )"""
_COUNT = """
    INSERT INTO number_counter AS ours (object, period, value) VALUES (%(object)s, %(period)s, %(many)s)
    ON CONFLICT (object, period) DO UPDATE SET value = ours.value + excluded.value
    RETURNING ours.value"""
_TAKEN_OF_THEM = """, ARRAY(
        SELECT count FROM generate_series(ours.value - %(many)s::bigint + 1, ours.value) AS count WHERE {taken}
    )"""
_FREE = """
    SELECT count FROM generate_series(%(last)s::bigint + 1, %(last)s::bigint + %(window)s) AS count
    WHERE NOT {taken} ORDER BY count LIMIT %(many)s"""
_SET = "UPDATE number_counter SET value = %(count)s WHERE object = %(object)s AND period = %(period)s"
