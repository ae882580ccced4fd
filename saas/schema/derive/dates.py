"""How relative dates are spelled in GraphQL: a period by its name, or a number of units back or ahead."""

from collections.abc import Iterable
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLNonNull,
)

from saas.engine.field import Kind
from saas.kit.periods import Period, Unit

RELATIVE_MEANING = {
    "in": "In this period of the calendar on your wall.",
    "last": "So many units back at most, until now.",
    "next": "From now, so many units ahead at most.",
}


def _told(name: str) -> str:
    return f"{name.capitalize().replace('_', ' ')}."


_PERIOD = GraphQLEnumType(
    "DatePeriod",
    {each.name: GraphQLEnumValue(each, description=_told(each.name)) for each in Period},
    description="A period of the calendar, told from today in the viewer's time zone; weeks begin on Monday.",
)


def _span(name: str, unit_name: str, units: Iterable[Unit], description: str) -> GraphQLInputObjectType:
    unit = GraphQLEnumType(
        unit_name,
        {each.name: GraphQLEnumValue(each, description=_told(each.name)) for each in units},
        description=f"What a {name} is counted in.",
    )
    return GraphQLInputObjectType(
        name,
        {
            "n": GraphQLInputField(GraphQLNonNull(GraphQLInt), description="How many, at least 1."),
            "unit": GraphQLInputField(GraphQLNonNull(unit), description="Of what."),
        },
        description=description,
    )


_LONGER = [each for each in Unit if each is not Unit.HOUR]
_SPANS = {
    Kind.DATE: _span("DateSpan", "DateUnit", _LONGER, "A number of days or longer units; today is within."),
    Kind.MOMENT: _span(
        "DateTimeSpan", "DateTimeUnit", Unit, "A number of hours, or of longer units at the same time of day."
    ),
}


def relative_operators(kind: Kind) -> dict[str, Any]:
    """The operators of a date or a moment that are told from now."""
    return {"in": _PERIOD, "last": _SPANS[kind], "next": _SPANS[kind]}
