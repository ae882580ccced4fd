"""Which records a right reaches, as one SQL condition built in this one place for every door.

Two shapes of the condition mean the same. *Wide* asks of each record whether it is inside, during the scan that the
list makes anyway; *narrow* goes to the records of each branch by its own index, and reads only those.
"""

from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause

from saas.engine.access.branches import branches, taken_part_in
from saas.engine.access.profile import Granting, Profile
from saas.engine.access.tables import RowScope
from saas.engine.registry import ObjectType
from saas.engine.rowsource import fresh

Condition = ColumnElement[bool]
_FEW = frozenset({RowScope.OWN, RowScope.OWN_AND_SUBORDINATES})


class Shape(StrEnum):
    """How the condition is built; which records it lets through is the same."""

    NARROW = "narrow"
    WIDE = "wide"


def reached(
    profile: Profile, one: ObjectType, operation: str, table: FromClause, shape: Shape | None = None
) -> Condition:
    """The records of `one` (read from `table`) that `operation` reaches for this profile; false() where none."""
    return within(profile, one, operation, profile.granting(one.rights, operation), table, shape)


def referable(profile: Profile, one: ObjectType, table: FromClause) -> Condition:
    """The records of `one` of which a reference shows something: those in sight, or all where the title is public."""
    return sa.true() if one.record.facts.public_title else reached(profile, one, "read", table, Shape.WIDE)


def within(
    profile: Profile,
    one: ObjectType,
    operation: str,
    granting: Granting,
    table: FromClause,
    shape: Shape | None = Shape.WIDE,
) -> Condition:
    """The records of `one` (read from `table`) inside the scope of any of these roles, as this principal has it.

    What is shared with them, or what they take part in, is inside any scope.
    """
    scopes = frozenset(scope for _, scope in granting)
    if not scopes:
        return sa.false()
    if RowScope.ALL in scopes:
        return sa.true()
    if (shape or shape_of(scopes, operation)) is Shape.NARROW:
        return _narrow(profile, one, operation, granting, table)
    return _wide(profile, one, operation, granting, table)


def as_far(profile: Profile, one: ObjectType, above: ObjectType) -> bool:
    """Whether whoever sees a record of `above` sees all of `one`, which inherits its scope, that belongs to it."""
    mine, theirs = profile.granting(one.rights, "read"), profile.granting(above.rights, "read")
    if any(scope is RowScope.ALL for _, scope in mine):
        return True
    is_same = {scope for _, scope in mine} == {scope for _, scope in theirs}
    return is_same and profile.closed_stages(above.name, mine) == profile.closed_stages(above.name, theirs)


def shape_of(scopes: frozenset[RowScope], operation: str) -> Shape:
    """Narrow where few records are to be expected. What is only about to be made has no id to be found by yet."""
    return Shape.NARROW if scopes <= _FEW and operation != "create" else Shape.WIDE


def _wide(profile: Profile, one: ObjectType, operation: str, granting: Granting, table: FromClause) -> Condition:
    parent = one.parent
    if parent is None:
        return sa.or_(sa.false(), *branches(profile, one, operation, granting, table))
    name, above = parent
    behind = fresh(above.table)
    inside = _wide(profile, above, operation, granting, behind)
    return inside if isinstance(inside, sa.False_) else sa.exists().where(behind.c.id == table.c[name], inside)


def _narrow(profile: Profile, one: ObjectType, operation: str, granting: Granting, table: FromClause) -> Condition:
    """The branches by index; of an object that inherits its scope, by the ids of what it inherits from."""
    if one.parent is None:
        return sa.or_(sa.false(), *branches(profile, one, operation, granting, table, narrow=True))
    name, above = one.parent
    behind = fresh(above.table)
    inside = _narrow(profile, above, operation, granting, behind)
    return inside if isinstance(inside, sa.False_) else table.c[name].in_(sa.select(behind.c.id).where(inside))


def place_of(one: ObjectType, table: FromClause, place: str) -> ColumnElement[UUID] | None:
    """The owner, department, region or business line of a record, its own or that of the record it inherits from."""
    if one.parent is None:
        column = one.record.facts.own_places.get(place)
        return None if column is None else table.c[column]
    name, above = one.parent
    behind = fresh(above.table)
    found = place_of(above, behind, place)
    return None if found is None else sa.select(found).where(behind.c.id == table.c[name]).scalar_subquery()


def placed_by(one: ObjectType) -> ObjectType:
    """The object whose places count for it: its own, or that of the one it inherits them from."""
    while one.parent is not None:
        one = one.parent[1]
    return one


def takes_part(profile: Profile, one: ObjectType, table: FromClause) -> Condition | None:
    """Whether the viewer takes part in the record, or in the one that it inherits its scope from."""
    if one.parent is None:
        if not one.record.facts.own_places:
            return None
        return table.c.id.in_(taken_part_in(profile))
    name, above = one.parent
    behind = fresh(above.table)
    inside = takes_part(profile, above, behind)
    return None if inside is None else sa.exists().where(behind.c.id == table.c[name], inside)
