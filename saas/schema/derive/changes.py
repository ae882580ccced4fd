"""The root field for machines that keep a copy: what changed since a cursor, of all objects at once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from saas.engine.changes.page import DEFAULT_CHANGES, MAX_CHANGES, ChangePage, read_changes
from saas.engine.changes.told import RecordChange, Told
from saas.engine.read.wanted import wanted
from saas.engine.registry import ObjectType
from saas.engine.selection import Picked
from saas.schema.derive.subscriptions import CHANGE_KIND
from saas.schema.derive.words import Words, by_key
from saas.schema.operation import Info, Operation
from saas.schema.scalars import DATE_TIME

_FROM = GraphQLEnumType(
    "ChangesFrom",
    {
        "START": GraphQLEnumValue("START", description="The first change there is."),
        "NOW": GraphQLEnumValue("NOW", description="This moment: no changes yet, but a cursor to go on from."),
    },
    description="Where reading changes begins without a cursor.",
)
_VALUES: dict[str, Callable[[RecordChange, Told], Any]] = {
    "__typename": lambda _change, _kind: "Change",
    "object": lambda change, _kind: change.one.name,
    "id": lambda change, _kind: change.id,
    "kind": lambda _change, kind: kind,
    "version": lambda change, kind: None if kind is Told.OUT_OF_SIGHT else change.version,
    "changedFields": lambda change, kind: sorted(change.fields) if kind in (Told.CREATED, Told.UPDATED) else [],
    "at": lambda change, kind: None if kind is Told.OUT_OF_SIGHT else f"{change.at.replace(' ', 'T')}Z",
}


def change_fields(words: Words) -> dict[str, GraphQLField]:
    """`changes`."""
    arguments = {
        "after": GraphQLArgument(GraphQLString, description="Go on after this cursor, without a gap."),
        "objects": GraphQLArgument(
            GraphQLList(GraphQLNonNull(GraphQLString)),
            description="Names of objects, as rights spell them (`customer`); absent: all that you may read.",
        ),
        "first": GraphQLArgument(
            GraphQLInt, default_value=DEFAULT_CHANGES, description=f"How many records at most, up to {MAX_CHANGES:,}."
        ),
        "from": GraphQLArgument(
            _FROM, default_value="START", out_name="begin", description="Where to begin without a cursor."
        ),
    }
    return {
        "changes": GraphQLField(
            _page(words),
            args=arguments,
            resolve=_changes,
            description=(
                "Everything that changed since a cursor, in the order of transactions, as far as you may see it: each "
                "record once on a page, with what became of it by the last change. What you lose sight of is told; "
                "what you never saw is not."
            ),
        )
    }


def _page(words: Words) -> GraphQLObjectType:
    change = GraphQLObjectType("Change", _fields_of_a_change(words), description="What became of one record.")
    nodes = GraphQLNonNull(GraphQLList(GraphQLNonNull(change)))
    return GraphQLObjectType(
        "ChangePage",
        {
            "nodes": _field(nodes, "nodes", "Records that changed, each once."),
            "cursor": _field(
                GraphQLNonNull(GraphQLString), "cursor", "Where to go on, for `after`; there even if nothing changed."
            ),
            "hasMore": _field(GraphQLNonNull(GraphQLBoolean), "hasMore", "Whether to ask again at once."),
        },
        description="A page of changes.",
    )


def _fields_of_a_change(words: Words) -> dict[str, GraphQLField]:
    names = GraphQLNonNull(GraphQLList(GraphQLNonNull(GraphQLString)))
    return {
        "object": _field(GraphQLNonNull(GraphQLString), "object", "Which object, as rights spell it (`customer`)."),
        "id": _field(GraphQLNonNull(GraphQLID), "id", "Which record."),
        "kind": _field(GraphQLNonNull(CHANGE_KIND), "kind", "What became of it."),
        "version": _field(GraphQLInt, "version", "Its version since; null where it is out of your sight."),
        "changedFields": _field(names, "changedFields", "Fields that differ, of those whose values you may see."),
        "at": _field(DATE_TIME, "at", "When it was changed; null where it is out of your sight."),
        "record": _field(words.node, "record", "The record as it is now; null where it is deleted or out of sight."),
    }


def _field(type_: Any, name: str, description: str) -> GraphQLField:
    return GraphQLField(type_, resolve=by_key(name), description=description)


def _changes(
    _root: Any,
    info: Info,
    begin: str,
    first: int | None = None,
    after: str | None = None,
    objects: list[str] | None = None,
) -> Any:
    operation: Operation = info.context
    size = DEFAULT_CHANGES if first is None else first
    page = read_changes(operation.scope, objects, after, size, now=begin == "NOW")
    picked = operation.document.pick(info.field_nodes)
    asked = [each for part in picked if part.name == "nodes" for each in part.children]
    records = [node for each in asked if each.name == "record" for node in each.nodes]
    if not records:
        return orjson.Fragment(orjson.dumps(_object(page, picked)))
    return _sources(page, _read(operation, records, page.nodes))


def _object(page: ChangePage, picked: Iterable[Picked]) -> dict[str, Any]:
    """The answer as it is: to have every field of 10,000 records completed by itself takes a second."""
    known = {"__typename": "ChangePage", "cursor": page.cursor, "hasMore": page.has_more}
    return {each.key: _nodes(page, each.children) if each.name == "nodes" else known[each.name] for each in picked}


def _nodes(page: ChangePage, picked: Iterable[Picked]) -> list[dict[str, Any]]:
    members = [(each.key, _VALUES[each.name]) for each in picked]
    return [
        {key: value(change, kind) for key, value in members}
        for change in page.nodes
        if (kind := change.kind) is not None
    ]


def _sources(page: ChangePage, records: Mapping[UUID, Any]) -> dict[str, Any]:
    """The same for the executor, with the records."""
    nodes = [
        {name: value(change, kind) for name, value in _VALUES.items()} | {"record": records.get(UUID(change.id))}
        for change in page.nodes
        if (kind := change.kind) is not None
    ]
    for node in nodes:
        node["at"] = None if node["at"] is None else datetime.fromisoformat(node["at"])
    return {"nodes": nodes, "cursor": page.cursor, "hasMore": page.has_more}


def _read(operation: Operation, nodes: Sequence[Any], changes: Sequence[RecordChange]) -> dict[UUID, Any]:
    """The records that are in sight, those of one object together."""
    by_object: dict[ObjectType, list[UUID]] = {}
    for change in changes:
        if change.kind in (Told.CREATED, Told.UPDATED):
            by_object.setdefault(change.one, []).append(UUID(change.id))
    found: dict[UUID, Any] = {}
    for one, ids in by_object.items():
        what = wanted(one, operation.document.pick(nodes, only_type=one.type_name))
        found |= operation.fetch(what, ids)
    return found
