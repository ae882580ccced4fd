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
MAX_BYTES = 16 * 1024 * 1024  # of texts that are written together; with them at least one row, or document
_DELETED_AT_ONCE = 50_000
START: Place = (-1, 0, 0)
_columns = import_row.c
_PLACE = sa.tuple_(_columns.level, _columns.document, _columns.number)


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its place, its line in the file, a text for each field of the plan, and why it is refused unseen.

    texts       none where the row belongs to the document above it and says nothing of it
    line_texts  the same for each field of the lines, where the row is one
    has_line    whether the file says anything of them
    """

    place: Place
    number: int
    texts: tuple[str, ...]
    line_texts: tuple[str, ...] = ()
    refused: Issue | None = None
    has_line: bool = False

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
    rows = [*scope.session.execute(_bounded(first.subquery()))]
    if plan.lines is not None and rows:
        last = rows[-1]
        rest = mine.where(
            _columns.level == last.level, _columns.document == last.document, _columns.number > last.number
        )
        rows += scope.session.execute(rest.order_by(_columns.number))
    return lines_of(plan, rows)


def _bounded(some: sa.Subquery) -> sa.Select[Any]:
    """As many of these rows as can be in memory together, at least one."""
    order = (some.c.level, some.c.document, some.c.number)
    size = sa.func.octet_length(sa.func.array_to_string(some.c.cells, ""))
    before = sa.func.coalesce(sa.func.sum(size).over(order_by=order, rows=(None, -1)), 0)
    sized = sa.select(some, before.label("before")).subquery()
    return (
        sa.select(sized)
        .where(sized.c.before < MAX_BYTES)
        .order_by(*map(sized.c.__getitem__, ("level", "document", "number")))
    )


def delete_rows(scope: Scope, run_id: UUID) -> None:
    """Forget the rows of a run, some at a time: one statement for a million would not end in time."""
    after: Place = START
    while True:
        mine = sa.and_(_columns.run_id == run_id, sa.tuple_(*map(sa.literal, after)) < _PLACE)
        last = sa.select(*_order()).where(mine).order_by(*_order()).offset(_DELETED_AT_ONCE - 1).limit(1)
        found = scope.session.execute(last).one_or_none()
        if found is None:
            scope.session.execute(sa.delete(import_row).where(mine))
            return
        after = (found.level, found.document, found.number)
        up_to = sa.tuple_(*map(sa.literal, after)) >= _PLACE
        scope.session.execute(sa.delete(import_row).where(mine, up_to))


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
    refused = _refusal(plan, row, texts)
    if plan.lines is None:
        return Line(place, row.line, texts, refused=refused)
    is_head = row.key is None or all(texts[position] for position in plan.key)
    has_line = plan.lines.is_filled(cells)
    return Line(place, row.line, texts if is_head else (), plan.lines.texts(cells), refused, has_line)


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
