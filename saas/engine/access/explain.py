"""Why somebody sees a record, told by the very conditions that let them see it."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import FromClause
from sqlalchemy.orm import Session

from saas.engine.access.branches import Condition, Way, ways
from saas.engine.access.compile import compile_profile
from saas.engine.access.profile import Granting, Profile
from saas.engine.access.rows import Shape, within
from saas.engine.access.tables import ANY, RowScope, principal, principal_role, role_right
from saas.engine.registry import ObjectType
from saas.tenants.tenant import Tenant

_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Reason:
    """A role of somebody that lets them read such records, a way in which it could reach this one, whether it does."""

    role_id: UUID
    scope: RowScope
    way: Way
    holds: bool


@dataclass(frozen=True, slots=True)
class Sight:
    """Whether somebody sees a record, and all that speaks for it or could."""

    person_id: UUID
    is_visible: bool
    reasons: tuple[Reason, ...]


def sight_of(session: Session, tenant: Tenant, person_id: UUID, one: ObjectType, record_id: UUID) -> Sight:
    """Whether the person sees the record, and why. Forbidden where they no longer work here."""
    profile = compile_profile(session, tenant, person_id)
    table = one.table.alias()
    granting = sorted(profile.granting(one.rights, "read"))
    asked = [
        (role, reach, way, condition)
        for role, reach in granting
        for way, condition in _ways(profile, one, frozenset({(role, reach)}), table)
    ]
    visible = within(profile, one, "read", frozenset(granting), table, Shape.WIDE)
    columns = [condition.label(f"_{number}") for number, (*_, condition) in enumerate(asked)]
    statement = sa.select(visible.label("visible"), *columns).where(table.c.id == record_id)
    row = session.execute(statement).one_or_none()
    if row is None:
        return Sight(person_id, False, ())
    reasons = [Reason(role, reach, way, bool(row[number + 1])) for number, (role, reach, way, _) in enumerate(asked)]
    return Sight(person_id, bool(row.visible), tuple(reasons))


def _ways(profile: Profile, one: ObjectType, granting: Granting, table: FromClause) -> Iterator[tuple[Way, Condition]]:
    """The ways in which these roles could reach a record."""
    if any(scope is RowScope.ALL for _, scope in granting):
        yield Way.SCOPE, sa.true()
    yield from _through(profile, one, granting, table)


def _through(
    profile: Profile, one: ObjectType, granting: Granting, table: FromClause
) -> Iterator[tuple[Way, Condition]]:
    """Through its places, or those of what it belongs to."""
    if one.parent is None:
        yield from ways(profile, one, "read", granting, table)
        return
    name, above = one.parent
    behind = above.table.alias()
    for way, condition in _through(profile, above, granting, behind):
        yield way, sa.exists().where(behind.c.id == table.c[name], condition)


def who_can_see(
    session: Session, tenant: Tenant, one: ObjectType, record_id: UUID, first: int, after: UUID | None
) -> tuple[list[Sight], bool]:
    """The people who see the record, in the order of their ids, and whether there may be more."""
    found: list[Sight] = []
    while len(found) <= first:
        people = _candidates(session, one, after)
        for person in people:
            sight = sight_of(session, tenant, person, one, record_id)
            found += [sight] if sight.is_visible else []
            if len(found) > first:
                break
        if len(people) < _AT_ONCE:
            break
        after = people[-1]
    return found[:first], len(found) > first


def _candidates(session: Session, one: ObjectType, after: UUID | None) -> list[UUID]:
    """The next people who hold a role that lets them read such records at all."""
    held, right = principal_role, role_right
    reading = (
        sa.select(held.c.principal_id)
        .join(right, right.c.role_id == held.c.role_id)
        .where(right.c.object.in_([one.rights, ANY]), right.c.operation.in_(["read", ANY]))
    )
    people = sa.select(principal.c.id).where(
        principal.c.kind == "person", principal.c.is_active, principal.c.id.in_(reading)
    )
    if after is not None:
        people = people.where(principal.c.id > after)
    return list(session.execute(people.order_by(principal.c.id).limit(_AT_ONCE)).scalars())
