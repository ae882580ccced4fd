"""For each object its type, connection, filter, order and inputs."""

from functools import cached_property
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from saas.engine.field import Kind
from saas.engine.read.page import count
from saas.engine.registry import ObjectType
from saas.kit.text import camel
from saas.schema.derive.words import Words, by_key
from saas.schema.handmade import Count, PageInfo, RecordAccess
from saas.schema.operation import Info

_DEFAULT_COUNT = 10_000


class Family:
    """The GraphQL types of one object; fields are lazy, so objects may refer to each other in any order."""

    def __init__(self, one: ObjectType, words: Words, families: dict[str, "Family"]) -> None:
        self.one = one
        self._words = words
        self._families = families

    def _of(self, name: str) -> "Family":
        return self._families[self.one.target_of(self.one.fields[name]).name]

    @cached_property
    def type(self) -> GraphQLObjectType:
        return GraphQLObjectType(
            self.one.type_name, self._fields, interfaces=[self._words.node], description=self.one.description
        )

    def _fields(self) -> dict[str, GraphQLField]:
        access = GraphQLNonNull(self._words.type_named("Access"))
        fields = {
            "id": GraphQLField(GraphQLNonNull(GraphQLID), resolve=by_key("id"), description="The id."),
            "version": GraphQLField(
                GraphQLNonNull(GraphQLInt), resolve=by_key("version"), description="Counts the changes, from 1."
            ),
            "access": GraphQLField(access, resolve=_access, description="What you may do with it."),
        }
        for field in self.one.fields.values():
            if field.kind is Kind.REFERENCE:
                label = f"{field.label.en} / {field.label.zh}."
                fields[camel(field.api)] = GraphQLField(
                    self._of(field.name).type, resolve=by_key(field.api), description=label
                )
            else:
                fields[camel(field.api)] = self._words.output(field)
        return fields

    @cached_property
    def connection(self) -> GraphQLObjectType:
        name = self.one.type_name
        edge = GraphQLObjectType(
            f"{name}Edge",
            {
                "cursor": GraphQLField(GraphQLNonNull(GraphQLString), resolve=by_key("cursor"), description="Where."),
                "node": GraphQLField(GraphQLNonNull(self.type), resolve=by_key("node"), description="The record."),
            },
            description=f"A {name} in a list.",
        )
        fields = {
            "edges": GraphQLField(_list_of(edge), resolve=_edges, description="Records with their cursors."),
            "nodes": GraphQLField(_list_of(self.type), resolve=by_key("nodes"), description="Records."),
            "pageInfo": GraphQLField(
                GraphQLNonNull(self._words.type_named("PageInfo")), resolve=_page_info, description="Where this is."
            ),
            "totalCount": GraphQLField(
                GraphQLNonNull(self._words.type_named("Count")),
                args={"max": GraphQLArgument(GraphQLInt, default_value=_DEFAULT_COUNT, description="Count so far.")},
                resolve=_total_count,
                description="How many records there are in the whole list.",
            ),
        }
        return GraphQLObjectType(f"{name}Connection", fields, description=f"A page of {self.one.plural}.")

    @cached_property
    def filter(self) -> GraphQLInputObjectType:
        return GraphQLInputObjectType(
            f"{self.one.type_name}Filter",
            self._filter_fields,
            description=f"Conditions on {self.one.plural}; all that are given must hold.",
        )

    def _filter_fields(self) -> dict[str, GraphQLInputField]:
        both = GraphQLList(GraphQLNonNull(self.filter))
        fields = {
            "and": GraphQLInputField(both, description="All of these hold."),
            "or": GraphQLInputField(both, description="One of these holds."),
            "not": GraphQLInputField(self.filter, description="This does not hold."),
            "id": GraphQLInputField(self._words.id_filter, description="The record itself."),
            "isNull": GraphQLInputField(GraphQLBoolean, description="On a reference: whether it is empty."),
        }
        if self.one.record.facts.owner == "id":
            fields["isMe"] = GraphQLInputField(GraphQLBoolean, description="Whether it is the viewer.")
        if self.one.record.facts.department == "id":
            fields["under"] = GraphQLInputField(GraphQLID, description="This one, or one below it in the tree.")
        for field in self.one.fields.values():
            kind = self._of(field.name).filter if field.kind is Kind.REFERENCE else self._words.filter(field)
            fields[camel(field.api)] = GraphQLInputField(kind, description=f"{field.label.en} / {field.label.zh}.")
        return fields

    @cached_property
    def order_by(self) -> GraphQLInputObjectType:
        return GraphQLInputObjectType(
            f"{self.one.type_name}OrderBy",
            self._order_fields,
            is_one_of=True,
            description=f"One key of an order of {self.one.plural}; exactly one field.",
        )

    def _order_fields(self) -> dict[str, GraphQLInputField]:
        direction = self._words.type_named("OrderDirection")
        fields = {"id": GraphQLInputField(direction, description="By id, that is by time of creation.")}
        for field in self.one.fields.values():
            if field.kind is Kind.LONG_TEXT:
                continue
            kind = self._of(field.name).order_by if field.kind is Kind.REFERENCE else direction
            fields[camel(field.api)] = GraphQLInputField(kind, description=f"{field.label.en} / {field.label.zh}.")
        return fields

    @cached_property
    def create_input(self) -> GraphQLInputObjectType:
        return self._input(creating=True)

    @cached_property
    def update_input(self) -> GraphQLInputObjectType:
        return self._input(creating=False)

    def _input(self, *, creating: bool) -> GraphQLInputObjectType:
        name = self.one.type_name
        fields: dict[str, GraphQLInputField] = {}
        if creating:
            fields["id"] = GraphQLInputField(GraphQLID, description="An id made by the client, in our layout.")
        for field in self.one.fields.values():
            if not field.system:
                fields[camel(field.name)] = self._words.input(field, creating=creating)
        verb = "Create" if creating else "Update"
        what = f"A new {name}." if creating else f"Changes of a {name}: null clears, absence leaves."
        return GraphQLInputObjectType(f"{name}{verb}Input", fields, description=what)


def families(objects: tuple[ObjectType, ...], words: Words) -> dict[str, Family]:
    """The family of every object, by the object's name."""
    found: dict[str, Family] = {}
    for one in objects:
        found[one.name] = Family(one, words, found)
    return found


def _list_of(kind: Any) -> GraphQLNonNull[Any]:
    return GraphQLNonNull(GraphQLList(GraphQLNonNull(kind)))


def _access(source: dict[str, Any], _info: Info) -> RecordAccess:
    return RecordAccess(**source["access"])


def _edges(source: dict[str, Any], _info: Info) -> list[dict[str, Any]]:
    return [{"cursor": cursor, "node": node} for cursor, node in zip(source["cursors"], source["nodes"], strict=True)]


def _page_info(source: dict[str, Any], _info: Info) -> PageInfo:
    cursors = source["cursors"]
    return PageInfo(
        has_next_page=source["has_next"],
        has_previous_page=source["has_previous"],
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else None,
    )


def _total_count(source: dict[str, Any], info: Info, max: int | None) -> Count:
    most = _DEFAULT_COUNT if max is None else max
    value, exact = count(info.context.scope, source["object"], source["request"], most)
    return Count(value=value, exact=exact)
