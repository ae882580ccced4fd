"""Filters: the API's nested operators as one SQL condition in three-valued logic."""

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause

from saas.engine.access.rows import Condition, reached, referable
from saas.engine.field import Field, Kind
from saas.engine.links import link, stored_as
from saas.engine.read.dates import is_relative, relative
from saas.engine.read.trees import under
from saas.engine.read.value import behind, comparable, field_by_api, refers_to, shows_to
from saas.engine.registry import Connection, ObjectType, lists_below
from saas.engine.scope import Scope
from saas.kit import ids
from saas.kit.errors import BadInput
from saas.kit.text import camel, fold

PARTS = frozenset({"contains", "startsWith", "endsWith"})
MAX_CONDITIONS = 200
MAX_OPERANDS = 10_000  # in all lists together; Postgres takes 65,535 in a statement
Operator = Callable[[ColumnElement[Any], Any], Condition]


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


def condition(scope: Scope, one: ObjectType, table: FromClause, given: Mapping[str, Any]) -> Condition:
    """The SQL condition of a filter on records of `one` in `table`; BadInput or Forbidden name the place."""
    return _Builder(scope).build(one, table, given, ("filter",))


class _Builder:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.left = MAX_CONDITIONS
        self.operands = MAX_OPERANDS

    def build(self, one: ObjectType, table: FromClause, given: Mapping[str, Any], path: tuple[str, ...]) -> Condition:
        parts = [self._part(one, table, name, operand, (*path, name)) for name, operand in given.items()]
        return sa.and_(sa.true(), *parts)

    def _part(self, one: ObjectType, table: FromClause, name: str, operand: Any, path: tuple[str, ...]) -> Condition:
        self.left -= 1
        if self.left < 0:
            raise BadInput(f"The filter has more than {MAX_CONDITIONS} conditions.", path=path)
        if operand is None:
            raise BadInput(f"{'.'.join(path)}: null is no operand.", remedy="Use isNull, or leave it out.", path=path)
        if name in ("and", "or"):
            parts = [self.build(one, table, each, (*path, str(i))) for i, each in enumerate(operand)]
            return sa.and_(sa.true(), *parts) if name == "and" else sa.or_(sa.false(), *parts)
        if name == "not":
            return sa.not_(self.build(one, table, operand, path))
        if name == "id":
            return self._operators(table.c.id, _as_ids(operand), path)
        if name == "isMe":
            return (table.c.id == self.scope.actor_id).is_(operand)
        if name == "isNull":
            raise BadInput(f"{'.'.join(path)} belongs on a reference: a record itself is always there.", path=path)
        if name == "under":
            return under(self.scope, one, table, ids.parse_id(operand))
        for connection in lists_below(one):
            if connection.api == name:
                return self._list(table, connection, operand, path)
        for field in one.links.values():
            if camel(field.api) == name:
                return self._linked(one, table, field, operand, path)
        return self._field(one, table, field_by_api(one, name), operand, path)

    def _list(self, table: FromClause, via: Connection, operand: Mapping[str, Any], path: tuple[str, ...]) -> Condition:
        """Of the records in sight that are seen to refer to this one: some, none, or every one is like that."""

        def belongs(below: FromClause) -> Condition:
            refers = refers_to(self.scope, via.object, via.field, below, table.c.id)
            return sa.and_(refers, reached(self.scope.profile, via.object, "read", below))

        return self._quantified(via.object, belongs, operand, path)

    def _linked(
        self, one: ObjectType, table: FromClause, field: Field, operand: Mapping[str, Any], path: tuple[str, ...]
    ) -> Condition:
        """Likewise of the records in sight that this one is seen to refer to by a field with many references."""
        target = one.target_of(field)

        def belongs(below: FromClause) -> Condition:
            pair = (link.c.record_id == table.c.id, link.c.target_id == below.c.id)
            # SQLAlchemy itself looks one level up only.
            linked = sa.exists().where(link.c.field == stored_as(one, field), *pair).correlate_except(link)
            refers = shows_to(self.scope, one, field, table, linked)
            return sa.and_(refers, referable(self.scope.profile, target, below))

        return self._quantified(target, belongs, operand, path)

    def _quantified(
        self,
        of: ObjectType,
        belongs: Callable[[FromClause], Condition],
        operand: Mapping[str, Any],
        path: tuple[str, ...],
    ) -> Condition:
        parts: list[Condition] = []
        for quantifier, given in operand.items():
            if given is None:
                raise BadInput(f"{'.'.join((*path, quantifier))}: null is no operand.", path=(*path, quantifier))
            below = of.table.alias()
            like_that = self.build(of, below, given, (*path, quantifier))
            found = sa.exists().where(
                belongs(below),
                below.c.deleted_at.is_(None),
                like_that.is_not(sa.true()) if quantifier == "every" else like_that,
            )
            parts.append(found if quantifier == "some" else ~found)
        return sa.and_(sa.true(), *parts)

    def _field(
        self, one: ObjectType, table: FromClause, field: Field, operand: Mapping[str, Any], path: tuple[str, ...]
    ) -> Condition:
        if field.kind is not Kind.REFERENCE:
            value = comparable(self.scope, one, field, table)
            return self._operators(value, operand, path, folded=field.folded is not None)
        target = one.target_of(field)
        target_table = target.table.alias()
        rest = {name: each for name, each in operand.items() if name != "isNull"}
        parts: list[Condition] = []
        if "isNull" in operand:
            if operand["isNull"] is None:
                raise BadInput(f"{'.'.join(path)}.isNull: null is no operand.", path=path)
            there = behind(self.scope, one, field, table, target_table, target_table.c.id)
            parts.append(there.is_(None) if operand["isNull"] else there.is_not(None))
        if rest:
            inner = self.build(target, target_table, rest, path)
            parts.append(behind(self.scope, one, field, table, target_table, inner))
        return sa.and_(sa.true(), *parts)

    def _operators(
        self, value: ColumnElement[Any], given: Mapping[str, Any], path: tuple[str, ...], *, folded: bool = False
    ) -> Condition:
        parts: list[Condition] = []
        for name, operand in given.items():
            if operand is None or (isinstance(operand, list) and None in operand):
                raise BadInput(
                    f"{'.'.join((*path, name))}: null is no operand.", remedy="Use isNull.", path=(*path, name)
                )
            self.operands -= len(operand) if isinstance(operand, list) else 0
            if self.operands < 0:
                raise BadInput(f"The lists of the filter hold more than {MAX_OPERANDS:,} values.", path=(*path, name))
            if is_relative(name, operand):
                parts.append(relative(self.scope, value, name, operand, (*path, name)))
            else:
                parts.append(OPERATORS[name](value, _folded(operand, part=name in PARTS) if folded else operand))
        return sa.and_(sa.true(), *parts)


def _as_ids(given: Mapping[str, Any]) -> dict[str, Any]:
    """The operands of `id` as UUIDs; BadInput for what is none."""
    return {
        name: [each if each is None else ids.parse_id(each) for each in operand]
        if isinstance(operand, list)
        else ids.parse_id(operand)
        if isinstance(operand, str)
        else operand
        for name, operand in given.items()
    }


def _folded(operand: Any, *, part: bool) -> Any:
    """A text operand as texts are kept; of a `part` of a text a space at either end counts."""
    if isinstance(operand, str):
        return fold(f"|{operand}|")[1:-1] if part else fold(operand)
    if isinstance(operand, list):
        return [fold(each) for each in operand]
    if isinstance(operand, dict):
        return {name: fold(each) for name, each in operand.items()}
    return operand
