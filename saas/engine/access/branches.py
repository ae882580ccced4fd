"""The ways in which a record with an owner, department, region or business line comes into somebody's reach."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause

from saas.engine.access.profile import Granting, Profile
from saas.engine.access.tables import (
    RowScope,
    ShareAccess,
    department_closure,
    record_participant,
    record_share,
    region_closure,
    superior_closure,
)
from saas.engine.field import Field
from saas.engine.registry import ObjectType

Condition = ColumnElement[bool]
_Reach = Callable[[Profile, ColumnElement[UUID]], Condition | None]
_LOOKING = ("read", "export")  # what one may do with whatever one is let in to see
# What a record must be shared for; whatever it is shared for, one may look at it, and that is not asked.
_SHARED_FOR: dict[str, tuple[ShareAccess, ...]] = {"update": (ShareAccess.WRITE,)} | dict.fromkeys(_LOOKING, ())


class Way(StrEnum):
    """How a record comes into somebody's reach."""

    OWN = "own"
    DEPUTY = "deputy"
    SCOPE = "scope"
    SHARE = "share"
    PARTICIPATION = "participation"


def branches(
    profile: Profile, one: ObjectType, operation: str, granting: Granting, table: FromClause, *, narrow: bool = False
) -> list[Condition]:
    """One condition for each way in, over an object with such columns of its own; each can be answered by an index.

    What is shared with the viewer and what they take part in are one set of ids: one look-up for each record, not two.
    Where little is to be expected (`narrow`) sets are arrays: then Postgres goes to the records of each by an index.
    """
    if operation not in _LOOKING or not one.record.facts.own_places or _closed(profile, one, granting):
        return [condition for _, condition in ways(profile, one, operation, granting, table, narrow=narrow)]
    by_id = (Way.SHARE, Way.PARTICIPATION)
    all_ways = ways(profile, one, operation, granting, table, narrow=narrow)
    found = [condition for way, condition in all_ways if way not in by_id]
    let_in = sa.union_all(_shared(profile, operation, narrow=narrow), taken_part_in(profile, narrow=narrow))
    return [*found, _one_of(table.c.id, let_in, narrow=narrow)]


def ways(
    profile: Profile, one: ObjectType, operation: str, granting: Granting, table: FromClause, *, narrow: bool = False
) -> Iterator[tuple[Way, Condition]]:
    """Each way in with its condition."""
    places = one.record.facts.own_places
    if not places:
        return
    if "owner" in places:
        yield Way.OWN, table.c[places["owner"]] == profile.me
        if stands_in(profile, one):
            yield Way.DEPUTY, table.c[places["owner"]] == sa.any_(profile.my_absent)
    for scope in sorted({scope for _, scope in granting} & _REACHES.keys()):
        if scope.place in places:
            inside = _REACHES[scope](profile, table.c[places[scope.place]])
            if inside is not None:
                yield Way.SCOPE, inside
    if operation in _SHARED_FOR:
        yield Way.SHARE, _one_of(table.c.id, _shared(profile, operation, narrow=narrow), narrow=narrow)
    if operation in _LOOKING:
        mine, closed = taken_part_in(profile, narrow=narrow), _closed(profile, one, granting)
        takes_part = _one_of(table.c.id, mine, narrow=narrow)
        if one.state is not None and closed:
            takes_part = sa.and_(takes_part, stage_of(one.state, table).not_in(sorted(closed)))
        yield Way.PARTICIPATION, takes_part


def stands_in(profile: Profile, one: ObjectType) -> bool:
    """Whether records of others are the viewer's for now, as a deputy; what somebody's own file holds never is."""
    return bool(profile.stands_in_for) and one.record.facts.own_places.get("owner", "id") != "id"


def _closed(profile: Profile, one: ObjectType, granting: Granting) -> frozenset[str]:
    """The states in which taking part in a record is no way in."""
    return profile.closed_stages(one.name, granting) if one.state is not None else frozenset()


def stage_of(state: Field, table: FromClause) -> ColumnElement[str]:
    """The state of a record as it is kept."""
    return sa.type_coerce(table.c[state.name], sa.Text())


# Postgres does not see who the viewer is, and takes them for one of average: of a table of some hundreds it reads every
# row. Of what lies between two ids it expects little and asks the index, so `narrow` names the bounds of their ids.


def taken_part_in(profile: Profile, *, narrow: bool = False) -> sa.Select[tuple[UUID]]:
    """The ids of the records that the viewer takes part in."""
    principal = record_participant.c.principal_id
    mine = principal.between(profile.me, profile.me) if narrow else principal == profile.me
    return sa.select(record_participant.c.record_id).where(mine)


def _shared(profile: Profile, operation: str, *, narrow: bool) -> sa.Select[tuple[UUID]]:
    share = record_share
    found = sa.select(share.c.record_id).where(
        share.c.holder_id == sa.any_(profile.my_holders),
        sa.or_(share.c.until.is_(None), share.c.until >= profile.my_today),
    )
    if narrow:
        found = found.where(share.c.holder_id.between(profile.my_first_holder, profile.my_last_holder))
    least = [access.value for access in _SHARED_FOR[operation]]
    return found.where(share.c.access.in_(least)) if least else found


def subordinates(profile: Profile) -> sa.Select[tuple[UUID]]:
    """Everybody below the viewer in the reporting line."""
    line = superior_closure
    return sa.select(line.c.subordinate_id).where(line.c.superior_id == profile.me)


def _below(closure: sa.Table, top: ColumnElement[UUID]) -> sa.Select[tuple[UUID]]:
    return sa.select(closure.c.descendant_id).where(closure.c.ancestor_id == top)


def _one_of(
    column: ColumnElement[UUID], ids: sa.Select[tuple[UUID]] | sa.CompoundSelect[tuple[UUID]], *, narrow: bool
) -> Condition:
    """Whether the column is one of these ids, told by hash, or by an array which an index can be asked for."""
    return column == sa.any_(sa.func.array(ids.scalar_subquery())) if narrow else column.in_(ids)


def _in_department(profile: Profile, column: ColumnElement[UUID]) -> Condition | None:
    return None if profile.department_id is None else column == profile.my_department


def _in_department_tree(profile: Profile, column: ColumnElement[UUID]) -> Condition | None:
    if profile.department_id is None:
        return None
    return _one_of(column, _below(department_closure, profile.my_department), narrow=True)


def _in_region_tree(profile: Profile, column: ColumnElement[UUID]) -> Condition | None:
    if profile.region_id is None:
        return None
    return _one_of(column, _below(region_closure, profile.my_region), narrow=True)


def _in_business_line(profile: Profile, column: ColumnElement[UUID]) -> Condition | None:
    return column == sa.any_(profile.my_lines) if profile.business_lines else None


_REACHES: dict[RowScope, _Reach] = {
    RowScope.OWN_AND_SUBORDINATES: lambda profile, column: _one_of(column, subordinates(profile), narrow=True),
    RowScope.DEPARTMENT: _in_department,
    RowScope.DEPARTMENT_TREE: _in_department_tree,
    RowScope.REGION_TREE: _in_region_tree,
    RowScope.BUSINESS_LINE: _in_business_line,
}
