"""References of a batch: each must lead to a living record that the writer may see, and no tree may bite its tail."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.access.rows import Shape, reached
from saas.engine.field import REFERENCE_KINDS, Field, Kind
from saas.engine.problem import Problem, ProblemCode
from saas.engine.record import Record
from saas.engine.registry import ObjectType, target_of
from saas.engine.scope import Scope
from saas.kit.text import camel


def reference_problems(scope: Scope, one: ObjectType, rows: Sequence[Mapping[str, Any]]) -> list[list[Problem]]:
    """For each row the references that lead nowhere, with one statement."""
    return lost_problems(scope, one.fields.values(), rows)


def lost_problems(scope: Scope, fields: Iterable[Field], rows: Sequence[Mapping[str, Any]]) -> list[list[Problem]]:
    """The same of any fields, such as the inputs of an action."""
    used = [each for each in fields if each.kind in REFERENCE_KINDS and any(row.get(each.name) for row in rows)]
    places = {field.name: [_places(field, row.get(field.name)) for row in rows] for field in used}
    asked: dict[ObjectType, set[UUID]] = {}
    for field in used:
        ids = {id_ for of_row in places[field.name] for id_ in of_row.values() if id_ is not None}
        if ids:
            asked.setdefault(target_of(field), set()).update(ids)
    found = _in_sight(scope, asked)
    problems: list[list[Problem]] = [[] for _ in rows]
    for field in used:
        target = target_of(field)
        message = f"{field.label.en}: there is no such {target.record.facts.label.en.lower()}."
        for of_row, found_in_row in zip(places[field.name], problems, strict=True):
            lost = (path for path, id_ in of_row.items() if id_ is not None and id_ not in found[target])
            found_in_row += [Problem(ProblemCode.NOT_FOUND, message, path) for path in lost]
    return problems


def _places(field: Field, value: Any) -> dict[tuple[str, ...], UUID | None]:
    """The references in the value of a field, by their places in the input."""
    place = (camel(field.name),)
    if field.kind is Kind.REFERENCE:
        return {place: value}
    return {(*place, str(i)): each for i, each in enumerate(value or ())}


def _in_sight(scope: Scope, asked: Mapping[ObjectType, Iterable[UUID]]) -> dict[ObjectType, set[UUID]]:
    """Those that are there, held so that none of them is deleted before this transaction ends; with one statement."""
    found: dict[ObjectType, set[UUID]] = defaultdict(set)
    targets = list(asked)
    held = [_held(scope, target, asked[target]).cte(f"of_{target.name}") for target in targets]
    told = [sa.select(sa.literal(place), each.c.id) for place, each in enumerate(held)]
    for place, id_ in scope.session.execute(sa.union_all(*told)) if told else ():
        found[targets[place]].add(id_)
    return found


def _held(scope: Scope, target: ObjectType, ids: Iterable[UUID]) -> sa.Select[UUID]:
    table = target.outermost
    in_sight = reached(scope.profile, target, "read", table, Shape.WIDE)
    return (
        sa.select(table.c.id)
        .where(table.c.id.in_(list(ids)), table.c.deleted_at.is_(None), in_sight)
        .order_by(table.c.id)
        .with_for_update(read=True, key_share=True, of=table)
    )


def moved(
    one: ObjectType, records: Sequence[Record], differences: Sequence[Mapping[str, tuple[Any, Any]]]
) -> dict[str, list[UUID]]:
    """For each reference to the object itself the records that were given another one."""
    found: dict[str, list[UUID]] = {}
    for record, difference in zip(records, differences, strict=True):
        for name, (_, after) in difference.items():
            if after is not None and one.fields[name].target is one.record:
                found.setdefault(name, []).append(record.id)
    return found


def circles(scope: Scope, one: ObjectType, moved: Mapping[str, Sequence[UUID]]) -> dict[UUID, list[Problem]]:
    """The records, just moved along a reference to their own object, that became their own ancestor by it.

    A new record needs no look: what it refers to was there before it.
    """
    found: dict[UUID, list[Problem]] = {}
    if moved:
        one_at_a_time(scope, one)
    for name, ids in moved.items():
        field = one.fields[name]
        table = one.table
        above = (
            sa.select(table.c.id.label("start"), table.c[field.name].label("ancestor"))
            .where(table.c.id.in_(ids), table.c[field.name].is_not(None))
            .cte("above", recursive=True)
        )
        above = above.union(
            sa.select(above.c.start, table.c[field.name])
            .join(table, table.c.id == above.c.ancestor)
            .where(table.c[field.name].is_not(None))
        )
        closed = sa.select(above.c.start).where(above.c.start == above.c.ancestor)
        for id_ in scope.session.execute(closed).scalars():
            message = f"{field.label.en}: this would make a circle."
            found.setdefault(id_, []).append(Problem(ProblemCode.CIRCLE, message, (camel(field.name),)))
    return found


def one_at_a_time(scope: Scope, one: ObjectType) -> None:
    """Wait until nobody else is changing the tree of these records, and hold it until this transaction ends.

    Two moves that do not see each other can make a circle together, and a closure that misses a pair.
    """
    key = sa.func.hashtextextended(sa.func.current_schema() + f".{one.name}", 0)
    scope.session.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
