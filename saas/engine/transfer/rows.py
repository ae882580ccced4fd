"""The rows of a file as they are written: in their order, a few at a time, with why some are refused unseen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.problem import ProblemCode
from saas.engine.scope import Scope
from saas.engine.transfer.issue import Code, Issue, about, shown
from saas.engine.transfer.plan import Plan
from saas.engine.transfer.tables import import_row

Place = tuple[int, int, int]  # level, document, number
START: Place = (-1, 0, 0)
_columns = import_row.c
_PLACE = sa.tuple_(_columns.level, _columns.document, _columns.number)


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its place, its line in the file, a text for each field of the plan, and why it is refused unseen.

    line_texts  the same for each field of the lines, where the row is one
    """

    place: Place
    number: int
    texts: tuple[str, ...]
    line_texts: tuple[str, ...] = ()
    refused: Issue | None = None

    @property
    def document(self) -> int:
        return self.place[1]

    @property
    def row(self) -> int:
        return self.place[2]


def next_lines(scope: Scope, run_id: UUID, plan: Plan, after: Place, most: int) -> list[Line]:
    """The rows behind this place that can be written together: of one level, no document in part.

    At most so many, or as many as the last document has; none at the end.
    """
    mine = sa.select(import_row).where(_columns.run_id == run_id)
    behind = sa.tuple_(*map(sa.literal, after)) < _PLACE
    level = sa.select(_columns.level).where(_columns.run_id == run_id, behind).order_by(*_order()).limit(1)
    first = mine.where(behind, _columns.level == level.scalar_subquery()).order_by(*_order()).limit(most)
    rows = [*scope.session.execute(first)]
    if plan.lines is not None and len(rows) == most:
        last = rows[-1]
        rest = mine.where(
            _columns.level == last.level, _columns.document == last.document, _columns.number > last.number
        )
        rows += scope.session.execute(rest.order_by(_columns.number))
    return lines_of(plan, rows)


def lines_of(plan: Plan, rows: Sequence[Any]) -> list[Line]:
    """What stands in these rows of the table, as the plan reads it."""
    return [_line(plan, row) for row in rows]


def _order() -> tuple[sa.Column[Any], ...]:
    return _columns.level, _columns.document, _columns.number


def _line(plan: Plan, row: Any) -> Line:
    place = (row.level, row.document, row.number)
    if row.wrong is not None:
        return Line(place, row.line, (), refused=Issue(Code.BAD_CSV.value, row.wrong))
    cells = tuple(row.cells)
    texts = plan.texts(cells)
    line_texts = plan.lines.texts(cells) if plan.lines else ()
    return Line(place, row.line, texts, line_texts, _refusal(plan, row, texts))


def _refusal(plan: Plan, row: Any, texts: tuple[str, ...]) -> Issue | None:
    if row.key is None:
        empty = next(plan.fields[position].field for position in plan.key if not texts[position])
        return about(empty, ProblemCode.REQUIRED, "it is empty, but it is part of the key.")
    if row.twin_line is not None:
        text = " / ".join(texts[position] for position in plan.key)
        but = ", with other values" if plan.mapping.unique_rows else ""
        message = f"{shown(text)} stands in line {row.twin_line} already{but}."
        return about(plan.fields[plan.key[0]].field, ProblemCode.DUPLICATE, message)
    if row.circles:
        field = plan.fields[plan.own[0]].field
        return about(field, ProblemCode.CIRCLE, "this line and others refer to each other.")
    return None
