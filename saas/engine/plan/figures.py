"""Figures over many records as JSON, in the form of each kind of field."""

from collections.abc import Sequence

from saas.engine.field import Field, Kind
from saas.engine.plan.json_text import Form, Member, json_object, text, where
from saas.engine.plan.making import Making
from saas.engine.plan.values import money_object, scalar
from saas.engine.read.aggregate import shown_measures, statement_of
from saas.engine.read.figures import FUNCTIONS, Function, Measure, WantedFigures
from saas.engine.read.listing import Listing
from saas.engine.registry import ObjectType
from saas.engine.rowsource import Rows
from saas.engine.selection import Picked
from saas.kit.text import camel

_COUNTS = (Function.COUNT, Function.COUNT_DISTINCT)


def aggregate_of_list(making: Making, listing: Listing, picked: Picked, below: Rows | None) -> str:
    """An expression for the JSON of the figures over all records of a list, or of those below a record."""
    wanted = WantedFigures(listing.one).add(picked.children)
    measures = shown_measures(making, wanted)
    more = [] if below is None else [listing.below(below)]
    statement = making.of(statement_of(listing, measures, None, *more, inside=below))
    told = aggregate_object(making, listing.one, picked.children, measures, "figures")
    return f"(SELECT {told} FROM ({statement}) AS figures)"


def aggregate_object(
    making: Making, one: ObjectType, picked: Sequence[Picked], measures: Sequence[Measure], row: str
) -> str:
    """The figures in the columns of `row`; of a field that is hidden on all records null."""
    by_api = {camel(each.api): each for each in one.fields.values()}
    shown = {measure.field.name for measure in measures}
    owner = f"{one.type_name}Aggregate"
    members = []
    for each in picked:
        if each.name == "__typename":
            members.append(Member(each.key, text(owner), Form.PLAIN, is_there=True))
        elif each.name == "count":
            members.append(Member(each.key, f"{row}.count::text", Form.JSON, is_there=True))
        else:
            field = by_api[each.name]
            is_hidden = field.name not in shown and any(inner.name != "__typename" for inner in each.children)
            is_hidden = is_hidden or (field.name not in shown and hides(making, one, field))
            told = "NULL" if is_hidden else _figures(making, each, field, row, making.type_of(owner, each.name))
            members.append(Member(each.key, told, Form.JSON))
    return json_object(members)


def hides(making: Making, one: ObjectType, field: Field) -> bool:
    wanted = WantedFigures(one, {field.name: field}, {Measure(field, Function.COUNT): None})
    return not shown_measures(making, wanted)


def _figures(making: Making, picked: Picked, field: Field, row: str, type_name: str) -> str:
    functions = {camel(each): each for each in FUNCTIONS[field.kind]}
    members = []
    for each in picked.children:
        if each.name == "__typename":
            members.append(Member(each.key, text(type_name), Form.PLAIN, is_there=True))
            continue
        function = functions[each.name]
        members.append(_figure(making, each, field, function, f"{row}.{Measure(field, function).label}"))
    return json_object(members)


def _figure(making: Making, picked: Picked, field: Field, function: Function, sql: str) -> Member:
    if function in _COUNTS:
        return Member(picked.key, f"{sql}::text", Form.JSON, is_there=True)
    if field.is_money:
        return base_amount(making, picked, sql)
    if function in (Function.SUM, Function.AVG):
        return scalar(picked.key, Kind.QUANTITY, sql)
    return scalar(picked.key, field.kind, sql)


def base_amount(making: Making, picked: Picked, sql: str) -> Member:
    """An amount in the tenant's base currency as `Money`."""
    told = money_object(picked.children, sql, text(making.tenant.base_currency), sql)
    return Member(picked.key, where(f"{sql} IS NOT NULL", told), Form.JSON)
