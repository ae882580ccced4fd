"""The value of a field as a member of its record's JSON, as the API writes its kind."""

from collections.abc import Sequence
from typing import Any

from saas.engine.access.fields import is_masked, sees, shown
from saas.engine.dictionary import entries
from saas.engine.field import Field, Kind
from saas.engine.plan.json_text import Form, Member, json_object, json_value, text, where
from saas.engine.plan.making import Making, Source, as_rows
from saas.engine.plan.mends import country_name, in_order
from saas.engine.registry import ObjectType
from saas.engine.rowsource import Rows
from saas.engine.selection import Picked
from saas.kit.text import camel

DECIMAL_KINDS = frozenset({Kind.QUANTITY, Kind.PERCENT, Kind.RATE})


def value_of(making: Making, one: ObjectType, rows: Rows, picked: Picked, field: Field, source: Source) -> Member:
    """A field that is no reference."""
    if field.parts:
        return _address(making, one, rows, picked, field)
    if is_masked(making.profile, one, field):
        return scalar(picked.key, field.kind, making.of(shown(making.profile, one, field, rows)), field.choices)
    is_seen = sees(making.profile, one, field, rows)
    if is_seen is False:
        return Member(picked.key, "'null'", Form.JSON, is_there=True)
    sql = making.of(rows.c[field.name])
    is_there = not rows.read_from.c[field.name].nullable
    if field.is_money:
        told = _money(making, rows, picked, field, sql)
    elif field.dictionary is not None:
        told = _choice(making, picked, field, sql, source)
    else:
        told = scalar(picked.key, field.kind, sql, field.choices, is_there=is_there)
    if is_seen is True:
        return told
    return Member(picked.key, where(source.told(rows, making.of(is_seen)), json_value(told)), Form.JSON)


def scalar(key: str, kind: Kind, sql: str, choices: Any = None, *, is_there: bool = False) -> Member:
    """A member that is one value of this kind."""
    if kind is Kind.INTEGER or kind is Kind.BOOLEAN:
        return Member(key, f"({sql})::text", Form.JSON, is_there)
    if kind is Kind.MOMENT:
        return Member(key, moment(sql), Form.PLAIN, is_there)
    if kind is Kind.DATE or kind is Kind.CURRENCY:
        return Member(key, f"({sql})", Form.PLAIN, is_there)
    if choices is not None:
        return Member(key, _names(sql, choices), Form.PLAIN, is_there)
    if kind in DECIMAL_KINDS:
        return Member(key, decimal(sql), Form.PLAIN, is_there)
    return Member(key, sql, Form.STRING, is_there)


def decimal(sql: str) -> str:
    """A number without zeros behind, as `scalars.serialize_decimal` writes it."""
    return f"trim_scale({sql})"


def moment(sql: str) -> str:
    """A moment in UTC, as `scalars.serialize_moment` writes it."""
    return f"(replace(timezone('UTC', {sql})::text, ' ', 'T') || 'Z')"


def _names(sql: str, choices: Any) -> str:
    """The values of the API for those that are kept."""
    if all(each.name == each.value.upper() for each in choices):
        return f"upper({sql})"
    whens = " ".join(f"WHEN {text(each.value)} THEN {text(each.name)}" for each in choices)
    return f"(CASE {sql} {whens} END)"


def money_object(picked: Sequence[Picked], amount: str, currency: str, base: str) -> str:
    """The JSON of an amount that is there."""
    members = []
    for each in picked:
        if each.name == "__typename":
            members.append(Member(each.key, "'Money'", Form.PLAIN, is_there=True))
        elif each.name == "currency":
            members.append(Member(each.key, currency, Form.PLAIN, is_there=True))
        elif each.name == "amount":
            members.append(Member(each.key, decimal(amount), Form.PLAIN, is_there=True))
        else:
            members.append(Member(each.key, decimal(base), Form.PLAIN))
    return json_object(members)


def _money(making: Making, rows: Rows, picked: Picked, field: Field, amount: str) -> Member:
    currency, base = (making.of(part) for part in (rows.c[field.currency], rows.c[field.base]))
    given = f"coalesce({currency}, {text(making.tenant.base_currency)})"
    told = money_object(picked.children, amount, given, base)
    return Member(picked.key, where(f"{amount} IS NOT NULL", told), Form.JSON)


def _choice(making: Making, picked: Picked, field: Field, code: str, source: Source) -> Member:
    told = choice_object(making, picked.children, field, code, source)
    return Member(picked.key, where(f"{code} IS NOT NULL", told), Form.JSON)


def choice_object(making: Making, picked: Sequence[Picked], field: Field, code: str, source: Source) -> str:
    """What a code of the field's dictionary stands for; the code itself where there is no such entry any more."""
    members = []
    for each in picked:
        if each.name == "__typename":
            members.append(Member(each.key, "'Choice'", Form.PLAIN, is_there=True))
        elif each.name == "code":
            members.append(Member(each.key, code, Form.STRING, is_there=True))
        else:
            entry = _entry(making, field, code, source)
            if each.name == "label":
                label = (
                    "coalesce({0}.label_zh, {0}.label, {1})"
                    if making.tenant.language == "zh"
                    else "coalesce({0}.label, {1})"
                )
                members.append(Member(each.key, label.format(entry.name, code), Form.STRING))
            elif each.name == "rank":
                members.append(Member(each.key, f"{entry.name}.rank::text", Form.JSON))
            else:
                members.append(Member(each.key, f"{entry.name}.id", Form.PLAIN))
    return json_object(members)


def _entry(making: Making, field: Field, code: str, source: Source) -> Rows:
    key = (code, field.name)
    if key not in source.behind and field.dictionary is not None:
        table, is_entry = entries(field.dictionary)
        entry = as_rows(table)
        source.behind[key] = entry
        making.text.know(entry)
        source.join(entry, f"{making.of(is_entry)} AND {entry.name}.code = {code}")
    return source.behind[key]


def _address(making: Making, one: ObjectType, rows: Rows, picked: Picked, field: Field) -> Member:
    parts = {
        name.removeprefix(f"{field.name}_"): making.of(shown(making.profile, one, one.fields[name], rows))
        for name in field.parts
    }
    array = f"to_json(ARRAY[{', '.join(f'({sql})::text' for sql in parts.values())}])"
    by_api = {camel(name): sql for name, sql in parts.items()}
    members = []
    for each in picked.children:
        if each.name == "__typename":
            members.append(Member(each.key, "'Address'", Form.PLAIN, is_there=True))
        elif each.name == "countryName":
            country = f"coalesce(to_json({parts['country']})::text, 'null')"
            members.append(Member(each.key, making.mended(country_name, country), Form.JSON, is_there=True))
        elif each.name == "formatted":
            members.append(Member(each.key, making.mended(in_order(tuple(parts)), array), Form.JSON, is_there=True))
        else:
            members.append(Member(each.key, by_api[each.name], Form.STRING))
    any_part = f"concat({', '.join(parts.values())}) <> ''"
    return Member(picked.key, where(any_part, json_object(members)), Form.JSON)
