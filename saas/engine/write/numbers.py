"""Numbers of new records: consecutive, and without a gap whatever is rolled back.

Counting locks the counter until the transaction ends, so what is rolled back gives its numbers back. Numbers that
living records were given by hand are left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from saas.engine.numbering import pattern_of
from saas.engine.record import Record
from saas.engine.registry import ObjectType
from saas.engine.rows import quoted
from saas.engine.scope import Scope
from saas.kit.text import fold
from saas.tenants.waiting import ask, wait

_WINDOW = 10_000


def fill_numbers(scope: Scope, one: ObjectType, records: Sequence[Record]) -> None:
    """Give those that have no number the next ones, in their order, with one statement.

    To be called inside the savepoint of the write: numbers go back with it.
    """
    name = one.record.facts.number
    unnumbered = [record for record in records if name is not None and getattr(record, name) is None]
    if name is None or not unnumbered:
        return
    pattern = pattern_of(scope, one)
    series = _Series(one.table, name, pattern.period(scope.today), *pattern.around(scope.today))
    for record, number in zip(unnumbered, series.next(scope, len(unnumbered)), strict=True):
        setattr(record, name, number)


@dataclass(frozen=True, slots=True)
class _Series:
    """The numbers of one object in one period: what stands before the count, its digits, what stands after."""

    table: sa.Table
    field: str
    period: str
    head: str
    width: int
    tail: str

    def next(self, scope: Scope, many: int) -> list[str]:
        """The next so many numbers that are free."""
        values = {**self._values(), "many": many}
        wait(scope.session, _IN_ORDER, values)
        ((last, taken),) = ask(scope.session, _COUNTED.format(taken=self._taken), values)
        free = [count for count in range(last - many + 1, last + 1) if count not in taken]
        if len(free) < many:
            free += self._beyond(scope, last, many - len(free))
            wait(scope.session, _SET, {**self._values(), "count": free[-1]})
        return [f"{self.head}{count:0{self.width}}{self.tail}" for count in free]

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
        texts = {"object": self.table.name, "period": self.period, "head": fold(self.head), "tail": fold(self.tail)}
        return {**texts, "width": self.width}


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
_COUNTED = """
    INSERT INTO number_counter AS ours (object, period, value) VALUES (%(object)s, %(period)s, %(many)s)
    ON CONFLICT (object, period) DO UPDATE SET value = ours.value + excluded.value
    RETURNING ours.value, ARRAY(
        SELECT count FROM generate_series(ours.value - %(many)s::bigint + 1, ours.value) AS count WHERE {taken}
    )"""
_FREE = """
    SELECT count FROM generate_series(%(last)s::bigint + 1, %(last)s::bigint + %(window)s) AS count
    WHERE NOT {taken} ORDER BY count LIMIT %(many)s"""
_SET = "UPDATE number_counter SET value = %(count)s WHERE object = %(object)s AND period = %(period)s"
