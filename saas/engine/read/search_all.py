"""Search over several objects at once, the best first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.access.fields import seen
from saas.engine.access.rows import reached
from saas.engine.asker import Asker
from saas.engine.later import then
from saas.engine.read.columns import Node
from saas.engine.read.cursor import keys_in, seal
from saas.engine.read.fetch import fetch_by_ids
from saas.engine.read.order import Term, beyond
from saas.engine.read.request import PageRequest
from saas.engine.read.search import search_condition, search_rank
from saas.engine.read.wanted import Wanted
from saas.engine.registry import ObjectType, objects
from saas.engine.scope import Scope
from saas.kit.errors import BadInput
from saas.kit.text import fold


@dataclass(frozen=True, slots=True)
class Found:
    """A page of what a search found."""

    nodes: Sequence[Node]
    cursors: Sequence[str]
    has_next: bool
    has_previous: bool


def search_all(
    scope: Scope, text: str, names: Sequence[str] | None, page: PageRequest, wanted: Callable[[ObjectType], Wanted]
) -> Found:
    """The records that hold every word of `text`, of the objects with these names, or of all that the actor may read.

    First those whose title begins with it, then those whose title holds it, then the others; among equals by object,
    title and id. One statement finds them; those of one object are fetched together.
    """
    asked, size = asked_objects(scope, names), page.size
    if not asked:
        return Found((), (), has_next=False, has_previous=False)
    hits = Hits(scope, asked, text, page)
    rows = scope.session.execute(hits.page).all()
    nodes = _fetched(scope, asked, rows[:size], wanted)
    return Found(
        [nodes[row.id] for row in rows[:size]],
        [seal(scope, hits.signature, list(row)) for row in rows[:size]],
        has_next=len(rows) > size,
        has_previous=page.after is not None,
    )


class Hits:
    """What a search finds, as SQL: a row for each record, with how well it holds the text, its object and title."""

    def __init__(self, scope: Asker, asked: Sequence[ObjectType], text: Any, page: PageRequest) -> None:
        hits = sa.union_all(*(_hits(scope, one, text) for one in asked)).subquery()
        self.order = [Term(name, hits.c[name]) for name in ("rank", "object", "title", "id")]
        self.signature = then(text, lambda text: f"search:{','.join(one.name for one in asked)}:{fold(text)}")
        self.is_after = page.after is not None
        found = sa.select(hits).order_by(*(term.clause for term in self.order)).limit(page.size + 1)
        if self.is_after:
            found = found.where(beyond(self.order, keys_in(scope, self.signature, page.after, len(self.order))))
        self.page = found


def asked_objects(scope: Asker, names: Sequence[str] | None) -> list[ObjectType]:
    """The objects to search: BadInput for a name that none has, Forbidden for one that the actor may not read."""
    all_searched = {one.name: one for one in objects() if one.searched}
    if names is None:
        return [one for one in all_searched.values() if scope.profile.may(f"{one.name}.read")]
    for name in names:
        if name not in all_searched:
            known = f"Objects are: {', '.join(all_searched)}."
            raise BadInput(f"There is no object {name[:60]!r} to search.", remedy=known, path=("objects",))
        scope.need(f"{name}.read")
    return [one for name, one in all_searched.items() if name in names]


def _hits(scope: Asker, one: ObjectType, text: str) -> sa.Select[Any]:
    table = one.outermost
    title = one.fields[one.record.facts.title]
    name = seen(scope.profile, one, title, table, table.c[title.ordered_by])
    return sa.select(
        search_rank(scope, one, table, text).label("rank"),
        sa.literal(one.record.facts.code).label("object"),
        sa.cast(name, sa.Text(collation="C")).label("title"),
        table.c.id.label("id"),
    ).where(
        reached(scope.profile, one, "read", table),
        table.c.deleted_at.is_(None),
        search_condition(scope, one, table, text, "text"),
    )


def _fetched(
    scope: Scope, asked: Sequence[ObjectType], rows: Sequence[sa.Row[Any]], wanted: Callable[[ObjectType], Wanted]
) -> dict[UUID, Node]:
    found: dict[UUID, Node] = {}
    for one in asked:
        ids = [row.id for row in rows if row.object == one.record.facts.code]
        if ids:
            found |= fetch_by_ids(scope, wanted(one), ids)
    return found
