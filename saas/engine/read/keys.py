"""Records found again by what a file or a client says of them: one statement for each set of fields and batch."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from saas.engine.access.fields import readable
from saas.engine.access.filtering import where_seen
from saas.engine.access.rows import Condition, reached
from saas.engine.field import Field
from saas.engine.registry import ObjectType
from saas.engine.scope import Scope
from saas.kit.text import fold

Key = tuple[Any, ...]


def compared(field: Field, value: Any) -> Any:
    """A value as it is compared: text without case, width and accents."""
    return fold(value) if field.folded and value is not None else value


def among(columns: Sequence[sa.ColumnElement[Any]], keys: Collection[Key]) -> Condition:
    """Whether these columns together are one of the keys.

    Of one column as one array: for many row values Postgres plans each for itself, which takes longer than to look.
    """
    if len(columns) > 1:
        return sa.tuple_(*columns).in_(keys)
    return columns[0] == sa.any_(sa.bindparam(None, [key for (key,) in keys], ARRAY(columns[0].type)))


def records_by(scope: Scope, one: ObjectType, fields: Sequence[Field], keys: Iterable[Key]) -> dict[Key, list[UUID]]:
    """The living records in the actor's sight with these keys (`compared` values); several may share one."""
    wanted = set(keys)
    if not wanted:
        return {}
    table = one.outermost
    columns = [table.c[field.folded or field.name] for field in fields]
    given: Condition = among(columns, wanted)
    for field in fields:
        given = where_seen(readable(scope.profile, one, field, table), given)
    statement = sa.select(table.c.id, *columns).where(
        given, table.c.deleted_at.is_(None), reached(scope.profile, one, "read", table)
    )
    found: dict[Key, list[UUID]] = {}
    for id_, *key in scope.session.execute(statement):
        found.setdefault(tuple(key), []).append(id_)
    return found
