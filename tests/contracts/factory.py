"""Makes records of any object from the registry alone, and says what they must read like."""

import itertools
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from saas.engine.actions import Action
from saas.engine.field import Field, Kind
from saas.engine.registry import ObjectType, connections, target_of
from saas.engine.write.load import Target
from saas.engine.write.update import update
from saas.kit import ids
from saas.kit.text import camel
from tests.contracts.documents import mutations
from tests.contracts.selections import REFERENCES
from tests.world import Company, Person, World, titles

Values = dict[str, Any]
_numbers = itertools.count(1)
_codes = itertools.count()
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FIRST_DAY = date(2001, 1, 1)
RULES = ("duplicate_rule", "number_rule")  # what their records say holds for those of other objects
CURRENCY = "USD"  # of all amounts: other currencies have no rates here

# What a field of each kind is given, as the API takes it. Days grow from field to field: what ends does so after it
# began.
_GIVEN: dict[Kind, Callable[[Field, int], Any]] = {
    Kind.TEXT: lambda field, n: f"{field.label.en} {n} 名称",
    Kind.LONG_TEXT: lambda field, n: f"{field.label.en} {n}\nsecond line",
    Kind.EMAIL: lambda _, n: f"Somebody.{n}@example{n}.test",
    Kind.PHONE: lambda _, n: f"+49 (30) {n:07}",
    Kind.INTEGER: lambda _, n: n,
    Kind.QUANTITY: lambda _, n: f"{n}.000125",
    Kind.PERCENT: lambda _, n: f"{n % 100}.25",
    Kind.MONEY: lambda _, n: {"amount": f"{n}.1234", "currency": CURRENCY},
    Kind.UNIT_PRICE: lambda _, n: {"amount": f"{n}.123456", "currency": CURRENCY},
    Kind.RATE: lambda _, n: f"{n}.0123456789",
    Kind.CURRENCY: lambda *_: _code(next(_codes)),
    Kind.DATE: lambda _, n: (_FIRST_DAY + timedelta(days=n)).isoformat(),
    Kind.MOMENT: lambda _, n: f"2020-02-29T23:59:{n % 60:02}.123456Z",
    Kind.BOOLEAN: lambda _, n: bool(n % 2),
    Kind.ADDRESS: lambda _, n: {
        "country": ("CN", "DE")[n % 2],
        "province": f"Province {n}",
        "city": f"城市 {n}",
        "district": f"District {n}",
        "street": f"Street {n}",
        "street2": f"Floor {n}",
        "postalCode": f"{n % 1_000_000:06}",
    },
}

# What becomes of it on its way to the engine.
_IN_PYTHON: dict[Kind, Callable[[Any], Any]] = {
    Kind.INTEGER: int,
    Kind.QUANTITY: Decimal,
    Kind.PERCENT: Decimal,
    Kind.RATE: Decimal,
    Kind.DATE: date.fromisoformat,
    Kind.MOMENT: datetime.fromisoformat,
}


def _code(number: int) -> str:
    """A currency of three letters that no company begins with."""
    first, rest = divmod(number, 26 * 26)
    return "QVWXZ"[first % 5] + _LETTERS[rest // 26] + _LETTERS[rest % 26]


def given(company: Company, one: ObjectType, *, required_only: bool = False, **fixed: Any) -> Values:
    """Input for a new record of `one`: every field, or only what must be there; what it refers to is made.

    `fixed` are inputs that are taken as they are.
    """
    found: Values = {}
    for name, field in one.fields.items():
        if not field.is_input(creating=True) or (required_only and (not field.required or field.default is not None)):
            continue
        if field is one.currency:
            found[camel(name)] = fixed.get(camel(name), CURRENCY)
            continue
        found[camel(name)] = fixed[camel(name)] if camel(name) in fixed else _value(company, field)
    for name, field in (*one.compounds.items(), *one.links.items()):
        if not required_only:
            found[camel(name)] = fixed[camel(name)] if camel(name) in fixed else _value(company, field)
    return found


def inputs_of(company: Company, action: Action, *, python: bool = False) -> Values:
    """What an action must be given; as the API takes it, or as Python does."""
    required = [field for field in action.parameters.values() if field.required]
    if python:
        return {field.name: _in_python(company, field) for field in required}
    return {camel(field.name): _value(company, field) for field in required}


def lasting_in(one: ObjectType, values: Values) -> Values:
    """The part of an input for a new record that no update can change."""
    changeable_ = changeable(one, values)
    return {
        camel(name): values[camel(name)] for name in one.fields if camel(name) in values.keys() - changeable_.keys()
    }


def references_in(one: ObjectType, values: Values) -> Values:
    """The references of an input, to be `fixed` in the next."""
    references = [camel(name) for name, field in one.all_fields.items() if field.kind in REFERENCES]
    return {name: values[name] for name in references if name in values}


def standing(company: Company, field: Field) -> UUID:
    """A record for the field to refer to, one of six that take turns: no test changes or deletes them.

    No two fields share theirs, so that nothing refers to itself in a circle.
    """
    key = f"{target_of(field).name}.{field.name}"
    if key not in company.standing:
        company.standing[key] = itertools.cycle(made_many(company, target_of(field), 6))
    return next(company.standing[key])


def bystander(company: Company, one: ObjectType) -> UUID:
    """A record to try something with that leaves no trace; of rules a new one, as they do not outlive a contract."""
    if one.name in RULES:
        return made(company, one)
    if one.name not in company.standing:
        company.standing[one.name] = itertools.repeat(made(company, one))
    return next(company.standing[one.name])


def _value(company: Company, field: Field) -> Any:
    if field.kind is Kind.REFERENCE:
        return str(standing(company, field))
    if field.kind is Kind.REFERENCES:
        return [str(standing(company, field)) for _ in range(2)]
    number = next(_numbers)
    if field.examples:
        return field.examples[number % len(field.examples)]
    if field.dictionary:
        return field.dictionary.entries[number % len(field.dictionary.entries)].code
    if field.choices:
        choices: list[StrEnum] = list(field.choices)
        return choices[number % len(choices)].name
    return _GIVEN[field.kind](field, number)


def changeable(one: ObjectType, values: Values) -> Values:
    """The part of an input for a new record that an update may bring too."""
    return {
        camel(name): values[camel(name)] for name, field in one.all_fields.items() if field.is_input(creating=False)
    }


def different(company: Company, one: ObjectType, values: Values) -> Values:
    """Input that changes every field of a record with these values but those that only its making brings."""
    changed = given(company, one)
    for name, field in one.fields.items():
        if not field.is_input(creating=False) or field is one.currency:
            changed.pop(camel(name), None)
        elif field.dictionary:
            codes = [entry.code for entry in field.dictionary.entries]
            changed[camel(name)] = codes[codes.index(values[camel(name)]) - 1]
        elif field.kind is Kind.BOOLEAN:
            changed[camel(name)] = not values[camel(name)]
        elif field.choices:
            names = [choice.name for choice in field.choices]
            changed[camel(name)] = names[names.index(values[camel(name)]) - 1]
        elif field.examples:
            changed[camel(name)] = field.examples[field.examples.index(values[camel(name)]) - 1]
    for name, field in one.all_fields.items():
        if field.kind in REFERENCES and camel(name) in changed:
            while changed[camel(name)] == values[camel(name)]:
                changed[camel(name)] = _value(company, field)
        elif field.kind is Kind.ADDRESS and camel(name) in changed:
            country = "DE" if values[camel(name)]["country"] == "CN" else "CN"
            changed[camel(name)] = changed[camel(name)] | {"country": country}
    assert all(values[name] != value for name, value in changed.items())
    return changed


def made(company: Company, one: ObjectType, **values: Any) -> UUID:
    """A record of `one` made by the system identity, with what it requires; values are Python's, by field name."""
    return made_many(company, one, 1, **values)[0]


def made_many(company: Company, one: ObjectType, number: int, **values: Any) -> list[UUID]:
    """So many of them with the same values, which share what they refer to."""
    shared = [f for f in one.fields.values() if f.kind is Kind.REFERENCE and f.required and f.name not in values]
    values |= {field.name: standing(company, field) for field in shared if not field.system and field.default is None}
    return made_with(company, one, [values] * number)


def made_with(company: Company, one: ObjectType, given_rows: Sequence[Values]) -> list[UUID]:
    """A record with each of these values, by field name, and with what it requires."""
    required = [f for f in one.fields.values() if f.required and not f.system and f.default is None]
    rows = [
        {field.name: _required(company, field) for field in required if field.name not in values} | values
        for values in given_rows
    ]
    return company.make_many(one.record, rows) if one.document is None else _lines_made(company, one, rows)


def _required(company: Company, field: Field) -> Any:
    return standing(company, field) if field.kind is Kind.REFERENCE else _in_python(company, field)


def _lines_made(company: Company, one: ObjectType, rows: list[Values]) -> list[UUID]:
    """Lines of one document: the one that they name, or a new one."""
    document, line_of = one.document, one.record.facts.line_of or ""
    assert document is not None
    named = [row.pop(line_of, None) for row in rows]
    target = Target(named[0] or made(company, document))
    lines = [row | {"id": ids.new_id(one.record.facts.code)} for row in rows]
    for line in lines if one.searched else ():  # by what it is found, as an object by its title
        titles[line["id"]] = line[one.searched[0].name] = f"{one.type_name} {next(_numbers)}"
    with company.scope() as scope:
        (outcome,) = update(scope, document, [(target, {"lines": {"create": lines}})])
    assert outcome.id, outcome.problems
    return [line["id"] for line in lines]


def hundred(world: World, one: ObjectType) -> list[str]:
    """Records with everything that takes statements to read, the first one with two of each list below it."""
    values: Values = {}
    for name, field in one.all_fields.items():
        if field.system or not field.is_input(creating=True):
            continue
        if field.kind is Kind.REFERENCE:
            values[name] = standing(world.garage, field)
        elif field.kind is Kind.REFERENCES:
            values[name] = [str(standing(world.garage, field)) for _ in range(2)]
        elif field.dictionary:
            values[name] = field.dictionary.entries[0].code
    parents = made_many(world.garage, one, 100, **values)
    for each in connections(one):
        made_many(world.garage, each.object, 2, **{each.field.name: parents[0]})
    return [str(id_) for id_ in parents]


def _in_python(company: Company, field: Field) -> Any:
    return _IN_PYTHON.get(field.kind, str)(_value(company, field))


def required_in_python(company: Company, one: ObjectType) -> Values:
    """What a record of `one` must have, as the engine takes it."""
    fields = [each for each in one.fields.values() if each.required and not each.system and each.default is None]
    return {field.name: _in_python(company, field) for field in fields}


def read_as(one: ObjectType, values: Values) -> Values:
    """What `selection` must answer for a record with this input, but for id, version and what the system keeps."""
    found: Values = {}
    for name, field in one.all_fields.items():
        if camel(name) not in values:
            continue
        value = values[camel(name)]
        if field.kind is Kind.REFERENCES:
            value = [{"id": each} for each in value or ()]
        elif field.kind is Kind.REFERENCE:
            value = {"id": value} if value else None
        elif field.kind in (Kind.MONEY, Kind.UNIT_PRICE):
            value = {**value, "baseAmount": value["amount"]} if value else None
        elif field is one.currency:
            value = value or CURRENCY
        elif field.dictionary and value:
            codes = [entry.code for entry in field.dictionary.entries]
            place = codes.index(value)
            value = {"code": value, "label": field.dictionary.entries[place].label.en, "rank": place * 10 + 10}
        found[camel(field.api)] = value
    return found


def without_system_fields(one: ObjectType, record: Values) -> Values:
    kept = {camel(field.api) for field in (*one.shown, *one.links.values()) if not field.system}
    return {name: value for name, value in record.items() if name in kept}


def create(person: Person, one: ObjectType, values: Values) -> Values:
    """The payload of creating a record with this input, with every field of it."""
    return write(person, one, "Create", input=values)


def write(person: Person, one: ObjectType, verb: str, **arguments: Any) -> Values:
    """The payload of a mutation of one record, with every field of it."""
    payload: Values = person.perform(mutations(one), verb, **arguments)["payload"]
    return payload


def tried(person: Person, one: ObjectType, verb: str, **arguments: Any) -> Values:
    """The same without the record, which costs as much again: its id and the problems."""
    return write(person, one, verb, shown=False, **arguments)
