"""The text of a cell as a value of its field, or a sentence on why it is none."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from saas.engine.field import Choices, Kind
from saas.engine.transfer.issue import shown
from saas.engine.transfer.plan import FieldPlan
from saas.kit.countries import country_named
from saas.kit.text import fold, normal

_DAY = re.compile(r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?")
_NUMBER = {
    ".": re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d{1,30})?(\.\d{1,20})?"),
    ",": re.compile(r"[+-]?(\d{1,3}([.\s]\d{3})+|\d{1,30})?(,\d{1,20})?"),
}
_AMOUNT = re.compile(r"([A-Za-z]{3})?([^A-Za-z]*)([A-Za-z]{3})?")
_YES = frozenset({"1", "true", "yes", "y", "x", "t", "是", "√", "✓"})
_NO = frozenset({"0", "false", "no", "n", "f", "否"})


@dataclass(frozen=True, slots=True)
class Manner:
    """What the whole file has in common: decimal separator, zone of the clock, currency of plain amounts, if any."""

    decimal: str
    zone: str
    currency: str | None


class NoValue(Exception):
    """The text is no value of the field; the message says what it should be."""


def value_of(plan: FieldPlan, text: str, manner: Manner) -> Any:
    """The value of a text that is not empty; NoValue where it is none. References and choices stay
    texts: they are looked up.
    """
    return _READERS[plan.field.kind](plan, text, manner)


def read_into(values: dict[str, Any], plan: FieldPlan, text: str, manner: Manner) -> None:
    """Put the value under the name of its field; of an amount such as `1200` or `1200 EUR` its currency too."""
    field = plan.field
    if not field.is_money:
        values[field.name] = _READERS[field.kind](plan, text, manner)
        return
    found = _AMOUNT.fullmatch(normal("NFKC", text).strip())
    before, number, after = found.groups() if found else (None, text, None)
    if not number.strip():
        raise NoValue(f"{shown(text)} is no number")
    if before and after:
        raise NoValue(f"{shown(text)} has two currencies")
    currency, amount = before or after or manner.currency, value_of(plan, number, manner)
    values[field.name] = amount
    if currency:
        values[field.currency] = currency.upper()


def _currency(_plan: FieldPlan, text: str, _manner: Manner) -> str:
    return text.strip().upper()


def _text(plan: FieldPlan, text: str, _manner: Manner) -> str:
    return text.replace("\\n", "\n") if plan.source.line_breaks else text


def _country(_plan: FieldPlan, text: str, _manner: Manner) -> str:
    return country_named(text) or text


def _names(plan: FieldPlan, text: str, _manner: Manner) -> list[str]:
    return plan.split(text)


def _decimal(plan: FieldPlan, text: str, manner: Manner) -> Decimal:
    plain = normal("NFKC", text).strip().removeprefix("¥").removeprefix("$").removeprefix("€").strip()
    if plan.field.kind is Kind.PERCENT:
        plain = plain.removesuffix("%").strip()
    if not _NUMBER[manner.decimal].fullmatch(plain) or not any(char.isdigit() for char in plain):
        raise NoValue(f"{shown(text)} is no number (the decimal separator is “{manner.decimal}”)")
    other = "," if manner.decimal == "." else r".\s"
    value = Decimal(re.sub(f"[{other}]", "", plain).replace(",", "."))
    try:
        if plan.source.times is not None:
            value *= plan.source.times
        if plan.source.round is not None:
            value = value.quantize(Decimal(1).scaleb(-plan.source.round), ROUND_HALF_UP)
    except ArithmeticError:
        raise NoValue(f"{shown(text)} is out of range") from None
    return value


def _integer(plan: FieldPlan, text: str, manner: Manner) -> int:
    value = _decimal(plan, text, manner)
    if not -(2**31) <= value < 2**31:  # before it is looked up: Postgres would refuse the whole statement
        raise NoValue(f"{shown(text)} is out of range")
    if value != value.to_integral_value():
        raise NoValue(f"{shown(text)} is no whole number")
    return int(value)


def _date(plan: FieldPlan, text: str, _manner: Manner) -> date:
    wanted = plan.source.date_format
    try:
        if wanted is not None:
            return date(*time.strptime(text, wanted)[:3])
        found = _DAY.fullmatch(normal("NFKC", text))
        if found is not None:
            return date(int(found[1]), int(found[2]), int(found[3]))
    except (ValueError, OverflowError):
        pass
    raise NoValue(f"{shown(text)} is no date of the form {wanted or 'YYYY-MM-DD'}")


def _moment(_plan: FieldPlan, text: str, manner: Manner) -> datetime:
    try:
        value = datetime.fromisoformat(text)
        aware = value if value.tzinfo else value.replace(tzinfo=ZoneInfo(manner.zone))
        return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        raise NoValue(f"{shown(text)} is no moment such as 2026-11-21 08:00 or 2026-11-21T08:00:00+08:00") from None


def _boolean(_plan: FieldPlan, text: str, _manner: Manner) -> bool:
    word = fold(text)
    if word in _YES or word in _NO:
        return word in _YES
    raise NoValue(f"{shown(text)} is neither yes nor no")


def _choice(plan: FieldPlan, text: str, _manner: Manner) -> Any:
    choices = plan.field.choices
    found = None if choices is None else _named(choices).get(fold(text))
    if found is None:
        raise NoValue(f"{shown(text)} is none of {', '.join(choice.name for choice in choices or ())}")
    return found


@cache
def _named(choices: type[Choices]) -> dict[str, Choices]:
    """The choices by their folded labels, names and values; where two are called alike, the name counts."""
    labels = {fold(word): each for each in choices for word in (each.label.en, each.label.zh)}
    return labels | {fold(word): choice for choice in choices for word in (choice.name, choice.value)}


_READERS: dict[Kind, Callable[[FieldPlan, str, Manner], Any]] = {
    Kind.TEXT: _text,
    Kind.LONG_TEXT: _text,
    Kind.EMAIL: _text,
    Kind.PHONE: _text,
    Kind.REFERENCE: _text,
    Kind.REFERENCES: _names,
    Kind.DICTIONARY: _text,
    Kind.COUNTRY: _country,
    Kind.INTEGER: _integer,
    Kind.QUANTITY: _decimal,
    Kind.PERCENT: _decimal,
    Kind.RATE: _decimal,
    Kind.CURRENCY: _currency,
    Kind.MONEY: _decimal,
    Kind.UNIT_PRICE: _decimal,
    Kind.DATE: _date,
    Kind.MOMENT: _moment,
    Kind.BOOLEAN: _boolean,
    Kind.CHOICE: _choice,
}
