"""Whether somebody saw a record as it was before a change, told by what the audit has of its scope."""

from dataclasses import dataclass
from typing import Any

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

_RECORDED = {Way.SHARE: SHARED_WITH, Way.PARTICIPATION: PARTICIPANTS}


@dataclass(frozen=True, slots=True)
class Seen:
    """For whom, by which roles, and since which transaction a loss of what a record belongs to counts."""

    profile: Profile
    granting: Granting
    begun: int


def states(one: ObjectType) -> sa.Select[Any]:
    """Each change of the object with the record as it was before: columns as those of its table, as far as scopes go.

    `keys` is what the audit has, with whom shares let in where the change touched that; NULL of what is new.
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
        known.is_distinct_from(audit.c.scope_after).label("is_moved"),
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
    return sa.or_(sa.false(), *_ways(seen, one, state))


def _ways(seen: Seen, one: ObjectType, state: FromClause) -> list[Condition]:
    """The ways in; those that the change itself opened or closed as the audit has them, the others as they are."""
    found: list[Condition] = []
    for way, condition in ways(seen.profile, one, "read", seen.granting, state):
        name = _RECORDED.get(way)
        if name is None:
            found.append(condition)
            continue
        recorded: Condition = was_let_in(seen.profile, state.c["keys"], name)
        closed = seen.profile.closed_stages(one.name, seen.granting)
        if way is Way.PARTICIPATION and one.state is not None and closed:
            recorded = sa.and_(recorded, stage_of(one.state, state).not_in(sorted(closed)))
        keys = sa.type_coerce(state.c["keys"], JSONB())
        found.append(sa.case((keys.has_key(name), recorded), else_=condition))
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
    """By what it belonged to: in sight now, or lost since the reader began, when this may not have been told yet."""
    name, above = one.parent or ("", one)
    behind = fresh(above.table)
    now = within(seen.profile, above, "read", seen.granting, behind, Shape.WIDE)
    past = states(above).subquery()
    lost = sa.exists().where(
        past.c.id == state.c[name],
        past.c.xid >= xid(seen.begun),
        past.c.is_moved,
        was_in_sight(seen, above, past),
    )
    return sa.or_(sa.exists().where(behind.c.id == state.c[name], now), lost)


def xid(number: int) -> ColumnElement[str]:
    """The number of a transaction as Postgres compares it."""
    return sa.cast(str(number), Xid8())


def seen_by(profile: Profile, one: ObjectType, begun: int) -> Seen:
    """Who reads records of this object, by the roles that let them."""
    return Seen(profile, profile.granting(one.rights, "read"), begun)
