"""Documents with one currency: their amounts and those of their lines are in it, and priced on one day."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from saas.engine.problem import Problem, ProblemCode
from saas.engine.record import Record, is_new
from saas.engine.registry import ObjectType
from saas.engine.scope import Scope
from saas.engine.write.lines import Lines, living, summed
from saas.kit.text import camel

Named = tuple[str, tuple[str, ...]]


def in_one_currency(
    scope: Scope, one: ObjectType, record: Record, lines: Lines | None, given: Mapping[str, Any]
) -> list[Problem]:
    """Bring all amounts of a document into its currency, else the base currency; problems of what names another.

    A new document without one takes that of the first amount that is given with a currency.
    """
    if one.currency is None:
        return []
    named = list(_named(one, lines, given))
    code = getattr(record, one.currency.name)
    if code is None and is_new(record) and named:
        code = named[0][0]
    code = code or scope.tenant.base_currency
    setattr(record, one.currency.name, code)
    for each in (record, *living(lines)):
        for money in (field for field in each.fields.values() if field.is_money):
            setattr(each, money.currency, None if getattr(each, money.name) is None else code)
    what, where = one.record.facts.label.en.lower(), camel(one.currency.name)
    message = f"All amounts of this {what} are in {code}: leave the currency out, or change `{where}`."
    return [Problem(ProblemCode.BAD_INPUT, message, path) for other, path in named if other != code]


def _named(one: ObjectType, lines: Lines | None, given: Mapping[str, Any]) -> Iterator[Named]:
    """The currencies that amounts are given with, each with its place in the input."""
    rows: list[tuple[ObjectType, Mapping[str, Any], tuple[str, ...]]] = [(one, given, ())]
    rows += [(lines.one, values, path) for _, values, path in lines.given.rows] if lines else []
    for of, values, path in rows:
        for money in of.money:
            if values.get(money.currency) is not None:
                yield values[money.currency], (*path, camel(money.name), "currency")


def to_price(
    scope: Scope, one: ObjectType, record: Record, names: Collection[str], lines: Lines | None
) -> Collection[str] | None:
    """The fields of a record that are priced after a write to these; None: all.

    Of a document with one currency it is all or none, its lines with it: their base amounts add up on any day.
    """
    if one.currency is None:
        return {*names, *summed(lines, one)}
    amounts = {one.currency.name, *(name for money in one.money for name in (money.name, money.currency))}
    if not amounts & set(names) and not (lines and lines.told()):
        return ()
    if lines:
        lines.is_priced = getattr(record, one.currency.name) != scope.tenant.base_currency
    return None
