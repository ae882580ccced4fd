"""Fetch wanted records: one statement for the records, one more for each reference and each list that is followed."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.access.fields import readable
from saas.engine.access.rows import Condition, reached, referable
from saas.engine.address import parts_of
from saas.engine.dictionary import choices
from saas.engine.field import Field
from saas.engine.links import link, stored_as
from saas.engine.read.aggregate import aggregate, aggregate_of_each
from saas.engine.read.columns import Node, access_of, columns, is_in_sight, is_living, sees_list
from saas.engine.read.files import files_below
from saas.engine.read.listing import PARENT, Listing, Page
from saas.engine.read.wanted import Wanted, WantedList
from saas.engine.registry import Connection, ObjectType
from saas.engine.scope import Scope
from saas.kit.errors import AtriumError

DOCUMENT = "_document"
LINKED = "_linked"


def fetch_by_ids(
    scope: Scope, wanted: Wanted, ids: Iterable[UUID], *, trash: bool = False, by_reference: bool = False
) -> dict[UUID, Node]:
    """The records with these ids that the actor may read; `by_reference` also those of which a title is public."""
    unique = list(dict.fromkeys(ids))
    if not unique:
        return {}
    table = wanted.object.outermost
    conditions: list[Condition] = [table.c.id.in_(unique)]
    if not trash:
        conditions.append(table.c.deleted_at.is_(None))
    one, profile = wanted.object, scope.profile
    conditions.append(referable(profile, one, table) if by_reference else reached(profile, one, "read", table))
    nodes = _rows(scope, wanted, sa.select(*columns(scope, wanted, table)).where(*conditions))
    _complete(scope, wanted, nodes)
    return {node["id"]: node for node in nodes}


def fetch_page(scope: Scope, asked: WantedList) -> Page:
    """A page of all records that the actor may read."""
    one = asked.records.object
    listing = Listing(scope, one, asked.request)
    found = None
    if asked.counts:
        rows = listing.counted(max(asked.counts)).subquery()
        found = scope.session.execute(sa.select(sa.func.count()).select_from(rows)).scalar_one()
    figures = None if asked.figures is None else aggregate(scope, listing, asked.figures)
    if not asked.is_read:
        return Page(asked.request, found=found, aggregate=figures)
    nodes = _rows(scope, asked.records, listing.page(columns(scope, asked.records, listing.table)))
    page = listing.page_from(nodes, found, figures)
    _complete(scope, asked.records, page.nodes)
    return page


def _rows(scope: Scope, wanted: Wanted, statement: sa.Select[Any]) -> list[Node]:
    return [{"__object": wanted.object, **row} for row in scope.session.execute(statement).mappings()]


def _complete(scope: Scope, wanted: Wanted, nodes: Sequence[Node]) -> None:
    """Put into the records what is behind their references and in their lists, and what may be done with them."""
    one = wanted.object
    for name, behind in wanted.references.items():
        ids = (node[name] for node in nodes if node[name] is not None)
        found = fetch_by_ids(scope, behind, ids, by_reference=True)
        for node in nodes:
            node[one.fields[name].api] = found.get(node[name])
    for key, asked in wanted.lists.items():
        pages = _pages_of(scope, asked, [node["id"] for node in nodes if is_in_sight(node)])
        for node in nodes:
            node[key] = pages.get(node["id"])
    for key, files in wanted.files.items():
        found_files = files_below(scope, one, files, [node["id"] for node in nodes if is_living(node)])
        for node in nodes:
            node[key] = found_files.get(node["id"])
    for name, behind in wanted.links.items():
        seen = [node["id"] for node in nodes if node[sees_list(name)]]
        linked = _linked(scope, one, one.links[name], behind, seen)
        for node in nodes:
            node[name] = linked.get(node["id"], []) if node[sees_list(name)] else None
    _choose(scope, wanted, nodes)
    for name, field in wanted.compounds.items():
        for node in nodes:
            parts = parts_of(field, node)
            node[name] = parts if any(parts.values()) else None
    if wanted.lines is not None:
        lines = _lines_of(scope, wanted.lines, [node["id"] for node in nodes])
        for node in nodes:
            node["lines"] = lines.get(node["id"], [])
    if wanted.access:
        for node in nodes:
            node["access"] = access_of(one, node)


def _choose(scope: Scope, wanted: Wanted, nodes: Sequence[Node]) -> None:
    """Put what they stand for in the place of codes, with one statement for all fields."""
    fields = [(field.name, field.dictionary.code) for field in wanted.scalars.values() if field.dictionary]
    found = choices(scope, ((of, node[name]) for name, of in fields for node in nodes if node[name] is not None))
    for name, of in fields:
        for node in nodes:
            node[name] = found.get((of, node[name]))


def _linked(scope: Scope, one: ObjectType, field: Field, wanted: Wanted, records: list[UUID]) -> dict[UUID, list[Node]]:
    """What records refer to by a field with many references, as far as the viewer may see it, in its order."""
    if not records:
        return {}
    table = wanted.object.outermost
    statement = (
        sa.select(*columns(scope, wanted, table), link.c.record_id.label(LINKED))
        .join(link, link.c.target_id == table.c.id)
        .where(
            link.c.record_id.in_(records),
            link.c.field == stored_as(one, field),
            table.c.deleted_at.is_(None),
            referable(scope.profile, wanted.object, table),
        )
        .order_by(link.c.position)
    )
    nodes = _rows(scope, wanted, statement)
    _complete(scope, wanted, nodes)
    found: dict[UUID, list[Node]] = {}
    for node in nodes:
        found.setdefault(node[LINKED], []).append(node)
    return found


def _lines_of(scope: Scope, wanted: Wanted, documents: list[UUID]) -> dict[UUID, list[Node]]:
    """The lines of documents that the viewer sees, in their order; those of a deleted one as they went with it."""
    name, above = wanted.object.record.facts.line_of, wanted.object.document
    if name is None or above is None or not documents:
        return {}
    table, document = wanted.object.outermost, above.outermost
    statement = (
        sa.select(*columns(scope, wanted, table), document.c.id.label(DOCUMENT))
        .join(document, document.c.id == table.c[name])
        .where(
            document.c.id.in_(documents),
            table.c.deleted_at.is_(None) == document.c.deleted_at.is_(None),
            table.c.deletion_id.is_not_distinct_from(document.c.deletion_id),
        )
        .order_by(table.c.position, table.c.id)
    )
    nodes = _rows(scope, wanted, statement)
    _complete(scope, wanted, nodes)
    found: dict[UUID, list[Node]] = {}
    for node in nodes:
        found.setdefault(node[DOCUMENT], []).append(node)
    return found


def _pages_of(scope: Scope, asked: WantedList, parents: list[UUID]) -> dict[UUID, Page]:
    """The page of each parent; none where the viewer may not read such records or never sees whose they are."""
    if asked.via is None or not parents or not _may_follow(scope, asked.via):
        return {}
    try:
        return _fetch_pages(scope, asked, asked.via, parents)
    except AtriumError as error:
        error.path = (asked.via.api, *error.path)
        raise


def _may_follow(scope: Scope, via: Connection) -> bool:
    may_see = readable(scope.profile, via.object, via.field, via.object.table)
    return scope.profile.may(f"{via.object.rights}.read") and may_see is not False


def _fetch_pages(scope: Scope, asked: WantedList, via: Connection, parents: list[UUID]) -> dict[UUID, Page]:
    listing = Listing(scope, via.object, asked.request, via)
    counts: dict[UUID, int] = {}
    if asked.counts:
        statement = listing.counted_for_each(parents, max(asked.counts))
        counts = {row.id: row.found for row in scope.session.execute(statement)}
    figures = {} if asked.figures is None else aggregate_of_each(scope, listing, via, parents, asked.figures)
    rows: dict[UUID, list[Node]] = {parent: [] for parent in parents}
    if asked.is_read:
        statement = listing.page_of_each(parents, columns(scope, asked.records, listing.table))
        for node in _rows(scope, asked.records, statement):
            rows[node[PARENT]].append(node)
    pages = {
        parent: listing.page_from(nodes, counts.get(parent), figures.get(parent)) for parent, nodes in rows.items()
    }
    _complete(scope, asked.records, [node for page in pages.values() for node in page.nodes])
    return pages
