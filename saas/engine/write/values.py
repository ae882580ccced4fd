"""Values as they come in, brought into the form in which they are kept, or refused with the reason."""

import re
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID

from saas.engine.field import MAX_LONG_TEXT, MAX_TEXT, MONEY_SCALES, Derived, Field, Kind
from saas.engine.problem import Problem, ProblemCode, forbidden
from saas.engine.record import Record
from saas.engine.registry import ObjectType
from saas.kit import ids
from saas.kit.countries import countries
from saas.kit.errors import BadInput
from saas.kit.text import camel, normal

_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>.]+(\.[^@\s,;<>.]+)+")
_PHONE = re.compile(r"(?=(\D*\d){2})[0-9+()./\-\s#*,;xXextEXT]{2,60}")
_LIMITS = {  # largest absolute value that the column's numeric(p, s) holds
    Kind.MONEY: Decimal(10) ** 16,
    Kind.UNIT_PRICE: Decimal(10) ** 14,
    Kind.QUANTITY: Decimal(10) ** 14,
    Kind.PERCENT: Decimal(10) ** 5,
    Kind.RATE: Decimal(10) ** 10,
}
_SCALES = {**MONEY_SCALES, Kind.QUANTITY: 6, Kind.PERCENT: 4, Kind.RATE: 10}
# The categories Cc and Cs of Unicode, and those without the ends of lines and the tab.
_NOT_KEPT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_NOT_KEPT_IN_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_CURRENCY = re.compile(r"[A-Z]{3}")


def checked(one: ObjectType, given: Mapping[str, Any], *, creating: bool) -> tuple[dict[str, Any], list[Problem]]:
    """The values by field name in the form in which they are kept, and what is wrong with them.

    Creating fills in defaults and asks for everything required; updating leaves out what is absent.
    """
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, value in given.items():
        field = one.fields.get(name)
        if field is None or field.system or field.derived is Derived.ALWAYS:
            message = f"{one.type_name} has no writable field {name!r}."
            problems.append(Problem(ProblemCode.BAD_INPUT, message, (camel(name),)))
            continue
        kept, wrong = kept_value(field, value)
        if creating and field.entry is not None and kept is not None and kept not in field.entry:
            kept, wrong = None, f"A new one begins as {' or '.join(state.name for state in field.entry)}."
        values[name] = kept
        if kept is None and field.is_money:
            values[field.currency] = None
        if wrong:
            problems.append(Problem(ProblemCode.BAD_INPUT, wrong, field.spelled))
    defaults, required = _filled_in(one)
    for field in defaults if creating else ():
        if values.get(field.name) is None:
            values[field.name] = field.default
    for field in required:
        missing = values.get(field.name) is None if creating else values.get(field.name, "") is None
        if missing and not any(problem.path == (camel(field.name),) for problem in problems):
            problems.append(Problem(ProblemCode.REQUIRED, f"{field.label.en} is required.", (camel(field.name),)))
    return values, problems


@cache
def _filled_in(one: ObjectType) -> tuple[tuple[Field, ...], tuple[Field, ...]]:
    """The fields with a default, and those that must have a value: few, and every record asks."""
    fields = one.fields.values()
    required = tuple(field for field in fields if field.required and not field.system)
    return tuple(field for field in fields if field.default is not None), required


def written_problems(record: Record, was: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with what a function wrote into a record that was so; the rest takes the form in which it is kept.

    A record that was nothing gets its defaults.
    """
    problems: list[Problem] = []
    for name, field in record.fields.items():
        value = getattr(record, name)
        if field.system or (was and value == was[name]):
            continue
        kept, wrong = kept_value(field, field.default if value is None and not was else value)
        if wrong or (kept is None and field.required):
            code = ProblemCode.BAD_INPUT if wrong else ProblemCode.REQUIRED
            problems.append(Problem(code, wrong or f"{field.label.en} is required.", (camel(name),)))
        else:
            setattr(record, name, kept)
    return problems


def kept_value(field: Field, value: Any) -> tuple[Any, str]:
    """The value in the form in which it is kept, and what is wrong with it, if anything."""
    if value is None:
        return None, ""
    if field.kind in _TEXT_CHECKS:
        return _TEXT_CHECKS[field.kind](field, value)
    if field.kind is Kind.REFERENCE:
        return _reference(value)
    if field.kind is Kind.INTEGER and not -(2**31) <= value < 2**31:
        return None, f"{field.label.en} is out of range."
    if field.kind in _LIMITS:
        return _number(field, value)
    if field.kind is Kind.CHOICE and not isinstance(value, StrEnum):
        return None, f"{field.label.en} is one of {', '.join(choice.name for choice in field.choices or ())}."
    return value, ""


def _reference(value: str | UUID) -> tuple[Any, str]:
    try:
        return ids.parse_id(value), ""
    except BadInput as wrong:
        return None, str(wrong)


def _number(field: Field, value: Decimal) -> tuple[Any, str]:
    if not value.is_finite() or abs(value) >= _LIMITS[field.kind]:
        return None, f"{field.label.en} is out of range."
    scale = _SCALES[field.kind]
    rounded = round(value, scale)
    if rounded != value:
        return None, f"{field.label.en} has more than {scale} decimals."
    return rounded, ""


def _text(field: Field, value: str) -> tuple[Any, str]:
    kept = normal("NFC", " ".join(value.split()))
    if _NOT_KEPT.search(kept):
        return None, f"{field.label.en} holds a character that cannot be kept."
    if len(kept) > MAX_TEXT:
        return None, f"{field.label.en} is longer than {MAX_TEXT} characters."
    return kept or None, ""


def _country(field: Field, value: str) -> tuple[Any, str]:
    kept = value.strip().upper()
    if kept and kept not in countries():
        return None, f"{field.label.en}: {kept[:40]!r} is no country of ISO 3166, such as CN."
    return kept or None, ""


def _long_text(field: Field, value: str) -> tuple[Any, str]:
    kept = normal("NFC", value.replace("\r\n", "\n").strip())
    if _NOT_KEPT_IN_LINES.search(kept):
        return None, f"{field.label.en} holds a character that cannot be kept."
    if len(kept) > MAX_LONG_TEXT:
        return None, f"{field.label.en} is longer than {MAX_LONG_TEXT:,} characters."
    return kept or None, ""


def _matching(pattern: re.Pattern[str], what: str) -> Callable[[Field, str], tuple[Any, str]]:
    def check(field: Field, value: str) -> tuple[Any, str]:
        kept, wrong = _text(field, value)
        if kept and not wrong and not pattern.fullmatch(kept):
            return None, f"{field.label.en}: {kept[:40]!r} is no {what}."
        return kept, wrong

    return check


_TEXT_CHECKS: dict[Kind, Callable[[Field, str], tuple[Any, str]]] = {
    Kind.TEXT: _text,
    Kind.LONG_TEXT: _long_text,
    Kind.EMAIL: _matching(_EMAIL, "e-mail address"),
    Kind.PHONE: _matching(_PHONE, "telephone number"),
    Kind.DICTIONARY: _text,
    Kind.COUNTRY: _country,
    Kind.CURRENCY: _matching(_CURRENCY, "currency of three capital letters, such as EUR"),
}


def hidden_fields(one: ObjectType, names: Collection[str]) -> list[Problem]:
    """The problems of writing fields that one may not write; an amount and its currency are one field to people."""
    wholes = {whole.name: whole for whole in map(one.whole, names)}
    return [forbidden(f"You may not write {whole.label.en}.", *whole.spelled) for whole in wholes.values()]


def fixed_field(field: Field) -> Problem:
    """The problem of changing what is given once and for all."""
    message = f"{field.label.en} is given once and never changed. Make a new record instead."
    return Problem(ProblemCode.BAD_INPUT, message, (camel(field.name),))
