"""Whether what a role shall grant means anything: its objects, operations, scopes, groups, states and conditions."""

from collections.abc import Iterable, Iterator
from uuid import UUID

import sqlalchemy as sa

from saas.engine.access.profile import ROWS
from saas.engine.access.rows import Shape, reached
from saas.engine.access.tables import ANY, Access, Relation, RowScope
from saas.engine.areas import is_area
from saas.engine.permissions import operations_by_name
from saas.engine.problem import Problem, ProblemCode
from saas.engine.record import Record
from saas.engine.registry import OPERATIONS, ObjectType, object_of, objects
from saas.engine.scope import Scope
from saas.modules.organisation.business_line import BusinessLine
from saas.modules.organisation.position import Position
from saas.modules.organisation.rights import Grants, Limit, Right


def grant_problems(scope: Scope, wanted: Grants) -> list[Problem]:
    """Everything in these grants that can mean nothing."""
    known = {one.name: one for one in objects()}
    wrong = [told for right in wanted.rights for told in _of_right(known, right)]
    wrong += [told for limit in wanted.limits for told in _of_limit(known, limit)]
    wrong += _unknown(scope, wanted)
    return [Problem(ProblemCode.BAD_INPUT, message, (path,)) for path, message in sorted(set(wrong))]


def reaches_any(one: ObjectType | None, scope: RowScope) -> bool:
    """Whether the scope can reach any record: one's own are in every scope, else the record needs the scope's place."""
    if one is None or scope is RowScope.ALL:
        return True
    if one.parent:
        return reaches_any(one.parent[1], scope)
    return not one.record.facts.own_places.keys().isdisjoint({"owner", scope.place})


def stages_of(one: ObjectType) -> list[str]:
    """The states that a limit may name."""
    return [] if one.state is None or one.state.choices is None else [each.value for each in one.state.choices]


def _of_right(known: dict[str, ObjectType], right: Right) -> Iterator[tuple[str, str]]:
    operations = operations_by_name().get(right.object, OPERATIONS if right.object == ANY else ())
    if not operations:
        yield "rights", f"There is no object {right.object!r}."
    elif right.operation not in (*operations, ANY):
        yield "rights", f"There is no operation {right.object}.{right.operation}."
    elif is_area(right.object) and right.scope is not RowScope.ALL:
        yield "rights", f"{right.object} has no records, so a right to it reaches all of it: {RowScope.ALL}."
    elif not reaches_any(known.get(right.object), right.scope):
        yield "rights", f"{right.scope} would reach no {right.object}."


def _of_limit(known: dict[str, ObjectType], limit: Limit) -> Iterator[tuple[str, str]]:
    one = known.get(limit.object)
    if one is None:
        yield "limits", f"There is no object {limit.object!r}."
        return
    if limit.access is Access.WRITE:
        yield "limits", f"{limit}: writing is no limit, leave it out."
    if limit.stage is not None and limit.stage not in stages_of(one):
        yield "limits", f"There is no state {limit.stage!r} of {one.name}."
    if limit.field_group == ROWS:
        if limit.stage is None or (limit.relation, limit.access) != (Relation.PARTICIPANT, Access.HIDDEN):
            yield "limits", f"{limit}: records as a whole are hidden from participants, in a state."
    elif limit.field_group not in one.groups:
        yield "limits", f"There is no field group {limit.field_group!r} of {one.name}."


def _unknown(scope: Scope, wanted: Grants) -> list[tuple[str, str]]:
    """Positions and business lines that are not there."""
    granted: list[Right | Limit] = [*wanted.rights, *wanted.limits]
    conditions: tuple[tuple[type[Record], set[UUID]], ...] = (
        (Position, {each.position_id for each in granted if each.position_id}),
        (BusinessLine, {each.business_line_id for each in granted if each.business_line_id}),
    )
    found = []
    for record, ids in conditions:
        table = record.__table__
        statement = sa.select(table.c.id).where(table.c.id.in_(ids), table.c.deleted_at.is_(None))
        there = set(scope.session.execute(statement).scalars()) if ids else set()
        label = record.facts.label.en.lower()
        found += [("rights", f"There is no {label} {id_}.") for id_ in ids - there]
    return found


def living(scope: Scope, record: type[Record], ids: Iterable[UUID]) -> set[UUID]:
    """Those of these records that are there, in the actor's sight."""
    one = object_of(record)
    table = one.table
    reach = reached(scope.profile, one, "read", table, Shape.WIDE)
    found = sa.select(table.c.id).where(table.c.id.in_(list(ids)), table.c.deleted_at.is_(None), reach)
    return set(scope.session.execute(found).scalars())
