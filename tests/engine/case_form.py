"""What a filter means, written down literally: the oracle for the condition that the engine builds.

A value that is hidden on some records is `CASE WHEN seen THEN column END`, a record behind a reference a scalar
subquery, and NOT is SQL's own, in three-valued logic. No index answers this; it is only right.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause

from saas.engine.access.fields import readable, seen
from saas.engine.access.rows import reached, referable
from saas.engine.field import Field, Kind
from saas.engine.links import link, stored_as
from saas.engine.read.dates import is_relative, relative
from saas.engine.read.operators import OPERATORS, folded
from saas.engine.read.value import refuse_hidden
from saas.engine.registry import ObjectType, lists_below
from saas.engine.scope import Scope
from saas.kit.text import camel

Condition = ColumnElement[bool]
Given = Mapping[str, Any]


def case_form(scope: Scope, one: ObjectType, table: FromClause, given: Given) -> Condition:
    """The filter, true, false or NULL of each record."""
    return sa.and_(sa.true(), *(_part(scope, one, table, name, operand) for name, operand in given.items()))


def _part(scope: Scope, one: ObjectType, table: FromClause, name: str, operand: Any) -> Condition:
    if name == "and":
        return sa.and_(sa.true(), *(case_form(scope, one, table, each) for each in operand))
    if name == "or":
        return sa.or_(sa.false(), *(case_form(scope, one, table, each) for each in operand))
    if name == "not":
        return sa.not_(case_form(scope, one, table, operand))
    if name == "isMe":
        return (table.c.id == scope.actor_id).is_(operand)
    if name == "id":
        return _compared(scope, table.c.id, operand)
    for via in lists_below(one):
        if via.api == name:
            return _list(scope, via.object, via.field, table, operand)
    field = next(each for each in one.all_fields.values() if camel(each.api) == name)
    refuse_hidden(scope, one, field, table)
    if field.kind is Kind.REFERENCES:
        return _links(scope, one, field, table, operand)
    if field.kind is Kind.REFERENCE:
        return _reference(scope, one, field, table, operand)
    value = seen(scope.profile, one, field, table, table.c[field.compared])
    if field.folded:
        operand = {operator: folded(operator, each) for operator, each in operand.items()}
    return _compared(scope, value, operand)


def _compared(scope: Scope, value: ColumnElement[Any], given: Given) -> Condition:
    return sa.and_(
        sa.true(),
        *(
            relative(scope, value, name, each, ()) if is_relative(name, each) else OPERATORS[name](value, each)
            for name, each in given.items()
        ),
    )


def _reference(scope: Scope, one: ObjectType, field: Field, table: FromClause, given: Given) -> Condition:
    target = one.target_of(field)
    behind = target.table.alias()
    shown = seen(scope.profile, one, field, table, table.c[field.name])

    def of_the_one_behind(value: ColumnElement[Any]) -> ColumnElement[Any]:
        leads = (behind.c.id == shown, behind.c.deleted_at.is_(None), referable(scope.profile, target, behind))
        return sa.select(value).select_from(behind).where(*leads).correlate_except(behind).scalar_subquery()

    parts: list[Condition] = []
    rest = {name: each for name, each in given.items() if name != "isNull"}
    if "isNull" in given:
        there = of_the_one_behind(behind.c.id)
        parts.append(there.is_(None) if given["isNull"] else there.is_not(None))
    if rest:
        parts.append(of_the_one_behind(case_form(scope, target, behind, rest)))
    return sa.and_(sa.true(), *parts)


def _list(scope: Scope, other: ObjectType, field: Field, table: FromClause, given: Given) -> Condition:
    """Some, none or every one of the records in sight that are seen to refer to this one."""
    refuse_hidden(scope, other, field, other.table)
    parts: list[Condition] = []
    for quantifier, inner in given.items():
        below = other.table.alias()
        leads = seen(scope.profile, other, field, below, below.c[field.name]) == table.c.id
        in_sight = reached(scope.profile, other, "read", below)
        parts.append(_quantified(scope, other, below, quantifier, inner, sa.and_(leads, in_sight)))
    return sa.and_(sa.true(), *parts)


def _links(scope: Scope, one: ObjectType, field: Field, table: FromClause, given: Given) -> Condition:
    target = one.target_of(field)
    parts: list[Condition] = []
    for quantifier, inner in given.items():
        below = target.table.alias()
        ids = sa.select(link.c.target_id).where(link.c.field == stored_as(one, field), link.c.record_id == table.c.id)
        belongs = sa.and_(below.c.id.in_(ids.correlate_except(link)), referable(scope.profile, target, below))
        parts.append(_quantified(scope, target, below, quantifier, inner, belongs))
    assert readable(scope.profile, one, field, table) is True, "no field with many references is in a group"
    return sa.and_(sa.true(), *parts)


def _quantified(
    scope: Scope, one: ObjectType, below: FromClause, quantifier: str, inner: Given, belongs: Condition
) -> Condition:
    like_that = case_form(scope, one, below, inner)
    if quantifier == "every":
        like_that = like_that.is_not(sa.true())
    found = sa.exists().where(belongs, below.c.deleted_at.is_(None), like_that)
    return found if quantifier == "some" else ~found
