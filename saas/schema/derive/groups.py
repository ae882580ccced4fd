"""The types of the groups of every object: by what they are made, what is told of each, which count, in what order."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
)

from saas.engine.field import Field, Kind
from saas.engine.read.group_keys import GROUPED_KINDS
from saas.kit.text import camel
from saas.schema.derive.connections import connection_fields
from saas.schema.derive.figures import base_amount
from saas.schema.derive.objects import Family
from saas.schema.derive.words import MONEY_KINDS, Words, by_key
from saas.schema.operation import Info
from saas.schema.scalars import DATE, DECIMAL

_DATES = (Kind.DATE, Kind.MOMENT)
_NUMBERS = (Kind.INTEGER, Kind.QUANTITY, Kind.PERCENT, Kind.RATE)


class Grouping:
    """The GraphQL types of the groups of one object; lazy, as those of its family."""

    def __init__(self, family: Family, words: Words, groupings: dict[str, "Grouping"]) -> None:
        self.one = family.one
        self.family = family
        self._words = words
        self._groupings = groupings

    def _fields(self) -> Iterator[tuple[str, Field]]:
        """The fields that one can group by, by their names in the API."""
        return ((camel(field.api), field) for field in self.one.shown if field.kind in GROUPED_KINDS)

    def _behind(self, field: Field) -> "Grouping":
        return self._groupings[self.one.target_of(field).name]

    @cached_property
    def by(self) -> GraphQLInputObjectType:
        return GraphQLInputObjectType(
            f"{self.one.type_name}GroupBy",
            self._by_fields,
            is_one_of=True,
            description=f"One key to group {self.one.plural} by; exactly one field.",
        )

    def _by_fields(self) -> dict[str, GraphQLInputField]:
        whole = self._words.type_named("GroupByValue")
        fields = {"id": GraphQLInputField(whole, description="The record itself.")}
        for name, field in self._fields():
            kind: Any = whole
            if field.kind is Kind.REFERENCE:
                kind = self._behind(field).by
            elif field.parts:
                kind = self._words.address_group
            elif field.kind in _DATES:
                kind = self._words.type_named("DateBucket")
            elif field.kind in _NUMBERS or field.kind in MONEY_KINDS:
                kind = self._words.group_by_number
            fields[name] = GraphQLInputField(kind, description=f"{field.label.en} / {field.label.zh}.")
        return fields

    @cached_property
    def keys(self) -> GraphQLObjectType:
        name = self.one.type_name
        about = f"What the records of a group have in common, where they are grouped by fields of a {name}."
        return GraphQLObjectType(f"{name}GroupKeys", self._key_fields, description=about)

    def _key_fields(self) -> dict[str, GraphQLField]:
        name = self.one.type_name
        fields = {
            "id": GraphQLField(GraphQLID, resolve=_key("id"), description=f"The {name}, where grouped by `id`."),
            "record": GraphQLField(
                self.family.type, resolve=_key("record"), description=f"The {name} itself, where grouped by `id`."
            ),
        }
        for api, field in self._fields():
            fields[api] = GraphQLField(
                self._key_type(field),
                resolve=_money_key(api) if field.kind in MONEY_KINDS else _key(api),
                description=f"{field.label.en} / {field.label.zh}; null too where not grouped by it.",
            )
        return fields

    def _key_type(self, field: Field) -> Any:
        if field.kind is Kind.REFERENCE:
            return self._behind(field).keys
        if field.parts:
            return self._words.addresses.group_keys
        if field.kind in _DATES:
            return DATE
        return DECIMAL if field.kind in _NUMBERS else self._words.output(field).type

    @cached_property
    def connection(self) -> GraphQLObjectType:
        name = self.one.type_name
        row = GraphQLObjectType(
            f"{name}GroupRow",
            {
                "keys": GraphQLField(
                    GraphQLNonNull(self.keys), resolve=by_key("keys"), description="What its records have in common."
                ),
                "count": GraphQLField(
                    GraphQLNonNull(GraphQLInt), resolve=by_key("count"), description="How many records it has."
                ),
                "aggregate": GraphQLField(
                    self.family.aggregate, resolve=by_key("aggregate"), description="Over all its records."
                ),
            },
            description=f"A group of {self.one.plural}.",
        )
        fields = connection_fields(self._words, f"{name}Group", row, "group")
        about = f"A page of groups of {self.one.plural}."
        return GraphQLObjectType(f"{name}GroupConnection", fields, description=about)

    @cached_property
    def having(self) -> GraphQLInputObjectType:
        return GraphQLInputObjectType(
            f"{self.one.type_name}Having",
            self._having_fields,
            description=f"Conditions on groups of {self.one.plural}; all that are given must hold.",
        )

    def _having_fields(self) -> dict[str, GraphQLInputField]:
        figures = self._words.figures
        both = GraphQLList(GraphQLNonNull(self.having))
        fields = {
            "and": GraphQLInputField(both, description="All of these hold."),
            "or": GraphQLInputField(both, description="One of these holds."),
            "not": GraphQLInputField(self.having, description="This does not hold."),
            "count": GraphQLInputField(figures.count, description="The number of records."),
        }
        for api, field in self.family.aggregated():
            label = f"{field.label.en} / {field.label.zh}."
            fields[api] = GraphQLInputField(figures.having(field.kind), description=label)
        return fields

    @cached_property
    def order_by(self) -> GraphQLInputObjectType:
        return GraphQLInputObjectType(
            f"{self.one.type_name}GroupOrderBy",
            self._order_fields,
            is_one_of=True,
            description=f"One key of an order of groups of {self.one.plural}; exactly one field.",
        )

    def _order_fields(self) -> dict[str, GraphQLInputField]:
        direction = self._words.type_named("OrderDirection")
        fields = {
            "count": GraphQLInputField(direction, description="By the number of records."),
            "keys": GraphQLInputField(
                self.family.order_by,
                description="By a key that `by` names, or by a field of a record that it names by id.",
            ),
        }
        for api, field in self.family.aggregated():
            label = f"{field.label.en} / {field.label.zh}."
            fields[api] = GraphQLInputField(self._words.figures.order(field.kind), description=label)
        return fields


def groupings(families: Mapping[str, Family], words: Words) -> dict[str, Grouping]:
    """The groups of every object, by the object's name."""
    found: dict[str, Grouping] = {}
    for name, family in families.items():
        found[name] = Grouping(family, words, found)
    return found


def _key(name: str) -> Any:
    """A resolver that takes a key out of a group that may not be by it."""

    def resolve(source: Mapping[str, Any], _info: Info) -> Any:
        return source.get(name)

    return resolve


def _money_key(name: str) -> Any:
    def resolve(source: Mapping[str, Any], info: Info) -> Any:
        return base_amount(source.get(name), info)

    return resolve
