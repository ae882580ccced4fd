"""Search over several objects at once, the best first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.access.fields import seen
from saas.engine.access.rows import reached
from saas.engine.asker import Asker
from saas.engine.file_tables import file as file_table
from saas.engine.later import then
from saas.engine.read.columns import Node
from saas.engine.read.cursor import keys_in, seal
from saas.engine.read.fetch import fetch_by_ids
from saas.engine.read.file_sight import seen_files
from saas.engine.read.files import files_in_sight
from saas.engine.read.order import Term, beyond
from saas.engine.read.request import PageRequest
from saas.engine.read.search import name_begins, name_condition, search_condition, search_rank
from saas.engine.read.wanted import Wanted
from saas.engine.registry import ObjectType, objects
from saas.engine.rowsource import fresh
from saas.engine.scope import Scope
from saas.engine.stored_file import File
from saas.kit import ids
from saas.kit.errors import BadInput
from saas.kit.text import fold

FILE = "file"  # as a search names what is no object


@dataclass(frozen=True, slots=True)
class Found:
    """A page of what a search found."""

    nodes: Sequence[Any]
    cursors: Sequence[str]
    has_next: bool
    has_previous: bool


def search_all(
    scope: Scope, text: str, names: Sequence[str] | None, page: PageRequest, wanted: Callable[[ObjectType], Wanted]
) -> Found:
    """The records and files that hold every word of `text`, of the kinds with these names, or of all in sight.

    First those whose title begins with it, then those whose title holds it, then the others; among equals by object,
    title and id. One statement finds them; those of one object are fetched together.
    """
    asked, size = asked_kinds(scope, names), page.size
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


@dataclass(frozen=True, slots=True)
class Asked:
    """What is searched: the records of some objects, and files, which are found by their names."""

    objects: Sequence[ObjectType]
    files: bool

    def __bool__(self) -> bool:
        return self.files or bool(self.objects)

    @property
    def names(self) -> list[str]:
        return [*(one.name for one in self.objects), *([FILE] if self.files else [])]


class Hits:
    """What a search finds, as SQL: a row for each record, with how well it holds the text, its object and title."""

    def __init__(self, scope: Asker, asked: Asked, text: Any, page: PageRequest) -> None:
        parts = [_hits(scope, one, text) for one in asked.objects]
        hits = sa.union_all(*parts, *([_file_hits(scope, text)] if asked.files else [])).subquery()
        self.order = [Term(name, hits.c[name]) for name in ("rank", "object", "title", "id")]
        self.signature = then(text, lambda text: f"search:{','.join(asked.names)}:{fold(text)}")
        self.is_after = page.after is not None
        found = sa.select(hits).order_by(*(term.clause for term in self.order)).limit(page.size + 1)
        if self.is_after:
            found = found.where(beyond(self.order, keys_in(scope, self.signature, page.after, len(self.order))))
        self.page = found


def asked_kinds(scope: Asker, names: Sequence[str] | None) -> Asked:
    """What to search: BadInput for a name that nothing has, Forbidden for an object that the actor may not read."""
    all_searched = {one.name: one for one in objects() if one.searched}
    if names is None:
        return Asked([one for one in all_searched.values() if scope.profile.may(f"{one.name}.read")], files=True)
    for name in names:
        if name == FILE:
            continue
        if name not in all_searched:
            known = f"Objects are: {', '.join((*all_searched, FILE))}."
            raise BadInput(f"There is no object {name[:60]!r} to search.", remedy=known, path=("objects",))
        scope.need(f"{name}.read")
    return Asked([one for name, one in all_searched.items() if name in names], files=FILE in names)


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


def _file_hits(scope: Asker, text: Any) -> sa.Select[Any]:
    """The files in sight whose name holds every word."""
    table = fresh(file_table)
    return sa.select(
        sa.case((name_begins(table, text), 0), else_=1).label("rank"),
        sa.literal(ids.FILE).label("object"),
        table.c.name_folded.label("title"),
        table.c.id.label("id"),
    ).where(seen_files(scope, table, objects()), name_condition(table, text, "text"))


def _fetched(
    scope: Scope, asked: Asked, rows: Sequence[sa.Row[Any]], wanted: Callable[[ObjectType], Wanted]
) -> dict[UUID, Node | File]:
    found: dict[UUID, Node | File] = {}
    if files := [row.id for row in rows if row.object == ids.FILE]:
        found |= files_in_sight(scope, files)
    for one in asked.objects:
        of_object = [row.id for row in rows if row.object == one.record.facts.code]
        if of_object:
            found |= fetch_by_ids(scope, wanted(one), of_object)
    return found
