"""Which records a right reaches, as one SQL condition built in this one place for every door."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause

from saas.engine.access.profile import Profile
from saas.engine.access.tables import RowScope, department_closure
from saas.engine.registry import ObjectType

Condition = ColumnElement[bool]


def reached(profile: Profile, one: ObjectType, operation: str, table: FromClause) -> Condition:
    """The records of `one` (read from `table`) that `operation` reaches for this profile; false() where none."""
    return within(profile, one, profile.scopes(one.name, operation), table)


def within(profile: Profile, one: ObjectType, scopes: frozenset[RowScope], table: FromClause) -> Condition:
    """The records of `one` (read from `table`) inside any of these scopes, as this principal has them."""
    if not scopes:
        return sa.false()
    if RowScope.ALL in scopes:
        return sa.true()
    owner, department = owner_of(one, table), department_of(one, table)
    reaches: list[Condition] = []
    if owner is not None:
        reaches.append(owner == profile.principal_id)
    if RowScope.DEPARTMENT_TREE in scopes and department is not None and profile.department_id is not None:
        reaches.append(department.in_(_below(profile.department_id)))
    return sa.or_(sa.false(), *reaches)


def _below(department_id: UUID) -> sa.Select[tuple[UUID]]:
    return sa.select(department_closure.c.descendant_id).where(department_closure.c.ancestor_id == department_id)


def owner_of(one: ObjectType, table: FromClause) -> ColumnElement[UUID] | None:
    """The responsible employee of a record, its own or that of the record it inherits from."""
    return _scope_column(one, table, "owner")


def department_of(one: ObjectType, table: FromClause) -> ColumnElement[UUID] | None:
    """The department of a record, its own or that of the record it inherits from."""
    return _scope_column(one, table, "department")


def _scope_column(one: ObjectType, table: FromClause, which: str) -> ColumnElement[UUID] | None:
    facts = one.record.facts
    if facts.inherits is None:
        name = facts.owner if which == "owner" else facts.department
        return None if name is None else table.c[name]
    parent = one.target_of(one.fields[facts.inherits])
    parent_table = parent.table.alias()
    column = _scope_column(parent, parent_table, which)
    if column is None:
        return None
    return sa.select(column).where(parent_table.c.id == table.c[facts.inherits]).scalar_subquery()
