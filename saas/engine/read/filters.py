"""Filters: the API's nested operators as one SQL condition, true of the records of which the filter is true.

Filters are three-valued: what is compared with a missing or hidden value is neither true nor false. The condition
makes no difference between false and unknown, and an index can answer it: see `access.filtering`. Therefore a `not` is
carried down to the leaves, and each part of a filter is built as it is wanted, to be true or to be false.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause

from saas.engine.access.filtering import where_missing, where_seen
from saas.engine.access.rows import Condition, reached, referable
from saas.engine.asker import Asker
from saas.engine.field import Field, Kind
from saas.engine.later import Later, at, pinned, then, whole
from saas.engine.links import link, stored_as
from saas.engine.read.dates import is_relative, relative
from saas.engine.read.operators import OPERATORS, folded
from saas.engine.read.trees import under
from saas.engine.read.value import compared, field_by_api, filterable, part_by_api, refers_to
from saas.engine.registry import Connection, ObjectType, lists_below
from saas.engine.rowsource import fresh
from saas.kit import ids
from saas.kit.errors import BadInput
from saas.kit.text import camel

MAX_CONDITIONS = 200
MAX_OPERANDS = 10_000  # in all lists together; Postgres takes 65,535 in a statement


def condition(scope: Asker, one: ObjectType, table: FromClause, given: Mapping[str, Any]) -> Condition:
    """The SQL condition of a filter on records of `one` in `table`; BadInput or Forbidden name the place."""
    builder = _Builder(scope)
    built = builder.build(_Place(one, table, ("filter",)), given)
    builder.check_lists()
    return built


def fields_that_are_seen(given: Mapping[str, Any]) -> set[str]:
    """The fields, by their names in the API, whose value the viewer sees on every record of which the filter is true.

    A hidden value fulfils no operator but `isNull: true`. A field of another kind than one single value may be named
    here too; an order by it means something else.
    """
    found: set[str] = set()
    for name, operand in given.items():
        if name == "and" and isinstance(operand, list):
            found |= {each for part in operand if part for each in fields_that_are_seen(part)}
        elif isinstance(operand, Mapping) and any(
            value != [] and not (operator == "isNull" and value is True) for operator, value in operand.items()
        ):
            found.add(name)
    return found


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in a filter one is: of what it speaks, the way there, and of which records it is to tell.

    wanted  those of which it is true; False: those of which it is false
    """

    one: ObjectType
    table: FromClause
    path: tuple[str, ...]
    wanted: bool = True

    def at(self, *names: str) -> "_Place":
        return replace(self, path=(*self.path, *names))

    def negated(self) -> "_Place":
        return replace(self, wanted=not self.wanted)

    def all_of(self, parts: Sequence[Condition]) -> Condition:
        """Of parts built as this is wanted: they are true together, one of them is enough to be false."""
        return sa.and_(sa.true(), *parts) if self.wanted else sa.or_(sa.false(), *parts)

    def certain(self, told: Condition) -> Condition:
        """What is either true or false, never unknown."""
        return told if self.wanted else sa.not_(told)


class _Builder:
    def __init__(self, scope: Asker) -> None:
        self.scope = scope
        self.left = MAX_CONDITIONS
        self.lists: list[Any] = []

    def build(self, here: _Place, given: Mapping[str, Any]) -> Condition:
        return here.all_of([self._part(here.at(name), name, operand) for name, operand in given.items()])

    def _part(self, here: _Place, name: str, operand: Any) -> Condition:
        self._count(here, operand)
        one, table = here.one, here.table
        if name == "and":
            return here.all_of([self.build(here.at(str(i)), each) for i, each in enumerate(operand)])
        if name == "or":
            parts = [self.build(here.at(str(i)), each) for i, each in enumerate(operand)]
            return here.negated().all_of(parts)
        if name == "not":
            return self.build(here.negated(), operand)
        if name == "id":
            return self._operators(here, sees=True, value=table.c.id, given=as_ids(operand))
        if name == "isMe":
            return here.certain((table.c.id == self.scope.profile.me).is_(operand))
        if name == "isNull":
            raise BadInput(
                f"{'.'.join(here.path)} belongs on a reference: a record itself is always there.", path=here.path
            )
        if name == "under":
            below = under(self.scope, one, table, then(operand, ids.parse_id))
            return below if here.wanted else below.is_not(sa.true())
        for connection in lists_below(one):
            if connection.api == name:
                return self._list(here, connection, operand)
        for field in one.links.values():
            if camel(field.api) == name:
                return self._linked(here, field, operand)
        return self._field(here, field_by_api(one, name), operand)

    def check_lists(self) -> None:
        """Refuse more values in all lists together than one statement takes."""
        lists = [each for each in self.lists if isinstance(each, list | Later)]
        held = self.scope.told(lambda asker: sum(_length(at(each, asker)) for each in lists)) if lists else 0
        if pinned(held, lambda held: held > MAX_OPERANDS):
            raise BadInput(f"The lists of the filter hold more than {MAX_OPERANDS:,} values.", path=("filter",))

    def _count(self, here: _Place, operand: Any) -> None:
        """Refuse one condition too many, and null as an operand."""
        self.left -= 1
        if self.left < 0:
            raise BadInput(f"The filter has more than {MAX_CONDITIONS} conditions.", path=here.path)
        refuse_null(operand, here.path, remedy="Use isNull, or leave it out.")

    def _list(self, here: _Place, via: Connection, operand: Mapping[str, Any]) -> Condition:
        """Of the records in sight that are seen to refer to this one: some, none, or every one is like that."""

        def belongs(below: FromClause) -> Condition:
            refers = refers_to(self.scope, via.object, via.field, below, here.table.c.id)
            return sa.and_(refers, reached(self.scope.profile, via.object, "read", below))

        return self._quantified(here, via.object, belongs, operand)

    def _linked(self, here: _Place, field: Field, operand: Mapping[str, Any]) -> Condition:
        """Likewise of the records in sight that this one is seen to refer to by a field with many references."""
        one, table = here.one, here.table
        target = one.target_of(field)
        sees = filterable(self.scope, one, field, table)

        def belongs(below: FromClause) -> Condition:
            pair = (link.c.record_id == table.c.id, link.c.target_id == below.c.id)
            # SQLAlchemy itself looks one level up only.
            linked = sa.exists().where(link.c.field == stored_as(one, field), *pair).correlate_except(link)
            return sa.and_(where_seen(sees, linked), referable(self.scope.profile, target, below))

        return self._quantified(here, target, belongs, operand)

    def _quantified(
        self, here: _Place, of: ObjectType, belongs: Callable[[FromClause], Condition], operand: Mapping[str, Any]
    ) -> Condition:
        parts: list[Condition] = []
        for quantifier, given in operand.items():
            refuse_null(given, (*here.path, quantifier))
            below = fresh(of.table)
            like_that = self.build(_Place(of, below, (*here.path, quantifier)), given)
            found = sa.exists().where(
                belongs(below),
                below.c.deleted_at.is_(None),
                like_that.is_not(sa.true()) if quantifier == "every" else like_that,
            )
            parts.append(here.certain(found if quantifier == "some" else ~found))
        return here.all_of(parts)

    def _field(self, here: _Place, field: Field, operand: Mapping[str, Any]) -> Condition:
        if field.parts:
            return self._parts(here, field, operand)
        sees = filterable(self.scope, here.one, field, here.table)
        if field.kind is Kind.REFERENCE:
            return self._reference(here, field, sees, operand)
        value = compared(field, here.table)
        return self._operators(here, sees, value, operand, as_kept=folded if field.folded else None)

    def _parts(self, here: _Place, whole: Field, operand: Mapping[str, Any]) -> Condition:
        """Of a field that is made of others: each as it is asked for, and whether there is none of them."""
        parts: list[Condition] = []
        for name, given in operand.items():
            place = here.at(name)
            self._count(place, given)
            if name == "isNull":
                sees = filterable(self.scope, here.one, whole, here.table)
                empty = sa.and_(*(here.table.c[each].is_(None) for each in whole.parts))
                parts.append(where_missing(sees, empty) if given is here.wanted else where_seen(sees, sa.not_(empty)))
            else:
                parts.append(self._field(place, part_by_api(here.one, whole, name), given))
        return here.all_of(parts)

    def _reference(self, here: _Place, field: Field, sees: Condition | bool, operand: Mapping[str, Any]) -> Condition:
        """Of the record in sight that the reference leads to; where there is none, only `isNull` is not unknown."""
        target = here.one.target_of(field)
        behind = fresh(target.table)
        leads = (
            behind.c.id == here.table.c[field.name],
            behind.c.deleted_at.is_(None),
            referable(self.scope.profile, target, behind),
        )
        parts: list[Condition] = []
        if "isNull" in operand:
            is_null = operand["isNull"]
            refuse_null(is_null, (*here.path, "isNull"))
            there = sa.exists().where(*leads)
            parts.append(where_missing(sees, ~there) if is_null is here.wanted else where_seen(sees, there))
        rest = {name: each for name, each in operand.items() if name != "isNull"}
        if rest:
            inner = self.build(replace(here, one=target, table=behind), rest)
            parts.append(where_seen(sees, sa.exists().where(*leads, inner)))
        return here.all_of(parts)

    def _operators(
        self,
        here: _Place,
        sees: Condition | bool,
        value: ColumnElement[Any],
        given: Mapping[str, Any],
        as_kept: Callable[[str, Any], Any] | None = None,
    ) -> Condition:
        parts: list[Condition] = []
        for name, told in given.items():
            place, operand = here.at(name), whole(told)
            refuse_null(operand, place.path, remedy="Use isNull.")
            self.lists.append(operand)
            parts.append(self._operator(place, sees, value, name, as_kept(name, operand) if as_kept else operand))
        return here.all_of(parts)

    def _operator(
        self, here: _Place, sees: Condition | bool, value: ColumnElement[Any], name: str, operand: Any
    ) -> Condition:
        if operand == []:
            return here.certain(sa.true() if name == "notIn" else sa.false())  # nothing is compared, not even NULL
        if name == "isNull":
            if operand is here.wanted:
                return where_missing(sees, value.is_(None))
            return where_seen(sees, value.is_not(None))
        if is_relative(name, operand):
            told = relative(self.scope, value, name, operand, here.path)
        else:
            told = OPERATORS[name](value, operand)
        return where_seen(sees, told if here.wanted else sa.not_(told))


def refuse_null(operand: Any, path: tuple[str, ...], remedy: str = "") -> None:
    """Refuse null as an operand, and in a list of operands."""
    if operand is None or (isinstance(operand, list) and None in operand):
        raise BadInput(f"{'.'.join(path)}: null is no operand.", remedy=remedy, path=path)


def _length(operand: Any) -> int:
    return len(operand) if isinstance(operand, list) else 0


def as_ids(given: Mapping[str, Any]) -> dict[str, Any]:
    """The operands of `id` as UUIDs; BadInput for what is none."""
    return {name: then(whole(operand), _as_id) for name, operand in given.items()}


def _as_id(operand: Any) -> Any:
    if isinstance(operand, list):
        return [each if each is None else ids.parse_id(each) for each in operand]
    return ids.parse_id(operand) if isinstance(operand, str) else operand
