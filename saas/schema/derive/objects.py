"""For each object its type, connection, aggregate, filter, order and inputs."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLEnumValue,
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

from saas.engine.field import Field, Kind, Label
from saas.engine.read.figures import FUNCTIONS
from saas.engine.read.listing import Page
from saas.engine.read.request import DEFAULT_FIRST, MAX_FIRST, Trash
from saas.engine.read.wanted import place
from saas.engine.registry import Connection, ObjectType, connections, lists_below
from saas.kit.text import camel
from saas.schema.derive.connections import connection_fields, list_of
from saas.schema.derive.files import FileLists
from saas.schema.derive.words import Words, by_key
from saas.schema.handmade import RecordAccess
from saas.schema.operation import Info


class Family:
    """The GraphQL types of one object; fields are lazy, so objects may refer to each other in any order."""

    def __init__(self, one: ObjectType, words: Words, families: dict[str, "Family"], files: FileLists) -> None:
        self.one = one
        self._words = words
        self._families = families
        self._files = files

    def _of(self, name: str) -> "Family":
        return self._families[self.one.target_of(self.one.all_fields[name]).name]

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
        for field in self.one.shown:
            if field.kind is Kind.REFERENCE:
                label = f"{field.label.en} / {field.label.zh}."
                fields[camel(field.api)] = GraphQLField(
                    self._of(field.name).type, resolve=by_key(field.api), description=label
                )
            else:
                fields[camel(field.api)] = self._words.output(field)
        for field in self.one.links.values():
            about = f"{_both(field.label)} In their order, as far as you may see them; null where hidden from you."
            many = GraphQLList(GraphQLNonNull(self._of(field.name).type))
            fields[camel(field.api)] = GraphQLField(many, resolve=by_key(field.name), description=about)
        if self.one.lines is not None:
            kind = self._families[self.one.lines.name].type
            about = f"{_both(self.one.lines.record.facts.plural)} In their order."
            fields["lines"] = GraphQLField(list_of(kind), resolve=by_key("lines"), description=about)
        if self.one.document is None:
            fields["files"] = self._files.below()
        return fields | {each.api: self._list(each) for each in connections(self.one)}

    def _list(self, connection: Connection) -> GraphQLField:
        other, field = self._families[connection.object.name], connection.field
        labels = other.one.record.facts.plural, field.label
        return GraphQLField(
            other.connection,
            args=other.arguments,
            resolve=_connection,
            description="{0.en} whose {1.en} this is / {1.zh}是本记录的{0.zh}. "
            "Null where you may not read them or never see whose they are.".format(*labels),
        )

    @cached_property
    def arguments(self) -> dict[str, GraphQLArgument]:
        """What a list of these can be asked with."""
        order = GraphQLList(GraphQLNonNull(self.order_by))
        trash = self._words.type_named("Trash")
        size = f"How many, {DEFAULT_FIRST} if absent, at most {MAX_FIRST}."
        looked_into = ", ".join(dict.fromkeys(field.spelled[0] for field in self.one.searched))
        told = f"Only those that hold all these words in {looked_into}; a name by its sound or initials too."
        search = {"search": GraphQLArgument(GraphQLString, description=told)} if looked_into else {}
        return {
            "filter": GraphQLArgument(self.filter, description="Which records."),
            **search,
            "orderBy": GraphQLArgument(
                order, description="In which order; the id comes last always.", out_name="order_by"
            ),
            "trash": GraphQLArgument(trash, default_value=Trash.EXCLUDE, description="What of deleted records."),
            "first": GraphQLArgument(GraphQLInt, description=size),
            "after": GraphQLArgument(GraphQLString, description="Begin after this cursor."),
            "last": GraphQLArgument(GraphQLInt, description="How many from the end instead."),
            "before": GraphQLArgument(GraphQLString, description="End before this cursor."),
        }

    @cached_property
    def connection(self) -> GraphQLObjectType:
        name = self.one.type_name
        fields = connection_fields(self._words, name, self.type, "record") | {
            "aggregate": GraphQLField(
                self.aggregate, resolve=_aggregate, description="Over all records of the list that you see."
            )
        }
        return GraphQLObjectType(f"{name}Connection", fields, description=f"A page of {self.one.plural}.")

    @cached_property
    def aggregate(self) -> GraphQLObjectType:
        about = f"Figures over many {self.one.plural}; a value that is hidden from you counts as missing."
        return GraphQLObjectType(f"{self.one.type_name}Aggregate", self._aggregate_fields, description=about)

    def _aggregate_fields(self) -> dict[str, GraphQLField]:
        count = GraphQLNonNull(GraphQLInt)
        fields = {"count": GraphQLField(count, resolve=by_key("count"), description="The number of records.")}
        for api, field in self.aggregated():
            fields[api] = GraphQLField(
                self._words.figures.result(field.kind),
                resolve=by_key(field.name),
                description=f"{field.label.en} / {field.label.zh}; null where it is hidden from you on every record.",
            )
        return fields

    def aggregated(self) -> Iterator[tuple[str, Field]]:
        """The fields that figures are made of, by their names in the API."""
        return ((camel(field.api), field) for field in self.one.shown if field.kind in FUNCTIONS)

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
        if self.one.tree:
            fields["under"] = GraphQLInputField(GraphQLID, description="This one, or one below it in the tree.")
        for field in self.one.shown:
            kind = self._of(field.name).filter if field.kind is Kind.REFERENCE else self._words.filter(field)
            fields[camel(field.api)] = GraphQLInputField(kind, description=f"{field.label.en} / {field.label.zh}.")
        for field in self.one.links.values():
            kind = self._of(field.name).list_filter
            fields[camel(field.api)] = GraphQLInputField(kind, description=f"{field.label.en} / {field.label.zh}.")
        for each in lists_below(self.one):
            kind, labels = self._families[each.object.name].list_filter, each.object.record.facts.plural
            fields[each.api] = GraphQLInputField(
                kind, description=f"{labels.en} / {labels.zh}: those that refer to it."
            )
        return fields

    @cached_property
    def list_filter(self) -> GraphQLInputObjectType:
        plural = self.one.plural
        meaning = {
            "some": f"At least one of the {plural} is like that.",
            "none": f"None of the {plural} is like that.",
            "every": f"All of the {plural} are like that; so it is where there are none.",
        }
        return GraphQLInputObjectType(
            f"{self.one.type_name}ListFilter",
            lambda: {name: GraphQLInputField(self.filter, description=each) for name, each in meaning.items()},
            description=f"Conditions on the {plural} below a record, as far as they are in your sight.",
        )

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
        for field in self.one.shown:
            if field.kind is Kind.LONG_TEXT:
                continue
            kind: Any = self._words.address_order if field.parts else direction
            if field.kind is Kind.REFERENCE:
                kind = self._of(field.name).order_by
            fields[camel(field.api)] = GraphQLInputField(kind, description=f"{field.label.en} / {field.label.zh}.")
        return fields

    @cached_property
    def key(self) -> GraphQLEnumType:
        """Its fields by which a client can name a record."""
        values = {
            field.api.upper(): GraphQLEnumValue(field, description=f"{field.label.en} / {field.label.zh}.")
            for field in self.one.keys
        }
        what = f"What a {self.one.type_name} is recognised by."
        return GraphQLEnumType(f"{self.one.type_name}Key", values, description=what)

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
        fields |= self._inputs(creating=creating)
        if self.one.lines is not None:
            fields["lines"] = self._lines_input(self._families[self.one.lines.name], creating=creating)
        verb = "Create" if creating else "Update"
        what = f"A new {name}." if creating else f"Changes of a {name}: null clears, absence leaves."
        return GraphQLInputObjectType(f"{name}{verb}Input", fields, description=what)

    def _lines_input(self, lines: "Family", *, creating: bool) -> GraphQLInputField:
        kind = GraphQLList(GraphQLNonNull(lines.create_input)) if creating else lines.update_input
        return GraphQLInputField(kind, description=_both(lines.one.record.facts.plural))

    def _inputs(self, *, creating: bool) -> dict[str, GraphQLInputField]:
        return {
            camel(field.name): self._words.input(field, creating=creating)
            for field in (*self.one.shown, *self.one.links.values())
            if field.is_input(creating=creating)
        }


def _both(label: Label) -> str:
    return f"{label.en} / {label.zh}."


def _access(source: dict[str, Any], _info: Info) -> RecordAccess:
    return RecordAccess(**source["access"])


def _connection(source: dict[str, Any], info: Info, **_arguments: Any) -> Page | None:
    found: Page | None = source[place(info.field_nodes[0])]
    return found


def _aggregate(page: Page, _info: Info) -> Mapping[str, Any] | None:
    return page.aggregate
