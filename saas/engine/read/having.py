"""Which groups of records count, and in what order: by their keys, their number of records and their aggregates."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause

from saas.engine.access.rows import Condition
from saas.engine.dictionary import rank_of
from saas.engine.read.figures import FUNCTIONS, Measure
from saas.engine.read.filters import MAX_CONDITIONS
from saas.engine.read.group_keys import Key, followed, key_column
from saas.engine.read.operators import OPERATORS
from saas.engine.read.order import MAX_TERMS, Direction, Term
from saas.engine.read.value import field_by_api
from saas.engine.registry import ObjectType
from saas.kit.errors import BadInput
from saas.kit.text import camel

Given = Mapping[str, Any]
_JOINTS = ("and", "or", "not")


def measures_of_having(one: ObjectType, given: Given) -> Iterator[Measure]:
    """The figures that the conditions speak of."""
    for name, operand in given.items():
        if name in _JOINTS and operand is not None:
            for each in [operand] if name == "not" else operand:
                yield from measures_of_having(one, each)
        elif name not in _JOINTS and name != "count":
            yield from (_measure(one, name, function) for function in operand or {})


def measures_of_order(one: ObjectType, given: Sequence[Given]) -> Iterator[Measure]:
    """The figures that the order speaks of."""
    for term in given:
        ((name, what),) = term.items()
        if name not in ("count", "keys"):
            yield from (_measure(one, name, function) for function in what)


def _measure(one: ObjectType, api: str, function: str) -> Measure:
    field = field_by_api(one, api)
    return Measure(field, next(each for each in FUNCTIONS[field.kind] if camel(each) == function))


class Having:
    """The conditions on groups as SQL over their columns; BadInput for too many, or for null as an operand."""

    def __init__(self, one: ObjectType, groups: FromClause) -> None:
        self.one = one
        self.groups = groups
        self.left = MAX_CONDITIONS

    def condition(self, given: Given, path: tuple[str, ...] = ("having",)) -> Condition:
        return sa.and_(sa.true(), *(self._part(name, operand, (*path, name)) for name, operand in given.items()))

    def _part(self, name: str, operand: Any, path: tuple[str, ...]) -> Condition:
        _refuse_null(operand, path)
        if name == "not":
            return sa.not_(self.condition(operand, path))
        if name in _JOINTS:
            parts = [self.condition(each, (*path, str(i))) for i, each in enumerate(operand)]
            return sa.and_(sa.true(), *parts) if name == "and" else sa.or_(sa.false(), *parts)
        if name == "count":
            return self._operators(self.groups.c["count"], operand, path)
        parts = []
        for function, operators in operand.items():
            _refuse_null(operators, (*path, function))
            column = self.groups.c[_measure(self.one, name, function).label]
            parts.append(self._operators(column, operators, (*path, function)))
        return sa.and_(sa.true(), *parts)

    def _operators(self, value: ColumnElement[Any], given: Given, path: tuple[str, ...]) -> Condition:
        parts = []
        for name, operand in given.items():
            _refuse_null(operand, (*path, name))
            self.left -= 1
            if self.left < 0:
                raise BadInput(f"having has more than {MAX_CONDITIONS} conditions.", path=path)
            parts.append(OPERATORS[name](value, operand))
        return sa.and_(sa.true(), *parts)


def _refuse_null(operand: Any, path: tuple[str, ...]) -> None:
    if operand is None:
        raise BadInput(f"{'.'.join(path)}: null is no operand.", remedy="Use isNull, or leave it out.", path=path)


def followed_keys(one: ObjectType, keys: Sequence[Key], given: Sequence[Given]) -> list[Key]:
    """What the order names besides the keys; BadInput for what the keys do not determine."""
    found: list[Key] = []
    for term in given:
        ((name, what),) = term.items()
        if name != "keys":
            continue
        api, _ = _way(what)
        if any(key.api == api for key in (*keys, *found)):
            continue
        key = followed(one, keys, what)
        if key is None:
            raise BadInput(
                f"The groups are not by {'.'.join(api)}, so it cannot order them.",
                remedy="Name it, or the id of its record, in `by`, or order by an aggregate of it.",
                path=("orderBy", "keys", *api),
            )
        found.append(key)
    return found


def group_terms(
    one: ObjectType, groups: FromClause, keys: Sequence[Key], followed_: Sequence[Key], given: Sequence[Given]
) -> list[Term]:
    """The terms of an order of groups, the largest first where none is given; the keys always come last."""
    if len(given) > MAX_TERMS:
        raise BadInput(f"An order has at most {MAX_TERMS} terms.", path=("orderBy",))
    values = {key.api: _ordering(groups, i, key) for i, key in enumerate(keys)}
    values |= {key.api: _followed(groups, i) for i, key in enumerate(followed_)}
    found = [term for each in given or [{"count": Direction.DESC}] for term in _terms(one, groups, values, each)]
    ordered = {term.value for term in found}
    last = [(key, values[key.api]) for i, key in enumerate(keys) if groups.c[key_column(i)] not in ordered]
    return [*found, *(Term(key.name, value) for key, of_key in last for value in of_key)]


def _terms(
    one: ObjectType,
    groups: FromClause,
    values: Mapping[tuple[str, ...], Sequence[ColumnElement[Any]]],
    given: Given,
) -> list[Term]:
    ((name, what),) = given.items()
    if name == "count":
        return [_directed("count", groups.c["count"], what)]
    if name == "keys":
        api, direction = _way(what)
        return [_directed(f"keys.{'.'.join(api)}", value, direction) for value in values[api]]
    ((function, direction),) = what.items()
    measure = _measure(one, name, function)
    return [_directed(measure.label, groups.c[measure.label], direction)]


def _ordering(groups: FromClause, number: int, key: Key) -> list[ColumnElement[Any]]:
    """The values by which groups are ordered by a key: a name first by its sound, a choice by its rank, as in lists."""
    value, sound = groups.c[key_column(number)], groups.c.get(key_column(number, "sound"))
    if sound is not None:
        return [sound, value]
    if key.field is not None and key.field.dictionary is not None:
        return [rank_of(key.field.dictionary, value), value]
    return [value]


def _followed(groups: FromClause, number: int) -> list[ColumnElement[Any]]:
    prefix = f"{key_column(number, 'followed')}_"
    return [column for column in groups.c if column.name.startswith(prefix)]


def _way(what: Any) -> tuple[tuple[str, ...], Any]:
    """The path that a nested key of an order names, and the direction at its end."""
    if not isinstance(what, Mapping):
        return (), what
    ((name, inner),) = what.items()
    path, direction = _way(inner)
    return (name, *path), direction


def _directed(name: str, value: ColumnElement[Any], what: Any) -> Term:
    direction = Direction(what)
    return Term(
        f"{name} {direction}",
        value,
        descending=direction.startswith("DESC"),
        nulls_first=direction.endswith("NULLS_FIRST"),
    )
