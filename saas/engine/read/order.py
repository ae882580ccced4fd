"""Orders and the keyset: where a page begins is told by the values of the last record, never by an offset."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause

from saas.engine.access.rows import Condition
from saas.engine.asker import Asker
from saas.engine.field import Kind
from saas.engine.later import bound, pinned
from saas.engine.read.value import behind, field_by_api, ordering, part_by_api
from saas.engine.registry import ObjectType
from saas.engine.rowsource import fresh
from saas.kit.errors import BadInput

MAX_TERMS = 5


class Direction(StrEnum):
    """Ascending or descending; missing values come last unless the direction says otherwise."""

    ASC = "ASC"
    DESC = "DESC"
    ASC_NULLS_FIRST = "ASC_NULLS_FIRST"
    DESC_NULLS_FIRST = "DESC_NULLS_FIRST"


@dataclass(frozen=True, slots=True)
class Term:
    """One key of an order: the value, its direction, where NULL goes, and its name for the cursor's signature."""

    name: str
    value: ColumnElement[Any]
    descending: bool = False
    nulls_first: bool = False

    def reversed(self) -> "Term":
        return Term(self.name, self.value, not self.descending, not self.nulls_first)

    @property
    def clause(self) -> ColumnElement[Any]:
        return self.clause_of(self.value)

    def clause_of(self, value: ColumnElement[Any]) -> ColumnElement[Any]:
        """The same order by another column that holds the value."""
        clause = value.desc() if self.descending else value.asc()
        return clause.nulls_first() if self.nulls_first else clause.nulls_last()

    def after(self, key: Any) -> Condition:
        """What comes after `key` in this order."""
        if pinned(key, _is_none):
            return self.value.is_not(None) if self.nulls_first else sa.false()
        # Written out, as SQLAlchemy compares truth values by = and IS only.
        beyond = self.value.op("<" if self.descending else ">", is_comparison=True)(bound(key, self.value.type))
        return beyond if self.nulls_first else sa.or_(beyond, self.value.is_(None))

    def same(self, key: Any) -> Condition:
        return self.value.is_(None) if pinned(key, _is_none) else self.value == bound(key, self.value.type)


def _is_none(key: Any) -> bool:
    return key is None


def terms(
    scope: Asker,
    one: ObjectType,
    table: FromClause,
    given: Sequence[Mapping[str, Any]] | None,
    certain: Collection[str] = (),
) -> list[Term]:
    """The terms of an order, the object's own where none is given; the id always comes last.

    Of `certain` fields, by their names in the API, the viewer sees every value in the list: these stand as they are.
    """
    if given and len(given) > MAX_TERMS:
        raise BadInput(f"An order has at most {MAX_TERMS} terms.", path=("orderBy",))
    found = (
        [term for each in given for term in _given(scope, one, table, each, certain)]
        if given
        else _default(scope, one, table)
    )
    return [*found, Term("id", table.c.id)]


def _default(scope: Asker, one: ObjectType, table: FromClause) -> list[Term]:
    found: list[Term] = []
    for name in one.record.facts.order:
        field = one.fields[name.lstrip("-")]
        values = ordering(scope, one, field, table)
        found += [Term(name, value, descending=name.startswith("-")) for value in values]
    return found


def _given(
    scope: Asker, one: ObjectType, table: FromClause, term: Mapping[str, Any], certain: Collection[str] = ()
) -> list[Term]:
    ((api, what),) = term.items()
    if api == "id":
        values: list[ColumnElement[Any]] = [table.c.id]
    else:
        field = field_by_api(one, api)
        if field.kind is Kind.REFERENCE:
            target = one.target_of(field)
            target_table = fresh(target.table)
            return [
                replace(
                    inner, name=f"{api}.{inner.name}", value=behind(scope, one, field, table, target_table, inner.value)
                )
                for inner in _given(scope, target, target_table, what)
            ]
        if field.parts:
            ((part, what),) = what.items()
            api, field = f"{api}.{part}", part_by_api(one, field, part)
        values = ordering(scope, one, field, table, is_seen=api in certain)
    direction = Direction(what)
    return [
        Term(
            f"{api} {direction}",
            value,
            descending=direction.startswith("DESC"),
            nulls_first=direction.endswith("NULLS_FIRST"),
        )
        for value in values
    ]


def beyond(order: Sequence[Term], keys: Sequence[Any]) -> Condition:
    """The records after the one with these keys."""
    branches = []
    for i, term in enumerate(order):
        same = [earlier.same(key) for earlier, key in zip(order[:i], keys[:i], strict=True)]
        branches.append(sa.and_(*same, term.after(keys[i])))
    return sa.or_(*branches)
