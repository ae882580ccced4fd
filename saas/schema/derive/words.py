"""How a field of the engine is spelled in GraphQL: output type, input type, filter operators."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

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
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from saas.engine.field import Field, Kind, Label
from saas.engine.read.dates import DATE_KINDS
from saas.schema.derive.addresses import Addresses
from saas.schema.derive.dates import RELATIVE_MEANING, relative_operators
from saas.schema.derive.figures import Figures
from saas.schema.operation import Info
from saas.schema.scalars import CURRENCY, DATE, DATE_TIME, DECIMAL

_SCALARS: dict[Kind, Any] = {
    Kind.TEXT: GraphQLString,
    Kind.LONG_TEXT: GraphQLString,
    Kind.EMAIL: GraphQLString,
    Kind.PHONE: GraphQLString,
    Kind.INTEGER: GraphQLInt,
    Kind.QUANTITY: DECIMAL,
    Kind.PERCENT: DECIMAL,
    Kind.MONEY: DECIMAL,
    Kind.UNIT_PRICE: DECIMAL,
    Kind.RATE: DECIMAL,
    Kind.CURRENCY: CURRENCY,
    Kind.DATE: DATE,
    Kind.MOMENT: DATE_TIME,
    Kind.BOOLEAN: GraphQLBoolean,
    Kind.DICTIONARY: GraphQLString,
    Kind.COUNTRY: GraphQLString,
}
MONEY_KINDS = frozenset({Kind.MONEY, Kind.UNIT_PRICE})
_FILTER_NAMES = {Kind.LONG_TEXT: "LongTextFilter", Kind.DICTIONARY: "ChoiceFilter", Kind.COUNTRY: "CountryFilter"}
_CODES = {Kind.DICTIONARY: "the code of a choice", Kind.COUNTRY: "the code of a country"}
_COMPARE = ("eq", "ne", "lt", "lte", "gt", "gte")
_MEANING = {
    "eq": "Equal.",
    "ne": "Not equal; records without a value are left out, as in SQL.",
    "in": "One of these.",
    "notIn": "None of these.",
    "lt": "Less than.",
    "lte": "At most.",
    "gt": "More than.",
    "gte": "At least.",
    "between": "From here to there, both included.",
    "contains": "Contains this text, without regard to case, width and accents.",
    "startsWith": "Starts with this text, likewise folded.",
    "endsWith": "Ends with this text, likewise folded.",
    "isNull": "Whether there is no value.",
}


def by_key(key: str) -> Any:
    """A resolver that takes `key` out of a dict."""

    def resolve(source: Mapping[str, Any], _info: Info) -> Any:
        return source[key]

    return resolve


@dataclass
class Words:
    """The types that fields share, made once a schema; `named` holds Strawberry's hand-made types by name."""

    named: Mapping[str, GraphQLNamedType]

    def __post_init__(self) -> None:
        self._enums: dict[type, GraphQLEnumType] = {}
        self._filters: dict[str, GraphQLInputObjectType] = {}

    def type_named(self, name: str) -> Any:
        return self.named[name]

    @property
    def node(self) -> GraphQLInterfaceType:
        return cast("GraphQLInterfaceType", self.named["Node"])

    @cached_property
    def choice(self) -> GraphQLObjectType:
        fields = {
            "id": (GraphQLID, "The dictionary entry; null where there is none any more."),
            "code": (GraphQLString, "What is written and filtered by; it never changes."),
            "label": (GraphQLString, "What people read, in the tenant's language."),
            "rank": (GraphQLInt, "Its place among the others; orders go by it."),
        }
        return GraphQLObjectType(
            "Choice",
            {name: GraphQLField(kind, resolve=by_key(name), description=told) for name, (kind, told) in fields.items()},
            description="One of the entries of a dictionary.",
        )

    @cached_property
    def money(self) -> GraphQLObjectType:
        return GraphQLObjectType(
            "Money",
            {
                "amount": GraphQLField(DECIMAL, resolve=by_key("amount"), description="The amount."),
                "currency": GraphQLField(CURRENCY, resolve=by_key("currency"), description="ISO 4217 code."),
                "baseAmount": GraphQLField(
                    DECIMAL, resolve=by_key("base_amount"), description="The amount in the tenant's base currency."
                ),
            },
            description="An amount of money.",
        )

    @cached_property
    def money_input(self) -> GraphQLInputObjectType:
        return GraphQLInputObjectType(
            "MoneyInput",
            {
                "amount": GraphQLInputField(GraphQLNonNull(DECIMAL), description="The amount."),
                "currency": GraphQLInputField(
                    CURRENCY,
                    description="ISO 4217 code; absent: that of the document, if there is one, else the base currency.",
                ),
            },
            description="An amount of money to write.",
        )

    @cached_property
    def target_input(self) -> GraphQLInputObjectType:
        return GraphQLInputObjectType(
            "TargetInput",
            {
                "id": GraphQLInputField(GraphQLNonNull(GraphQLID), description="Which one."),
                "version": GraphQLInputField(GraphQLInt, description="The version you have seen; absent: whichever."),
            },
            description="A record to do something with.",
        )

    @cached_property
    def figures(self) -> Figures:
        return Figures(self.money, self.type_named("OrderDirection"))

    @cached_property
    def addresses(self) -> Addresses:
        text, country = (
            self.filter(Field(kind=kind, label=Label("Text", "文本"))) for kind in (Kind.TEXT, Kind.COUNTRY)
        )
        return Addresses(text, country)

    @cached_property
    def address_order(self) -> GraphQLInputObjectType:
        return self.addresses.order_by(self.type_named("OrderDirection"))

    @cached_property
    def address_group(self) -> GraphQLInputObjectType:
        return self.addresses.group_by(self.type_named("GroupByValue"))

    @cached_property
    def group_by_number(self) -> GraphQLInputObjectType:
        step = GraphQLInputField(GraphQLNonNull(DECIMAL), description="How wide a bucket is; more than 0.")
        return GraphQLInputObjectType(
            "GroupByNumber", {"step": step}, description="Numbers from one multiple of the step up to the next."
        )

    def output(self, field: Field) -> GraphQLField:
        """A scalar field as it is read."""
        description = _described(field)
        kind, resolve = self._read(field), by_key(field.name)
        if field.kind in MONEY_KINDS:
            resolve = _money(field.name)
        return GraphQLField(kind, resolve=resolve, description=description, deprecation_reason=field.deprecated)

    def _read(self, field: Field) -> Any:
        if field.kind is Kind.DICTIONARY:
            return self.choice
        if field.kind is Kind.ADDRESS:
            return self.addresses.type
        return self.money if field.kind in MONEY_KINDS else self._scalar(field)

    def input(self, field: Field, *, creating: bool) -> GraphQLInputField:
        """A field as it is written; required ones are non-null where a record is made."""
        kind = self._written(field)
        if creating and field.required and field.default is None:
            kind = GraphQLNonNull(kind)
        return GraphQLInputField(
            kind, description=_described(field), out_name=field.name, deprecation_reason=field.deprecated
        )

    def filter(self, field: Field) -> GraphQLInputObjectType:
        """The operators of a field; those of an address by its parts."""
        if field.kind is Kind.ADDRESS:
            return self.addresses.filter
        scalar = self._scalar(field)
        name = _FILTER_NAMES.get(field.kind, f"{scalar.name}Filter")
        if name not in self._filters:
            self._filters[name] = self._make_filter(name, field, scalar)
        return self._filters[name]

    @cached_property
    def id_filter(self) -> GraphQLInputObjectType:
        operators = dict.fromkeys(("eq", "ne"), GraphQLID) | {op: _many(GraphQLID) for op in ("in", "notIn")}
        return _operators("IdFilter", operators, "Operators on an id.")

    def enum_filter(self, name: str) -> GraphQLInputObjectType:
        """The operators of an enum that is written by hand."""
        kind = self.type_named(name)
        operators = dict.fromkeys(("eq", "ne"), kind) | {op: _many(kind) for op in ("in", "notIn")}
        return self._filters.setdefault(
            f"{name}Filter", _operators(f"{name}Filter", operators, f"Operators on {name}.")
        )

    def _make_filter(self, name: str, field: Field, scalar: Any) -> GraphQLInputObjectType:
        operators: dict[str, Any] = {"isNull": GraphQLBoolean}
        if field.kind is not Kind.LONG_TEXT:
            operators |= dict.fromkeys(("eq", "ne"), scalar)
        if field.kind in DATE_KINDS:
            operators |= relative_operators(field.kind)
        elif field.kind is not Kind.BOOLEAN and field.kind is not Kind.LONG_TEXT:
            operators |= {op: _many(scalar) for op in ("in", "notIn")}
        if field.folded:
            operators |= dict.fromkeys(("contains", "startsWith", "endsWith"), scalar)
        if field.kind not in (Kind.BOOLEAN, Kind.LONG_TEXT, Kind.CHOICE, *_CODES):
            operators |= dict.fromkeys(_COMPARE, scalar)
            operators["between"] = self._between(scalar)
        what = _CODES.get(field.kind, scalar.name)
        meaning = _MEANING | RELATIVE_MEANING if field.kind in DATE_KINDS else _MEANING
        return _operators(name, operators, f"Operators on {what}.", meaning)

    def _between(self, scalar: Any) -> GraphQLInputObjectType:
        name = f"{scalar.name}Between"
        ends = {end: GraphQLInputField(GraphQLNonNull(scalar), description="Included.") for end in ("from", "to")}
        return self._filters.setdefault(
            name, GraphQLInputObjectType(name, ends, description="From here to there, both included.")
        )

    def _scalar(self, field: Field) -> Any:
        if field.choices is None:
            return _SCALARS[field.kind]
        if field.choices not in self._enums:
            values = {
                choice.name: GraphQLEnumValue(choice, description=f"{choice.label.en} / {choice.label.zh}.")
                for choice in field.choices
            }
            self._enums[field.choices] = GraphQLEnumType(
                field.choices.__name__, values, description=f"{field.label.en} / {field.label.zh}."
            )
        return self._enums[field.choices]

    def _written(self, field: Field) -> Any:
        if field.kind is Kind.REFERENCE:
            return GraphQLID
        if field.kind is Kind.REFERENCES:
            return _many(GraphQLID)
        if field.kind is Kind.ADDRESS:
            return self.addresses.input
        return self.money_input if field.kind in MONEY_KINDS else self._scalar(field)


def _operators(
    name: str, operators: Mapping[str, Any], description: str, meaning: Mapping[str, str] = _MEANING
) -> GraphQLInputObjectType:
    fields = {op: GraphQLInputField(kind, description=meaning[op]) for op, kind in operators.items()}
    return GraphQLInputObjectType(name, fields, description=description)


def _many(kind: Any) -> GraphQLList[Any]:
    return GraphQLList(GraphQLNonNull(kind))


def _described(field: Field) -> str:
    parts = [f"{field.label.en} / {field.label.zh}."]
    if field.dictionary:
        parts.append(f"Chosen from the dictionary `{field.dictionary.code}`.")
    if field.fixed:
        parts.append("Given once and never changed.")
    return " ".join([*parts, field.description] if field.description else parts)


def _money(name: str) -> Any:
    def resolve(source: Mapping[str, Any], info: Info) -> Any:
        if source[name] is None:
            return None
        currency = source[f"{name}_currency"] or info.context.scope.tenant.base_currency
        return {"amount": source[name], "currency": currency, "base_amount": source[f"{name}_base"]}

    return resolve


def required_id(description: str) -> GraphQLArgument:
    return GraphQLArgument(GraphQLNonNull(GraphQLID), description=description)
