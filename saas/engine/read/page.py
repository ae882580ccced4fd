"""Lists: filter, order, keyset paging in both directions, and counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.access.rows import Condition, reached
from saas.engine.read.cursor import seal, unseal
from saas.engine.read.fetch import Node, fetch, fetch_by_ids
from saas.engine.read.filters import condition
from saas.engine.read.order import Term, beyond, terms
from saas.engine.read.wanted import Wanted
from saas.engine.registry import ObjectType
from saas.engine.scope import Scope
from saas.kit.errors import BadInput

DEFAULT_FIRST = 50
MAX_FIRST = 500
MAX_COUNT = 100_000


class Trash(StrEnum):
    """Whether deleted records are left out, listed too, or listed alone."""

    EXCLUDE = "EXCLUDE"
    INCLUDE = "INCLUDE"
    ONLY = "ONLY"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """The arguments of a list."""

    filter: Mapping[str, Any] = field(default_factory=dict)
    order_by: list[Mapping[str, Any]] | None = None
    trash: Trash = Trash.EXCLUDE
    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    def only_counted(self) -> "PageRequest":
        """The same list without a record of it; BadInput for the same reasons."""
        return replace(self, first=min(self.size, 0), last=None)

    @property
    def backwards(self) -> bool:
        return self.last is not None

    @property
    def size(self) -> int:
        """How many records; BadInput for what a page cannot be."""
        if self.first is not None and self.last is not None:
            raise BadInput("Ask for first or last, not for both.", path=("last",))
        name = "last" if self.backwards else "first"
        wanted = self.last if self.backwards else self.first
        size = DEFAULT_FIRST if wanted is None else wanted
        if not 0 <= size <= MAX_FIRST:
            raise BadInput(f"{name} must be between 0 and {MAX_FIRST}, not {size}.", path=(name,))
        return size


@dataclass(frozen=True, slots=True)
class Page:
    """Records in order, with what a connection tells around them."""

    nodes: list[Node]
    cursors: list[str]
    has_next: bool
    has_previous: bool


def read_one(scope: Scope, wanted: Wanted, id_: UUID, *, trash: bool = False) -> Node | None:
    """The record, or None where there is none in sight."""
    scope.need(f"{wanted.object.name}.read")
    return fetch_by_ids(scope, wanted, [id_], trash=trash).get(id_)


def read_page(scope: Scope, wanted: Wanted, request: PageRequest) -> Page:
    """One page of the records that the actor may read."""
    one = wanted.object
    scope.need(f"{one.name}.read")
    size = request.size
    table = one.table.alias()
    order = terms(scope, one, table, request.order_by)
    signature = f"{one.name}:{','.join(term.name for term in order)}"
    conditions = _conditions(scope, one, table, request)
    for cursor, towards_end in ((request.after, True), (request.before, False)):
        if cursor is not None:
            keys = unseal(scope, signature, cursor)
            conditions.append(beyond(order if towards_end else _turned(order), keys))
    walk = _turned(order) if request.backwards else order
    keys_out = [term.value.label(f"_key{i}") for i, term in enumerate(order)]
    nodes = fetch(
        scope, wanted, table, conditions, order=[term.clause for term in walk], extra=keys_out, limit=size + 1
    )
    more = len(nodes) > size
    nodes = nodes[:size]
    if request.backwards:
        nodes.reverse()
    cursors = [seal(scope, signature, [node[f"_key{i}"] for i in range(len(order))]) for node in nodes]
    return Page(
        nodes,
        cursors,
        has_next=request.before is not None if request.backwards else more,
        has_previous=more if request.backwards else request.after is not None,
    )


def count(scope: Scope, one: ObjectType, request: PageRequest, most: int) -> tuple[int, bool]:
    """How many records the list has, counted up to `most`, and whether that is exact."""
    if not 0 <= most <= MAX_COUNT:
        raise BadInput(f"max must be between 0 and {MAX_COUNT}, not {most}.", path=("max",))
    table = one.table.alias()
    conditions = _conditions(scope, one, table, request)
    rows = (
        sa.select(sa.literal(1))
        .select_from(table)
        .where(reached(scope.profile, one, "read", table), *conditions)
        .limit(most + 1)
        .subquery()
    )
    found = scope.session.execute(sa.select(sa.func.count()).select_from(rows)).scalar_one()
    return min(found, most), found <= most


def _conditions(scope: Scope, one: ObjectType, table: sa.FromClause, request: PageRequest) -> list[Condition]:
    found = [condition(scope, one, table, request.filter)]
    if request.trash is not Trash.EXCLUDE:
        scope.need(f"{one.name}.restore")
    if request.trash is Trash.EXCLUDE:
        found.append(table.c.deleted_at.is_(None))
    elif request.trash is Trash.ONLY:
        found.append(table.c.deleted_at.is_not(None))
    return found


def _turned(order: list[Term]) -> list[Term]:
    return [term.reversed() for term in order]
