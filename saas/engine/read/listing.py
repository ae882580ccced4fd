"""A list as SQL: which records, in which order, from which cursor; of all records, or of those below each parent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause
from sqlalchemy.dialects.postgresql import ARRAY

from saas.engine.access.rows import Condition, as_far, reached
from saas.engine.asker import Asker
from saas.engine.read.columns import Node
from saas.engine.read.cursor import keys_in, seal
from saas.engine.read.filters import condition, fields_that_are_seen
from saas.engine.read.order import Term, beyond, terms
from saas.engine.read.request import MAX_COUNT, PageRequest, Trash
from saas.engine.read.search import search_condition
from saas.engine.read.value import refers_to
from saas.engine.registry import Connection, ObjectType
from saas.kit.errors import BadInput

PARENT = "_parent"


@dataclass(frozen=True, slots=True)
class Page:
    """Records in order, with what a connection tells around them.

    found      how many there are, counted up to one more than the largest count that was asked for
    aggregate  the figures over all records of the list
    """

    request: PageRequest
    nodes: Sequence[Any] = ()
    cursors: Sequence[str] = ()
    has_next: bool = False
    has_previous: bool = False
    found: int | None = None
    aggregate: Mapping[str, Any] | None = None


class Paged:
    """Rows in an order, of which pages are read: all of them, or those below each of some records.

    type_name  what one of them is called in the API
    """

    type_name: str
    table: FromClause
    order: list[Term]
    conditions: list[Condition]
    signature: str
    bounds: list[Condition]

    def __init__(self, scope: Asker, request: PageRequest) -> None:
        self.scope, self.request = scope, request
        self.size = request.size

    def find_bounds(self) -> list[Condition]:
        """After the one cursor and before the other."""
        found: list[Condition] = []
        for cursor, order in ((self.request.after, self.order), (self.request.before, _turned(self.order))):
            if cursor is not None:
                keys = keys_in(self.scope, self.signature, cursor, len(order))
                found.append(beyond(order, keys))
        return found

    def below(self, above: FromClause) -> Condition:
        """Whether a row of the list is below the record in `above`."""
        raise NotImplementedError

    def page(self, columns: Sequence[ColumnElement[Any]]) -> sa.Select[Any]:
        """The records of one page and, to know whether there are more, the one behind it."""
        keys = [term.value.label(f"_key{i}") for i, term in enumerate(self.order)]
        walk = _turned(self.order) if self.request.backwards else self.order
        return (
            sa.select(*columns, *keys)
            .where(*self.conditions, *self.bounds)
            .order_by(*(term.clause for term in walk))
            .limit(self.size + 1)
        )

    def counted(self, most: int) -> sa.Select[Any]:
        """A row for each record of the whole list, but no more than one above `most`."""
        if not 0 <= most <= MAX_COUNT:
            raise BadInput(f"max must be between 0 and {MAX_COUNT}, not {most}.", path=("max",))
        return sa.select(sa.literal(1).label("one")).select_from(self.table).where(*self.conditions).limit(most + 1)

    def page_of_each(self, parents: Sequence[UUID], columns: Sequence[ColumnElement[Any]]) -> sa.Select[Any]:
        """The page of each of these parents, the parent's id in a column of its own."""
        above = _above(parents)
        below = self.page(columns).where(self.below(above)).lateral()
        place = [below.c[f"_key{i}"] for i in range(len(self.order))]
        walk = _turned(self.order) if self.request.backwards else self.order
        ordered = [term.clause_of(key) for term, key in zip(walk, place, strict=True)]
        return sa.select(above.c.id.label(PARENT), *below.c).join_from(above, below, sa.true()).order_by(*ordered)

    def counted_for_each(self, parents: Sequence[UUID], most: int) -> sa.Select[Any]:
        """How many records there are below each of these parents, counted up to one above `most`."""
        above = _above(parents)
        below = self.counted(most).where(self.below(above)).lateral()
        found = sa.func.count(below.c.one).label("found")
        return sa.select(above.c.id, found).join_from(above, below, sa.true(), isouter=True).group_by(above.c.id)

    def page_from(self, rows: list[Node], found: int | None, aggregate: Mapping[str, Any] | None = None) -> Page:
        """The page that these rows of it make."""
        request, more = self.request, len(rows) > self.size
        nodes = rows[: self.size]
        if request.backwards:
            nodes.reverse()
        keys = range(len(self.order))
        cursors = [seal(self.scope, self.signature, [node[f"_key{i}"] for i in keys]) for node in nodes]
        return Page(
            request,
            nodes,
            cursors,
            has_next=request.before is not None if request.backwards else more,
            has_previous=more if request.backwards else request.after is not None,
            found=found,
            aggregate=aggregate,
        )


class Listing(Paged):
    """The records of `one` in sight that a request means; BadInput or Forbidden for what it cannot mean."""

    def __init__(self, scope: Asker, one: ObjectType, request: PageRequest, via: Connection | None = None) -> None:
        super().__init__(scope, request)
        self.one, self.via, self.type_name = one, via, one.type_name
        self.table = one.outermost
        self.order = terms(scope, one, self.table, request.order_by, fields_that_are_seen(request.filter))
        self.conditions = [*self._sight(), *self._asked()]
        name = one.name if via is None else f"{via.object.name}.{via.field.name}"
        self.signature = f"{name}:{','.join(term.name for term in self.order)}"
        self.bounds = self.find_bounds()

    def _sight(self) -> list[Condition]:
        """What must hold for the records to be in sight; below one in sight often nothing more."""
        above = self.via and self.one.parent
        if above and self.via and above[0] == self.via.field.name and as_far(self.scope.profile, self.one, above[1]):
            return []
        return [reached(self.scope.profile, self.one, "read", self.table)]

    def _asked(self) -> list[Condition]:
        found = [condition(self.scope, self.one, self.table, self.request.filter)]
        if self.request.search is not None:
            found.append(search_condition(self.scope, self.one, self.table, self.request.search))
        if self.request.trash is not Trash.EXCLUDE:
            self.scope.need(f"{self.one.name}.restore")
        if self.request.trash is Trash.EXCLUDE:
            found.append(self.table.c.deleted_at.is_(None))
        elif self.request.trash is Trash.ONLY:
            found.append(self.table.c.deleted_at.is_not(None))
        return found

    def below(self, above: FromClause) -> Condition:
        """Whether a record of the list is below the one in `above`."""
        if self.via is None:
            raise TypeError("A list of its own has no parents.")
        return refers_to(self.scope, self.one, self.via.field, self.table, above.c.id)


def _above(parents: Sequence[UUID]) -> FromClause:
    ids = sa.bindparam("parents", list(parents), type_=ARRAY(sa.Uuid()), unique=True)
    return sa.func.unnest(ids).table_valued(sa.column("id", sa.Uuid()), name="above").render_derived()


def _turned(order: Sequence[Term]) -> list[Term]:
    return [term.reversed() for term in order]
