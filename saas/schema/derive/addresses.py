"""How an address is spelled in GraphQL: read, written, filtered, ordered and grouped by its parts."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLString,
)

from saas.engine.address import formatted
from saas.engine.field import ADDRESS_PARTS
from saas.kit.countries import countries
from saas.kit.text import camel
from saas.schema.operation import Info

_MORE = {"country": "ISO 3166 code of two letters.", "street2": "Such as the floor, or c/o."}


class Addresses:
    """The types of addresses, which all objects share; the operators of texts and the enums are given."""

    def __init__(self, text_filter: GraphQLInputObjectType, country_filter: GraphQLInputObjectType) -> None:
        self._text, self._country = text_filter, country_filter

    @cached_property
    def type(self) -> GraphQLObjectType:
        fields = {
            camel(part): GraphQLField(GraphQLString, resolve=_part(part), description=about)
            for part, about in _described().items()
        }
        fields["countryName"] = GraphQLField(
            GraphQLString, resolve=_country_name, description="What the country is called, in the tenant's language."
        )
        told = "As on an envelope: in Chinese from large to small in one line, else from small to large in several."
        fields["formatted"] = GraphQLField(GraphQLString, resolve=_formatted, description=told)
        return GraphQLObjectType("Address", fields, description="A postal address.")

    @cached_property
    def input(self) -> GraphQLInputObjectType:
        fields = {
            camel(part): GraphQLInputField(GraphQLString, description=about, out_name=part)
            for part, about in _described().items()
        }
        about = "A postal address to write: null clears a part, absence leaves it; null instead of all clears all."
        return GraphQLInputObjectType("AddressInput", fields, description=about)

    @cached_property
    def filter(self) -> GraphQLInputObjectType:
        kinds = {part: self._country if part == "country" else self._text for part in ADDRESS_PARTS}
        fields = {camel(part): GraphQLInputField(kind, description=_described()[part]) for part, kind in kinds.items()}
        fields["isNull"] = GraphQLInputField(GraphQLBoolean, description="Whether there is no address at all.")
        about = "Conditions on the parts of an address; all that are given must hold."
        return GraphQLInputObjectType("AddressFilter", fields, description=about)

    def order_by(self, direction: GraphQLEnumType) -> GraphQLInputObjectType:
        """One part and its direction."""
        return self._one_of("AddressOrderBy", direction, "One part of an address to order by; exactly one field.")

    def group_by(self, whole: GraphQLEnumType) -> GraphQLInputObjectType:
        """One part as a key."""
        return self._one_of("AddressGroupBy", whole, "One part of an address to group by; exactly one field.")

    def _one_of(self, name: str, kind: GraphQLEnumType, about: str) -> GraphQLInputObjectType:
        fields = {camel(part): GraphQLInputField(kind, description=told) for part, told in _described().items()}
        return GraphQLInputObjectType(name, fields, is_one_of=True, description=about)

    @cached_property
    def group_keys(self) -> GraphQLObjectType:
        fields = {
            camel(part): GraphQLField(GraphQLString, resolve=_key(camel(part)), description=about)
            for part, about in _described().items()
        }
        about = "What the addresses of a group have in common, where it is grouped by parts of them."
        return GraphQLObjectType("AddressGroupKeys", fields, description=about)


def _described() -> dict[str, str]:
    return {
        part: " ".join([f"{label.en} / {label.zh}.", *([_MORE[part]] if part in _MORE else [])])
        for part, (_, label, _) in ADDRESS_PARTS.items()
    }


def _part(name: str) -> Any:
    def resolve(source: Mapping[str, str | None], _info: Info) -> str | None:
        return source[name]

    return resolve


def _key(name: str) -> Any:
    def resolve(source: Mapping[str, Any], _info: Info) -> Any:
        return source.get(name)

    return resolve


def _country_name(source: Mapping[str, str | None], info: Info) -> str | None:
    country = countries().get(source["country"] or "")
    if country is None:
        return None
    return country.zh if info.context.scope.tenant.language == "zh" else country.en


def _formatted(source: Mapping[str, str | None], _info: Info) -> str | None:
    return formatted(source)
