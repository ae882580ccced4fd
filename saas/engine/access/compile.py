"""Compile the profile of a person: read what their roles grant, in one round trip, and add it up."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from saas.engine.access.profile import Granting, Limits, Profile, keep_profile, known_profile
from saas.engine.access.specials import said_to, specials_in, specials_of_roles
from saas.engine.access.tables import (
    Access,
    Relation,
    RowScope,
    department_closure,
    principal,
    principal_business_line,
    principal_deputy,
    principal_role,
    role_field,
    role_right,
)
from saas.kit import clock
from saas.kit.errors import Forbidden
from saas.tenants.tenant import Tenant
from saas.tenants.waiting import as_text, ask_all

_RIGHTS = ("object", "operation", "scope")
_LIMITS = ("object", "field_group", "relation", "stage", "access")
_WHO, _TODAY = sa.bindparam("who", type_=sa.Uuid()), sa.bindparam("today", type_=sa.Date())
Rows = Iterable[tuple[Any, ...]]
Meant = Callable[[ColumnElement[UUID]], ColumnElement[bool]]


def profile_of(session: Session, tenant: Tenant, principal_id: UUID, policy_version: int) -> Profile:
    """The profile of a principal; Forbidden where it is unknown or no longer active."""
    found = known_profile(tenant.id, principal_id, policy_version)
    if found is None:
        found = compile_profile(session, tenant, principal_id)
        keep_profile(tenant.id, policy_version, found)
    return found


def compile_profile(session: Session, tenant: Tenant, principal_id: UUID) -> Profile:
    """Read and add up what the principal's roles grant, in one round trip."""
    today = clock.today(tenant.time_zone)
    found = ask_all(session, _all_of_one(), {"who": principal_id, "today": today})
    people, roles, absent, said, *granted = found
    who = _active(people)
    turns = [ends_on if starts_on <= today else starts_on - timedelta(days=1) for _, starts_on, ends_on in absent]
    return replace(
        _compiled(tenant, who, [role for role, _ in roles], who.lines or (), *granted),
        specials=specials_in((key, value, is_own) for _, key, value, is_own in said),
        stands_in_for=frozenset(person for person, starts_on, _ in absent if starts_on <= today),
        ends_on=min((*turns, *(until for _, until in roles if until)), default=None),
    )


def compile_as(
    session: Session,
    tenant: Tenant,
    principal_id: UUID,
    roles: Collection[UUID],
    position_id: UUID | None = None,
    business_lines: Collection[UUID] | None = None,
) -> Profile:
    """The profile that the principal would have with no roles but these, and nothing of their own; it is never kept.

    Without a position, or without business lines, it is with those that they have.
    """
    who = _active(ask_all(session, [_person()], {"who": principal_id})[0])
    lines = who.lines or () if business_lines is None else business_lines
    given = {"roles": list(roles), "position": position_id or who.position_id, "lines": list(lines)}
    profile = _compiled(tenant, who, roles, lines, *ask_all(session, _granted_as(), given))
    return replace(profile, specials=specials_of_roles(session, roles))


class _Person(NamedTuple):
    """A principal with their business lines, and their department with those above it."""

    id: UUID
    kind: str
    department_id: UUID | None
    region_id: UUID | None
    position_id: UUID | None
    is_active: bool
    lines: list[UUID] | None
    departments: list[UUID] | None


def _active(people: Sequence[tuple[Any, ...]]) -> _Person:
    who = _Person(*people[0]) if people else None
    if who is None or not who.is_active:
        raise Forbidden("This person no longer works here.", remedy="An administrator can let them in again.")
    return who


def _compiled(
    tenant: Tenant, who: _Person, roles: Collection[UUID], lines: Collection[UUID], rights: Rows, limits: Rows
) -> Profile:
    """What roles grant to somebody: rows of rights and limits, each with the roles that say so."""
    added: dict[tuple[str, str], Granting] = {}
    for one, operation, scope, of_roles in rights:
        reach = RowScope(scope)
        added[one, operation] = added.get((one, operation), frozenset()) | {(role, reach) for role in of_roles}
    return Profile(
        principal_id=who.id,
        kind=who.kind,
        time_zone=tenant.time_zone,
        department_id=who.department_id,
        region_id=who.region_id,
        business_lines=frozenset(lines),
        holders=frozenset({who.id, *roles, *(who.departments or ())}),
        rights=added,
        limits=_added_up(limits),
    )


def _added_up(rows: Rows) -> Limits:
    """The limits by role and group; where one stands there twice, the lower."""
    limits: dict[tuple[UUID, str, str], dict[tuple[Relation, str | None], Access]] = defaultdict(dict)
    for one, group, relation, stage, word, of_roles in rows:
        key, access = (Relation(relation), stage), Access[word.upper()]
        for role in of_roles:
            of_group = limits[role, one, group]
            of_group[key] = min(access, of_group.get(key, Access.WRITE))
    return dict(limits)


# What follows is made once: making it takes longer than Postgres takes to answer.


@cache
def _person() -> str:
    """The principal, as `_Person` has them."""
    lines, above = principal_business_line, department_closure
    of_lines = sa.select(sa.func.array_agg(lines.c.business_line_id)).where(lines.c.principal_id == principal.c.id)
    departments = sa.select(sa.func.array_agg(above.c.ancestor_id)).where(
        above.c.descendant_id == principal.c.department_id
    )
    own = [principal.c[name] for name in _Person._fields if name in principal.c]
    return as_text(
        sa.select(*own, of_lines.scalar_subquery(), departments.scalar_subquery()).where(principal.c.id == _WHO)
    )


@cache
def _all_of_one() -> tuple[str, ...]:
    """All that is to be known of somebody: the person, roles held today, for whom they stand in, what is said to them,
    and what the roles grant to who has their position and works for their lines."""
    held = sa.and_(
        principal_role.c.principal_id == _WHO,
        sa.or_(principal_role.c.until.is_(None), principal_role.c.until >= _TODAY),
    )
    roles = sa.select(principal_role.c.role_id, principal_role.c.until).where(held)
    deputy = principal_deputy.c
    absent = sa.select(deputy.principal_id, deputy.starts_on, deputy.ends_on).where(
        deputy.deputy_id == _WHO, deputy.ends_on >= _TODAY
    )
    said = said_to(lambda person: person == _WHO, _TODAY)
    lines = principal_business_line.c
    granted = _granted(
        lambda role: role.in_(sa.select(principal_role.c.role_id).where(held)),
        sa.select(principal.c.position_id).where(principal.c.id == _WHO).scalar_subquery(),
        lambda line: line.in_(sa.select(lines.business_line_id).where(lines.principal_id == _WHO)),
    )
    return (_person(), *map(as_text, (roles, absent, said)), *granted)


@cache
def _granted_as() -> tuple[str, ...]:
    """What given roles grant to who has a given position and works for given lines."""
    ids = ARRAY(sa.Uuid())
    return _granted(
        lambda role: role == sa.any_(sa.bindparam("roles", type_=ids)),
        sa.bindparam("position", type_=sa.Uuid()),
        lambda line: line == sa.any_(sa.bindparam("lines", type_=ids)),
    )


def _granted(is_held: Meant, position: ColumnElement[UUID], is_line: Meant) -> tuple[str, ...]:
    """Queries for rights and limits, with the roles of each."""
    texts = []
    for table, names in ((role_right, _RIGHTS), (role_field, _LIMITS)):
        columns, of_line = [table.c[name] for name in names], table.c.business_line_id
        query = (
            sa.select(*columns, sa.func.array_agg(table.c.role_id))
            .where(
                is_held(table.c.role_id),
                sa.or_(table.c.position_id.is_(None), table.c.position_id == position),
                sa.or_(of_line.is_(None), is_line(of_line)),
            )
            .group_by(*columns)
        )
        texts.append(as_text(query))
    return tuple(texts)
