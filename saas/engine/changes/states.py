"""Whether somebody saw a record as it was before a change, told by what the audit has of its scope."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from saas.engine.access.branches import Way, stage_of, ways
from saas.engine.access.let_in import PARTICIPANTS, SHARED_WITH
from saas.engine.access.profile import Granting, Profile
from saas.engine.access.rows import Condition, Shape, within
from saas.engine.access.tables import RowScope
from saas.engine.audit import ChangeKind, Xid8, audit, names_of_scope
from saas.engine.registry import ObjectType
from saas.engine.rowsource import fresh

_OF_LIFE = [each.value for each in (ChangeKind.DELETED, ChangeKind.RESTORED, ChangeKind.MERGED, ChangeKind.UNMERGED)]
_RECORDED = {Way.SHARE: SHARED_WITH, Way.PARTICIPATION: PARTICIPANTS}


@dataclass(frozen=True, slots=True)
class Seen:
    """For whom, by which roles, and since which transaction a loss of what a record belongs to counts."""

    profile: Profile
    granting: Granting
    begun: int


def states(one: ObjectType) -> sa.Select[Any]:
    """Each change of the object with the record as it was before: columns as those of its table, as far as scopes go.

    `keys` is what the audit has, with whom shares let in where the change touched that; NULL of what is new. `is_moved`
    tells changes of that, and those by which the record came to life or ended.
    """
    known = sa.func.nullif(audit.c.scope_before, sa.cast("null", JSONB()))
    keys = sa.type_coerce(
        sa.case((audit.c.kind != ChangeKind.CREATED.value, sa.func.coalesce(known, audit.c.scope_after))), JSONB()
    )
    table = one.table
    columns = [
        sa.cast(keys[name].astext, table.c[name].type).label(name)
        for name in names_of_scope(one.record)
        if name != "id"
    ]
    return sa.select(
        *(audit.c[name] for name in ("xid", "at", "version", "kind", "fields")),
        audit.c.id.label("row_id"),
        audit.c.record_id.label("id"),
        keys.label("keys"),
        audit.c.scope_after.label("keys_after"),
        sa.or_(known.is_distinct_from(audit.c.scope_after), audit.c.kind.in_(_OF_LIFE)).label("is_moved"),
        *columns,
    ).where(audit.c.object == one.name)


def was_in_sight(seen: Seen, one: ObjectType, state: FromClause) -> Condition:
    """Whether a record of `one` in such a state is one that these roles let the person see."""
    scopes = frozenset(scope for _, scope in seen.granting)
    if not scopes:
        return sa.false()
    if RowScope.ALL in scopes:
        return state.c["keys"].is_not(None)
    if one.parent is not None:
        return _through(seen, one, state)
    as_now = _ways(seen, one, state)
    return sa.or_(as_now[None], *(_was_open(seen, one, state, way, as_now[way]) for way in _RECORDED))


def _was_open(seen: Seen, one: ObjectType, state: FromClause, way: Way, now: Condition) -> Condition:
    """Whether a way in was open before a change: as that has it on record, or the next one that has, or as it is now.

    What is now is good enough for changes that leave the scope alone: those that touch it tell what they do.
    """
    keys, then = state.c["keys"], states(one).subquery()
    later = _next(then, _recorded(seen, one, then, way), then.c["keys"].has_key(_RECORDED[way]), state, state.c.id)
    return sa.case(
        (keys.has_key(_RECORDED[way]), _recorded(seen, one, state, way)),
        (sa.and_(keys.is_not(None), state.c.is_moved), sa.func.coalesce(later, now)),
        else_=now,
    )


def _ways(seen: Seen, one: ObjectType, table: FromClause) -> dict[Way | None, Condition]:
    """The ways in by shares and by taking part, as these are now; under None those by the places of the record."""
    found: dict[Way | None, Condition] = dict.fromkeys((None, *_RECORDED), sa.false())
    for way, condition in ways(seen.profile, one, "read", seen.granting, table):
        key = way if way in _RECORDED else None
        found[key] = sa.or_(found[key], condition)
    return found


def _recorded(seen: Seen, one: ObjectType, state: FromClause, way: Way) -> Condition:
    """Whether a way in was open before a change that has it on record."""
    found = was_let_in(seen.profile, state.c["keys"], _RECORDED[way])
    closed = seen.profile.closed_stages(one.name, seen.granting)
    if way is Way.PARTICIPATION and one.state is not None and closed:
        return sa.and_(found, stage_of(one.state, state).not_in(sorted(closed)))
    return found


def was_let_in(profile: Profile, keys: ColumnElement[Any], name: str) -> Condition:
    """Whether a list of ids that the audit has names the person; for shares also a role or department of theirs."""
    listed = sa.type_coerce(keys, JSONB())[name]
    found: Condition = (
        listed.has_key(sa.cast(profile.me, sa.Text()))
        if name == PARTICIPANTS
        else listed.has_any(sa.cast(profile.my_holders, ARRAY(sa.Text())))
    )
    return found


def _through(seen: Seen, one: ObjectType, state: FromClause) -> Condition:
    """By what it belonged to: as that was then, or before it was lost while the record was still with it."""
    name, above = one.parent or ("", one)
    if above.parent is not None:
        behind = fresh(above.table)
        now = within(seen.profile, above, "read", seen.granting, behind, Shape.WIDE)
        return sa.exists().where(behind.c.id == state.c[name], now)
    return sa.or_(_as_of(seen, above, state, state.c[name]), _lost(seen, one, above, state, state.c[name]))


def _as_of(seen: Seen, above: ObjectType, state: FromClause, id_: ColumnElement[UUID]) -> Condition:
    """Whether the record with this id was seen at the time of a change of another one.

    It was then as it was before the next change that touches a way in, or without such a one as it is now.
    """
    then, behind = states(above).subquery(), fresh(above.table)
    places = _ways(seen, above, then)[None]
    asked = {None: (then.c.is_moved, places)} | {
        way: (then.c["keys"].has_key(name), _recorded(seen, above, then, way)) for way, name in _RECORDED.items()
    }
    now = _ways(seen, above, behind)
    return sa.or_(
        *(
            sa.func.coalesce(
                _next(then, answer, touches, state, id_),
                sa.exists().where(behind.c.id == id_, now[way]).correlate(state),
            )
            for way, (touches, answer) in asked.items()
        )
    )


def _next(
    then: FromClause, answer: Condition, touches: Condition, state: FromClause, id_: ColumnElement[UUID]
) -> sa.ScalarSelect[bool]:
    """The answer of the next change of the record with this id that touches something; NULL without such a one."""
    return (
        sa.select(answer)
        .where(then.c.id == id_, touches, _place_of(then) > _place_of(state))
        .order_by(then.c.xid, then.c.row_id)
        .limit(1)
        .correlate(state)
        .scalar_subquery()
    )


def _lost(seen: Seen, one: ObjectType, above: ObjectType, state: FromClause, id_: ColumnElement[UUID]) -> Condition:
    """Whether the record with this id was lost before, and the one of the change has belonged to it ever since.

    What went with it is told by its own change, as it does not belong to it any more, or is not there.
    """
    loss, between = states(above).subquery(), states(one).subquery()
    ways_in = (_ways(seen, above, loss)[None], *(_recorded(seen, above, loss, way) for way in _RECORDED))
    moved = sa.exists().where(
        between.c.id == state.c.id,
        between.c.is_moved,
        _place_of(between) > _place_of(loss),
        _place_of(between) < _place_of(state),
    )
    return (
        sa.exists()
        .where(
            loss.c.id == id_,
            loss.c.is_moved,
            loss.c.xid >= xid(seen.begun),
            _place_of(loss) < _place_of(state),
            sa.or_(*ways_in),
            sa.not_(moved.correlate(loss, state)),
        )
        .correlate(state)
    )


def _place_of(state: FromClause) -> sa.Tuple:
    return sa.tuple_(state.c.xid, state.c.row_id)


def xid(number: int) -> ColumnElement[str]:
    """The number of a transaction as Postgres compares it."""
    return sa.cast(str(number), Xid8())


def seen_by(profile: Profile, one: ObjectType, begun: int) -> Seen:
    """Who reads records of this object, by the roles that let them."""
    return Seen(profile, profile.granting(one.rights, "read"), begun)
