"""Unique fields: one living record a value, checked for the whole batch and held by an index against races."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from saas.engine.access.rows import reached
from saas.engine.field import Field
from saas.engine.problem import Problem, ProblemCode
from saas.engine.registry import ObjectType, objects
from saas.engine.scope import Scope
from saas.kit.text import camel, fold


def duplicate_problems(
    scope: Scope, one: ObjectType, rows: Sequence[tuple[UUID, Mapping[str, Any]]]
) -> list[list[Problem]]:
    """For each (id, values) the unique values that another living record or an earlier row holds.

    The whole tenant is checked; the other record is named only to one who may see it.
    """
    problems: list[list[Problem]] = [[] for _ in rows]
    for field in one.fields.values():
        if field.unique:
            _check_field(scope, one, field, rows, problems)
    return problems


def _check_field(
    scope: Scope,
    one: ObjectType,
    field: Field,
    rows: Sequence[tuple[UUID, Mapping[str, Any]]],
    problems: list[list[Problem]],
) -> None:
    keys = [_key(field, values.get(field.name)) for _, values in rows]
    wanted = {key for key in keys if key is not None}
    if not wanted:
        return
    table = one.table
    column = table.c[field.folded or field.name]
    holders = scope.session.execute(
        sa.select(column.label("key"), table.c.id, reached(scope.profile, one, "read", table).label("in_sight")).where(
            column.in_(wanted), table.c.deleted_at.is_(None), table.c.id.not_in([id_ for id_, _ in rows])
        )
    )
    taken = {row.key: row.id if row.in_sight else None for row in holders}
    first_of: dict[Any, int] = {}
    for i, key in enumerate(keys):
        if key is None:
            continue
        if key in taken:
            problems[i].append(_taken(one, field, taken[key]))
        elif first_of.setdefault(key, i) != i:
            problems[i].append(_taken(one, field, None))


def _key(field: Field, value: Any) -> Any:
    return fold(value) if field.folded and value is not None else value


def _taken(one: ObjectType, field: Field, existing_id: UUID | None) -> Problem:
    label = one.record.facts.label.en.lower()
    message = f"Another {label} has this {field.label.en.lower()} already."
    return Problem(ProblemCode.DUPLICATE, message, (camel(field.name),), kind="Duplicate", existing_id=existing_id)


def problem_of(error: IntegrityError) -> Problem | None:
    """The problem behind a unique index that refused, when two writers raced; None for any other reason."""
    cause: Any = error.orig
    if getattr(cause, "sqlstate", "") != "23505":
        return None
    name = cause.diag.constraint_name or ""
    for one in objects():  # a restore brings back records of several
        for field in one.fields.values():
            if name == f"uq_{one.name}_{field.name}":
                return _taken(one, field, None)
        if name == f"pk_{one.name}":
            return Problem(ProblemCode.DUPLICATE, "A record with this id exists already.", ("id",), kind="Duplicate")
    return None
