"""Records found again by what a file or a client says of them: one statement for each set of fields and batch."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

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


def records_by(scope: Scope, one: ObjectType, fields: Sequence[Field], keys: Iterable[Key]) -> dict[Key, list[UUID]]:
    """The living records in the actor's sight with these keys (`compared` values); several may share one."""
    wanted = set(keys)
    if not wanted:
        return {}
    table = one.outermost
    columns = [table.c[field.folded or field.name] for field in fields]
    given: Condition = (
        sa.tuple_(*columns).in_(wanted) if len(columns) > 1 else columns[0].in_([key for (key,) in wanted])
    )
    for field in fields:
        given = where_seen(readable(scope.profile, one, field, table), given)
    statement = sa.select(table.c.id, *columns).where(
        given, table.c.deleted_at.is_(None), reached(scope.profile, one, "read", table)
    )
    found: dict[Key, list[UUID]] = {}
    for id_, *key in scope.session.execute(statement):
        found.setdefault(tuple(key), []).append(id_)
    return found
