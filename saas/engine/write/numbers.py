"""Numbers of new records: consecutive, and without a gap whatever is rolled back.

Counting locks the counter until the transaction ends, so what is rolled back gives its numbers back. Numbers that
living records were given by hand are left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from saas.engine.numbering import number_counter, pattern_of
from saas.engine.record import Record
from saas.engine.registry import ObjectType
from saas.engine.scope import Scope
from saas.kit.text import fold

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
        given = scope.session.execute(_counted(self.table, self.field), {**self._values(), "many": many}).all()
        free = [row.number for row in given if not row.taken]
        if len(free) < many:
            free += self._beyond(scope, given[-1].number, many - len(free))
            ours = sa.update(number_counter).where(
                number_counter.c.object == self.table.name, number_counter.c.period == self.period
            )
            scope.session.execute(ours.values(value=free[-1]))
        return [f"{self.head}{number:0{self.width}}{self.tail}" for number in free]

    def _beyond(self, scope: Scope, last: int, many: int) -> list[int]:
        """So many free counts after `last`; the counter is ours until the transaction ends."""
        found: list[int] = []
        while len(found) < many:
            count = last + _one_to(sa.literal(_WINDOW))
            asked = sa.select(count).where(~_taken(self.table, self.field, count)).order_by(count)
            found += scope.session.execute(asked.limit(many - len(found)), self._values()).scalars()
            last += _WINDOW
        return found

    def _values(self) -> dict[str, str | int]:
        texts = {"object": self.table.name, "period": self.period, "head": fold(self.head), "tail": fold(self.tail)}
        return {**texts, "width": self.width}


@cache
def _counted(table: sa.Table, field: str) -> sa.Select[tuple[int, bool]]:
    """Count on by `many` and tell each count with whether its number is taken; built once, as every create asks it."""
    many = sa.bindparam("many", type_=sa.BigInteger())
    step = insert(number_counter).values(object=sa.bindparam("object"), period=sa.bindparam("period"), value=many)
    counter = step.on_conflict_do_update(
        index_elements=list(number_counter.primary_key), set_={"value": number_counter.c.value + many}
    ).returning(number_counter.c.value)
    count = counter.cte("counter").c.value - many + _one_to(many)
    return sa.select(count.label("number"), _taken(table, field, count).label("taken")).order_by(count)


def _taken(table: sa.Table, field: str, count: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Whether a living record has the number with this count."""
    digits = sa.cast(count, sa.Text())
    padded = sa.func.lpad(
        digits, sa.func.greatest(sa.func.length(digits), sa.bindparam("width", type_=sa.Integer())), "0"
    )
    head, tail = (sa.bindparam(name, type_=sa.Text()) for name in ("head", "tail"))
    number = head.concat(padded).concat(tail)
    return sa.exists(sa.select(1).where(table.c[f"{field}_folded"] == number, table.c.deleted_at.is_(None)))


def _one_to(many: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """1, 2, … as rows."""
    return sa.func.generate_series(1, many, type_=sa.BigInteger()).column_valued("each", joins_implicitly=True)
