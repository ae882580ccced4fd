"""Filters of files: conditions on what is known of each, in the form that filters of records have."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import FromClause

from saas.engine.access.rows import Condition
from saas.engine.asker import Asker
from saas.engine.later import Later, at, pinned, whole
from saas.engine.read.dates import is_relative, relative
from saas.engine.read.filters import MAX_CONDITIONS, MAX_OPERANDS, as_ids, refuse_null
from saas.engine.read.operators import OPERATORS, folded
from saas.kit.errors import BadInput

# The column behind each field of the filter. None of them is ever NULL, so a filter is true or false.
COLUMNS = {
    "id": "id",
    "name": "name_folded",
    "type": "type",
    "state": "state",
    "size": "size",
    "createdAt": "created_at",
    "createdById": "created_by",
}
_FOLDED = ("name", "type")
_IDS = ("id", "createdById")


def file_condition(scope: Asker, file: FromClause, given: Mapping[str, Any]) -> Condition:
    """The condition of a filter on files; BadInput names the place."""
    builder = _Builder(scope, file)
    built = builder.build(("filter",), given)
    builder.check_lists()
    return built


class _Builder:
    def __init__(self, scope: Asker, file: FromClause) -> None:
        self.scope, self.file = scope, file
        self.left = MAX_CONDITIONS
        self.lists: list[Any] = []

    def build(self, path: tuple[str, ...], given: Mapping[str, Any]) -> Condition:
        return sa.and_(sa.true(), *(self._part((*path, name), name, operand) for name, operand in given.items()))

    def check_lists(self) -> None:
        """Refuse more values in all lists together than one statement takes."""
        lists = [each for each in self.lists if isinstance(each, list | Later)]
        held = self.scope.told(lambda asker: sum(_length(at(each, asker)) for each in lists)) if lists else 0
        if pinned(held, lambda held: held > MAX_OPERANDS):
            raise BadInput(f"The lists of the filter hold more than {MAX_OPERANDS:,} values.", path=("filter",))

    def _part(self, path: tuple[str, ...], name: str, operand: Any) -> Condition:
        self.left -= 1
        if self.left < 0:
            raise BadInput(f"The filter has more than {MAX_CONDITIONS} conditions.", path=path)
        refuse_null(operand, path, remedy="Leave it out.")
        if name == "not":
            return sa.not_(self.build(path, operand))
        if name in ("and", "or"):
            parts = [self.build((*path, str(i)), each) for i, each in enumerate(operand)]
            return sa.and_(sa.true(), *parts) if name == "and" else sa.or_(sa.false(), *parts)
        operators = as_ids(operand) if name in _IDS else operand
        return sa.and_(sa.true(), *(self._operator((*path, op), name, op, told) for op, told in operators.items()))

    def _operator(self, path: tuple[str, ...], name: str, operator: str, told: Any) -> Condition:
        operand = whole(told)
        refuse_null(operand, path)
        self.lists.append(operand)
        value = self.file.c[COLUMNS[name]]
        if operand == []:
            return sa.true() if operator == "notIn" else sa.false()
        if operator == "isNull":
            return sa.not_(sa.true()) if pinned(operand) else sa.true()
        if is_relative(operator, operand):
            return relative(self.scope, value, operator, operand, path)
        return OPERATORS[operator](value, folded(operator, operand) if name in _FOLDED else operand)


def _length(operand: Any) -> int:
    return len(operand) if isinstance(operand, list) else 0
