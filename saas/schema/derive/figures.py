"""The types that aggregates of all objects share: what is told of a field, how groups compare and order by it."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLObjectType,
    GraphQLScalarType,
)

from saas.engine.field import Kind
from saas.engine.read.aggregate import DECIMALS
from saas.engine.read.figures import FUNCTIONS, Function
from saas.kit.text import camel
from saas.schema.operation import Info
from saas.schema.scalars import DATE, DATE_TIME, DECIMAL

_MEANING = {
    Function.COUNT: "How many records have a value that you may see.",
    Function.COUNT_DISTINCT: "How many different values there are.",
    Function.SUM: "All values together.",
    Function.AVG: f"The average of the values, rounded to {DECIMALS} decimals.",
    Function.MIN: "The smallest value.",
    Function.MAX: "The largest value.",
}
_OPERATORS = {
    "eq": "Equal.",
    "ne": "Not equal.",
    "lt": "Less than.",
    "lte": "At most.",
    "gt": "More than.",
    "gte": "At least.",
    "isNull": "Whether there is none.",
}
_FAMILIES = {
    Kind.INTEGER: "Integer",
    Kind.QUANTITY: "Decimal",
    Kind.PERCENT: "Decimal",
    Kind.RATE: "Decimal",
    Kind.MONEY: "Money",
    Kind.UNIT_PRICE: "Money",
    Kind.DATE: "Date",
    Kind.MOMENT: "DateTime",
}
_BOUNDS: dict[str, Any] = {"Integer": GraphQLInt, "Date": DATE, "DateTime": DATE_TIME}
_ABOUT = {
    "Integer": "a field of whole numbers",
    "Decimal": "a field of decimal numbers",
    "Money": "a field of amounts, all in the tenant's base currency",
    "Date": "a field of dates",
    "DateTime": "a field of moments",
    "Value": "a field whose values can only be counted",
}


class Figures:
    """One family of types for each way of adding up: numbers, amounts, dates, moments, and what is only counted."""

    def __init__(self, money: GraphQLObjectType, direction: Any) -> None:
        self._money = money
        self._direction = direction
        self._outputs: dict[str, GraphQLObjectType] = {}
        self._inputs: dict[str, GraphQLInputObjectType] = {}

    def result(self, kind: Kind) -> GraphQLObjectType:
        """What is told of a field of this kind."""
        family = _family(kind)
        fields = {
            camel(function): GraphQLField(
                self._type(family, function), resolve=_figure(family, function), description=_MEANING[function]
            )
            for function in FUNCTIONS[kind]
        }
        return self._output(f"{family}Aggregate", fields, f"Of many records: {_ABOUT[family]}.")

    def having(self, kind: Kind) -> GraphQLInputObjectType:
        """How groups compare by it."""
        family = _family(kind)
        fields = {
            camel(function): GraphQLInputField(
                self._comparison(_operand(self._type(family, function))), description=_MEANING[function]
            )
            for function in FUNCTIONS[kind]
        }
        about = f"Conditions on {_ABOUT[family]}, over the records of a group."
        return self._input(f"{family}Having", fields, about)

    def order(self, kind: Kind) -> GraphQLInputObjectType:
        """How groups are ordered by it."""
        family = _family(kind)
        fields = {
            camel(function): GraphQLInputField(self._direction, description=_MEANING[function])
            for function in FUNCTIONS[kind]
        }
        about = f"An order by {_ABOUT[family]}, over the records of a group; exactly one figure."
        return self._input(f"{family}GroupOrderBy", fields, about, is_one_of=True)

    @cached_property
    def count(self) -> GraphQLInputObjectType:
        """How groups compare by their number of records."""
        return self._comparison(GraphQLInt)

    def _type(self, family: str, function: Function) -> Any:
        if function in (Function.COUNT, Function.COUNT_DISTINCT):
            return GraphQLInt
        if family == "Money":
            return self._money
        return DECIMAL if function in (Function.SUM, Function.AVG) else _BOUNDS.get(family, DECIMAL)

    def _comparison(self, scalar: GraphQLScalarType) -> GraphQLInputObjectType:
        fields = {
            name: GraphQLInputField(GraphQLBoolean if name == "isNull" else scalar, description=meaning)
            for name, meaning in _OPERATORS.items()
        }
        about = f"Operators on a figure ({scalar.name}); all that are given must hold."
        return self._input(f"{scalar.name}Comparison", fields, about)

    def _output(self, name: str, fields: dict[str, GraphQLField], description: str) -> GraphQLObjectType:
        return self._outputs.setdefault(name, GraphQLObjectType(name, fields, description=description))

    def _input(
        self, name: str, fields: dict[str, GraphQLInputField], description: str, *, is_one_of: bool = False
    ) -> GraphQLInputObjectType:
        made = GraphQLInputObjectType(name, fields, description=description, is_one_of=is_one_of)
        return self._inputs.setdefault(name, made)


def _family(kind: Kind) -> str:
    return _FAMILIES.get(kind, "Value")


def _operand(kind: Any) -> Any:
    """What a figure is compared with: an amount with a number, in the base currency."""
    return DECIMAL if isinstance(kind, GraphQLObjectType) else kind


def _figure(family: str, function: Function) -> Any:
    is_money = family == "Money" and function not in (Function.COUNT, Function.COUNT_DISTINCT)

    def resolve(source: Mapping[Function, Any], info: Info) -> Any:
        return base_amount(source[function], info) if is_money else source[function]

    return resolve


def base_amount(amount: Any, info: Info) -> dict[str, Any] | None:
    """An amount in the tenant's base currency as `Money`."""
    if amount is None:
        return None
    return {"amount": amount, "currency": info.context.scope.tenant.base_currency, "base_amount": amount}
