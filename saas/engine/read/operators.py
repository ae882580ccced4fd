"""The operators of filters as SQL. None but `isNull` holds for NULL, nor does its negation."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from saas.engine.access.rows import Condition
from saas.kit.text import fold

Operator = Callable[[ColumnElement[Any], Any], Condition]
_PARTS = frozenset({"contains", "startsWith", "endsWith"})


def _like(pattern: str) -> Operator:
    def compare(value: ColumnElement[Any], operand: str) -> Condition:
        escaped = operand.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return value.like(pattern.format(escaped), escape="\\")

    return compare


OPERATORS: dict[str, Operator] = {
    "eq": lambda value, operand: value == operand,
    "ne": lambda value, operand: value != operand,
    "in": lambda value, operands: value.in_(operands),
    "notIn": lambda value, operands: value.not_in(operands),
    "lt": lambda value, operand: value < operand,
    "lte": lambda value, operand: value <= operand,
    "gt": lambda value, operand: value > operand,
    "gte": lambda value, operand: value >= operand,
    # Not BETWEEN: its grammar has no room for the COLLATE that comes with a text.
    "between": lambda value, ends: sa.and_(value >= ends["from"], value <= ends["to"]),
    "contains": _like("%{}%"),
    "startsWith": _like("{}%"),
    "endsWith": _like("%{}"),
    "isNull": lambda value, operand: value.is_(None) if operand else value.is_not(None),
}


def folded(operator: str, operand: Any) -> Any:
    """A text operand as texts are kept; of a part of a text a space at either end counts."""
    if isinstance(operand, str):
        return fold(f"|{operand}|")[1:-1] if operator in _PARTS else fold(operand)
    if isinstance(operand, list):
        return [fold(each) for each in operand]
    if isinstance(operand, dict):
        return {name: fold(each) for name, each in operand.items()}
    return operand
