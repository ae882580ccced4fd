"""Unique fields: one living record a value, checked for the whole batch and held by an index against races."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import IntegrityError

from saas.engine.access.rows import Shape, reached
from saas.engine.field import Field
from saas.engine.problem import Problem, ProblemCode
from saas.engine.read.keys import among
from saas.engine.registry import ObjectType, listed
from saas.engine.scope import Scope
from saas.kit.text import camel, fold


def duplicate_problems(
    scope: Scope, one: ObjectType, rows: Sequence[tuple[UUID, Mapping[str, Any]]]
) -> list[list[Problem]]:
    """For each (id, values) the unique values that another living record or an earlier row holds.

    The whole tenant is checked; the other record is named only to one who may see it.
    """
    problems: list[list[Problem]] = [[] for _ in rows]
    for names in one.unique_keys:
        _check_key(scope, one, [one.fields[name] for name in names], rows, problems)
    return problems


def whole_keys(one: ObjectType, row: sa.Row[Any] | None, changed: Mapping[str, Any]) -> Mapping[str, Any]:
    """Changed values, with the rest of each key that they are part of as the record (first in `row`) has it."""
    if row is None:
        return changed
    names = {name for key in one.unique_keys if not changed.keys().isdisjoint(key) for name in key}
    return {name: getattr(row[0], name) for name in names} | dict(changed)


def _check_key(
    scope: Scope,
    one: ObjectType,
    fields: Sequence[Field],
    rows: Sequence[tuple[UUID, Mapping[str, Any]]],
    problems: list[list[Problem]],
) -> None:
    keys = [tuple(_compared(field, values.get(field.name)) for field in fields) for _, values in rows]
    wanted = {key for key in keys if None not in key}
    if not wanted:
        return
    table = one.table
    columns = [table.c[field.folded or field.name] for field in fields]
    in_sight = reached(scope.profile, one, "read", table, Shape.WIDE).label("in_sight")
    holders = scope.session.execute(
        sa.select(in_sight, table.c.id, *columns).where(
            among(columns, wanted),
            table.c.deleted_at.is_(None),
            table.c.id != sa.all_(sa.bindparam(None, [id_ for id_, _ in rows], ARRAY(sa.Uuid()))),
        )
    )
    taken = {tuple(key): id_ if in_sight else None for in_sight, id_, *key in holders}
    first_of: dict[Any, int] = {}
    for i, key in enumerate(keys):
        if key not in wanted:
            continue
        if key in taken:
            problems[i].append(_taken(one, fields, taken[key]))
        elif first_of.setdefault(key, i) != i:
            problems[i].append(_taken(one, fields, None))


def _compared(field: Field, value: Any) -> Any:
    return fold(value) if field.folded and value is not None else value


def _taken(one: ObjectType, fields: Sequence[Field], existing_id: UUID | None) -> Problem:
    label = one.record.facts.label.en.lower()
    shared = " and ".join(field.label.en.lower() for field in fields)
    message = f"Another {label} has this {shared} already."
    path = (camel(fields[-1].name),)
    return Problem(ProblemCode.DUPLICATE, message, path, kind="Duplicate", existing_id=existing_id)


def problem_of(error: IntegrityError) -> Problem | None:
    """The problem behind a unique index that refused, when two writers raced; None for any other reason."""
    cause: Any = error.orig
    if getattr(cause, "sqlstate", "") != "23505":
        return None
    name = cause.diag.constraint_name or ""
    for one in listed():  # a restore brings back records of several
        for names in one.unique_keys:
            if name == f"uq_{one.name}_{'_'.join(names)}":
                return _taken(one, [one.fields[each] for each in names], None)
        if name == f"pk_{one.name}":
            return Problem(ProblemCode.DUPLICATE, "A record with this id exists already.", ("id",), kind="Duplicate")
    return None
