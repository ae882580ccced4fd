"""One value of a record, or of a record behind a reference, as the viewer may see it: for filter, order and groups."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause

from saas.engine.access.fields import readable, seen, sees, visible
from saas.engine.access.filtering import where_seen
from saas.engine.access.rows import Condition, referable
from saas.engine.asker import Asker
from saas.engine.dictionary import rank_of
from saas.engine.field import Field
from saas.engine.registry import ObjectType
from saas.kit.errors import BadInput, Forbidden
from saas.kit.text import camel


def field_by_api(one: ObjectType, api: str) -> Field:
    """The field that the API calls `api`."""
    for field in one.shown:
        if camel(field.api) == api:
            return field
    raise BadInput(f"{one.type_name} has no field {api!r}.")


def part_by_api(one: ObjectType, whole: Field, api: str) -> Field:
    """The part of a field that the API calls `api`."""
    return next(one.fields[name] for name in whole.parts if one.fields[name].spelled[-1] == api)


def filterable(scope: Asker, one: ObjectType, field: Field, table: FromClause) -> Condition | bool:
    """On which records the viewer sees the field that filters them; Forbidden where it is hidden on all."""
    refuse_hidden(scope, one, field, table)
    return sees(scope.profile, one, field, table)


def comparable(scope: Asker, one: ObjectType, field: Field, table: FromClause) -> ColumnElement[Any]:
    """The value by which the field is grouped and added up; Forbidden where it is hidden on all records.

    Text compares folded, amounts in the base currency. A value hidden on some records is NULL there. Filters ask
    `filterable` and `compared` instead.
    """
    refuse_hidden(scope, one, field, table)
    return seen(scope.profile, one, field, table, compared(field, table))


def compared(field: Field, table: FromClause) -> ColumnElement[Any]:
    """The column by which the field is compared, grouped and aggregated, whoever looks."""
    column: ColumnElement[Any] = table.c[field.compared]
    return column


def ordering(
    scope: Asker, one: ObjectType, field: Field, table: FromClause, *, is_seen: bool = False
) -> list[ColumnElement[Any]]:
    """The values by which the field is ordered, one after the other: a name by its sound, a choice by rank and code.

    `is_seen` where nothing else is listed: then an index on the column may bring the order.
    """
    refuse_hidden(scope, one, field, table)
    values: list[ColumnElement[Any]] = [table.c[field.ordered_by]]
    if field.dictionary is not None:
        values.insert(0, rank_of(field.dictionary, table.c[field.name]))
    return values if is_seen else [seen(scope.profile, one, field, table, value) for value in values]


def behind(
    scope: Asker, one: ObjectType, field: Field, table: FromClause, target: FromClause, value: ColumnElement[Any]
) -> ColumnElement[Any]:
    """`value` of the record in `target` that the reference leads to; NULL where there is none in sight."""
    refuse_hidden(scope, one, field, table)
    return sa.select(value).select_from(target).where(*leads_to(scope, one, field, table, target)).scalar_subquery()


def leads_to(
    scope: Asker, one: ObjectType, field: Field, table: FromClause, target: FromClause
) -> tuple[Condition, ...]:
    """What must hold for the record in `target` to be the one that the reference shows to the viewer."""
    return (
        target.c.id == visible(scope.profile, one, field, table),
        target.c.deleted_at.is_(None),
        referable(scope.profile, one.target_of(field), target),
    )


def refers_to(scope: Asker, one: ObjectType, field: Field, table: FromClause, id_: ColumnElement[Any]) -> Condition:
    """Whether a record in sight refers to the one with this id; not where the viewer does not see that it does."""
    refuse_hidden(scope, one, field, table)
    return where_seen(readable(scope.profile, one, field, table), table.c[field.name] == id_)


def refuse_hidden(scope: Asker, one: ObjectType, field: Field, table: FromClause) -> None:
    """Forbidden where the field is hidden on all records."""
    if readable(scope.profile, one, field, table) is False:
        name = camel(field.part_of or field.api)
        raise Forbidden(
            f"{one.single}.{name} is hidden from you, so it cannot filter, order or group.",
            remedy="Leave it out, or ask an administrator for the field group.",
        )
