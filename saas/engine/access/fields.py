"""Which fields of a record the viewer sees: a hidden value behaves as NULL wherever it could show."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause

from saas.engine.access.profile import Profile
from saas.engine.access.rows import Condition, department_of, owner_of
from saas.engine.access.tables import Access, Relation, superior_closure
from saas.engine.field import Field
from saas.engine.registry import ObjectType


def allowed(profile: Profile, one: ObjectType, field: Field, table: FromClause, least: Access) -> Condition | bool:
    """Whether the viewer has at least this access to the field: True or False for all records, else a condition."""

    def enough(relation: Relation) -> bool:
        return profile.group_access(one.name, field.group, relation) >= least

    answers = {enough(relation) for relation in Relation}
    if len(answers) == 1:
        return answers.pop()
    return _by_relation(profile, one, table, enough)


def visible(profile: Profile, one: ObjectType, field: Field, table: FromClause) -> ColumnElement[Any]:
    """The field's value as the viewer sees it: the plain column, NULL, or the column where the relation allows."""
    return seen(profile, one, field, table, table.c[field.name])


def seen(
    profile: Profile, one: ObjectType, field: Field, table: FromClause, value: ColumnElement[Any]
) -> ColumnElement[Any]:
    """`value`, which tells something of `field`, as the viewer may see it."""
    answer = allowed(profile, one, field, table, Access.READ)
    if answer is True:
        return value
    if answer is False:
        return sa.cast(sa.null(), value.type)
    return sa.case((answer, value), else_=sa.null())


def _by_relation(profile: Profile, one: ObjectType, table: FromClause, enough: Callable[[Relation], bool]) -> Condition:
    holds = _relations(profile, one, table)
    branches = [(condition, sa.literal(enough(relation))) for relation, condition in holds.items()]
    otherwise = sa.literal(enough(Relation.OTHERS))
    return sa.case(*branches, else_=otherwise) if branches else otherwise


def _relations(profile: Profile, one: ObjectType, table: FromClause) -> dict[Relation, Condition]:
    """The condition of each relation but OTHERS, in the order in which they count."""
    found: dict[Relation, Condition] = {}
    owner, department = owner_of(one, table), department_of(one, table)
    if owner is not None:
        found[Relation.OWNER] = owner == profile.principal_id
        below = sa.select(superior_closure.c.subordinate_id).where(
            superior_closure.c.superior_id == profile.principal_id
        )
        found[Relation.SUPERIOR] = owner.in_(below)
    if department is not None and profile.department_id is not None:
        found[Relation.SAME_DEPARTMENT] = department == profile.department_id
    return found
