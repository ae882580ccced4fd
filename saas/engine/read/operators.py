"""The operators of filters as SQL. None but `isNull` holds for NULL, nor does its negation."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.dialects.postgresql import ARRAY

from saas.engine.access.rows import Condition
from saas.engine.later import Later, bound, then
from saas.kit.text import fold

Operator = Callable[[ColumnElement[Any], Any], Condition]
_PARTS = frozenset({"contains", "startsWith", "endsWith"})


def escaped(text: str) -> str:
    """A text as part of a pattern of LIKE, with the escape that we name."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _like(pattern: str) -> Operator:
    def compare(value: ColumnElement[Any], operand: Any) -> Condition:
        told = then(operand, lambda text: pattern.format(escaped(text)))
        return value.like(_told(value, told), escape="\\")

    return compare


def _told(value: ColumnElement[Any], operand: Any) -> Any:
    return bound(operand, value.type) if isinstance(operand, Later) else operand


def _among(value: ColumnElement[Any], operands: Any) -> Condition:
    if not isinstance(operands, Later):
        return value.in_(operands)
    return value == sa.any_(bound(operands, ARRAY(value.type)))


def _not_among(value: ColumnElement[Any], operands: Any) -> Condition:
    if not isinstance(operands, Later):
        return value.not_in(operands)
    return value != sa.all_(bound(operands, ARRAY(value.type)))


OPERATORS: dict[str, Operator] = {
    "eq": lambda value, operand: value == _told(value, operand),
    "ne": lambda value, operand: value != _told(value, operand),
    "in": _among,
    "notIn": _not_among,
    "lt": lambda value, operand: value < _told(value, operand),
    "lte": lambda value, operand: value <= _told(value, operand),
    "gt": lambda value, operand: value > _told(value, operand),
    "gte": lambda value, operand: value >= _told(value, operand),
    # Not BETWEEN: its grammar has no room for the COLLATE that comes with a text.
    "between": lambda value, ends: sa.and_(value >= _told(value, ends["from"]), value <= _told(value, ends["to"])),
    "contains": _like("%{}%"),
    "startsWith": _like("{}%"),
    "endsWith": _like("%{}"),
    "isNull": lambda value, operand: value.is_(None) if operand else value.is_not(None),
}


def folded(operator: str, operand: Any) -> Any:
    """A text operand as texts are kept; of a part of a text a space at either end counts."""
    if isinstance(operand, Later):
        return operand.then(lambda value: folded(operator, value))
    if isinstance(operand, str):
        return fold(f"|{operand}|")[1:-1] if operator in _PARTS else fold(operand)
    if isinstance(operand, list):
        return [fold(each) for each in operand]
    if isinstance(operand, dict):
        return {name: then(each, fold) for name, each in operand.items()}
    return operand
