"""The scalars of the API: each with its specification, exact in both directions."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, NewType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from graphql import GraphQLError, GraphQLScalarType, IntValueNode, StringValueNode, ValueNode
from graphql.language import print_ast
from strawberry.types.scalar import ScalarDefinition

from saas.engine.access.specials import to_json
from saas.engine.address import formatted

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?\d{1,30}(\.\d{1,20})?", re.ASCII)


def _refused(value: Any, what: str) -> GraphQLError:
    return GraphQLError(f"{str(value)[:60]!r} is no {what}.")


def parse_decimal(value: Any) -> Decimal:
    """A decimal number written as a string or an integer; floats are refused, for they are not exact."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise GraphQLError(f"Decimal: write {value!r} as a string, since a float is not exact.")
    if isinstance(value, str) and not _DECIMAL.fullmatch(value):
        raise _refused(value, "decimal number")
    try:
        return Decimal(value)
    except InvalidOperation:
        raise _refused(value, "decimal number") from None


def serialize_decimal(value: Any) -> str:
    """Without exponent and without zeros behind: 12.5, 100, 0."""
    text = f"{Decimal(value):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def parse_moment(value: Any) -> datetime:
    if not isinstance(value, str) or not _DATE_TIME.fullmatch(value):
        raise _refused(value, "RFC 3339 date-time with an offset, such as 2026-11-21T08:00:00+08:00")
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _refused(value, "date-time") from None


def serialize_moment(value: datetime) -> str:
    """In UTC, with no more decimals of a second than it has."""
    text = value.astimezone(UTC).isoformat().removesuffix("+00:00")
    return f"{text.rstrip('0') if '.' in text else text}Z"


def parse_date(value: Any) -> date:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise _refused(value, "date, such as 2026-11-21")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise _refused(value, "date") from None


def text_of(value: Any) -> str | None:
    """A value of any kind as the API writes it, but as text."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return serialize_decimal(value)
    if isinstance(value, datetime):
        return serialize_moment(value)
    if isinstance(value, list):
        return ", ".join(map(str, value)) or None
    if isinstance(value, dict):
        return formatted(value)
    return value.name if isinstance(value, Enum) else str(value)


def parse_currency(value: Any) -> str:
    if not isinstance(value, str) or not _CURRENCY.fullmatch(value):
        raise _refused(value, "currency, such as CNY")
    return value


def parse_time_zone(value: Any) -> str:
    try:
        return ZoneInfo(value).key
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise _refused(value, "time zone, such as Asia/Shanghai") from None


def _scalar(
    name: str, description: str, url: str, serialize: Any, parse: Any, *, integers: bool = False
) -> GraphQLScalarType:
    def parse_literal(node: ValueNode, _variables: Any = None) -> Any:
        if isinstance(node, StringValueNode):
            return parse(node.value)
        if integers and isinstance(node, IntValueNode):
            return parse(int(node.value))
        raise GraphQLError(f"{name} cannot be written as {print_ast(node)[:60]}.", nodes=[node])

    return GraphQLScalarType(
        name,
        description=description,
        specified_by_url=url,
        serialize=serialize,
        parse_value=parse,
        parse_literal=parse_literal,
    )


DECIMAL = _scalar(
    "Decimal",
    "An exact decimal number: a string out, a string or an integer in.",
    "https://en.wikipedia.org/wiki/Decimal_data_type",
    serialize_decimal,
    parse_decimal,
    integers=True,
)
DATE_TIME = _scalar(
    "DateTime",
    "A moment, RFC 3339: with any offset in, in UTC (`Z`) out.",
    "https://www.rfc-editor.org/rfc/rfc3339",
    serialize_moment,
    parse_moment,
)
DATE = _scalar(
    "Date",
    "A calendar date without time, `YYYY-MM-DD`.",
    "https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
    date.isoformat,
    parse_date,
)

CURRENCY = _scalar(
    "Currency",
    "A currency by the three capital letters of ISO 4217, such as CNY.",
    "https://www.iso.org/iso-4217-currency-codes.html",
    str,
    parse_currency,
)
TIME_ZONE = _scalar(
    "TimeZone",
    "A time zone by its IANA name, such as Asia/Shanghai.",
    "https://www.rfc-editor.org/rfc/rfc6557",
    str,
    parse_time_zone,
)


def parse_special(value: Any) -> Any:
    """As it is written; which of these forms is right, the special permission says."""
    if isinstance(value, bool | int) or (isinstance(value, list) and all(isinstance(each, str) for each in value)):
        return value
    raise _refused(value, "truth value, whole number or list of ids")


SPECIAL_VALUE = GraphQLScalarType(
    "SpecialValue",
    description="What is permitted specially: a truth value, a whole number, or a list of ids.",
    specified_by_url="https://www.rfc-editor.org/rfc/rfc8259",
    serialize=to_json,
    parse_value=parse_special,
)
CurrencyCode = NewType("CurrencyCode", str)
ZoneName = NewType("ZoneName", str)
SpecialValue = NewType("SpecialValue", object)

STRAWBERRY_SCALARS: dict[object, ScalarDefinition] = {
    python: ScalarDefinition(
        name=scalar.name,
        description=scalar.description,
        specified_by_url=scalar.specified_by_url,
        serialize=None,
        parse_value=None,
        parse_literal=None,
        implementation=scalar,
        origin=python,
    )
    for python, scalar in (
        (Decimal, DECIMAL),
        (datetime, DATE_TIME),
        (date, DATE),
        (CurrencyCode, CURRENCY),
        (ZoneName, TIME_ZONE),
        (SpecialValue, SPECIAL_VALUE),
    )
}
