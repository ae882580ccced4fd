"""Records as they stand in their tables, put into a session from rows that were read without SQLAlchemy's mapper."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.util import identity_key

from saas.engine.record import Record
from saas.engine.twins import GRAMS

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy has no hint there
_AS_THEY_COME = (sa.Uuid, sa.Text, sa.Integer, sa.Boolean, sa.Numeric, sa.DateTime, sa.Date)


@cache
def stored_columns(record: type[Record]) -> tuple[sa.Column[Any], ...]:
    """The columns that are read of a record: all but its grams, which nobody looks at."""
    return tuple(column for column in cast("sa.Table", record.__table__).columns if column.name != GRAMS)


def as_read(session: Session, record: type[Record], row: Sequence[Any]) -> Record:
    """The record with these values of its columns; one that the session knows already becomes what was read."""
    names, converted = _reading(record)
    values = dict(zip(names, row, strict=True))
    for name, convert in converted:
        values[name] = convert(values[name])
    known = session.identity_map.get(identity_key(record, values["id"]))
    if known is None:
        made = record()
        made.__dict__.update(values)  # what is not read now is read when it is looked at
        make_transient_to_detached(made)
        session.add(made)
        return made
    state = sa.inspect(known)
    known.__dict__.update(values)
    state._commit_all(state.dict, session.identity_map)
    return known


@cache
def _reading(record: type[Record]) -> tuple[tuple[str, ...], tuple[tuple[str, Callable[[Any], Any]], ...]]:
    """The names of the columns, and what is made of the values of those that do not come as they are kept."""
    columns, converted = stored_columns(record), list[tuple[str, Callable[[Any], Any]]]()
    for column in columns:
        if type(column.type) in _AS_THEY_COME:
            continue
        convert = column.type.dialect_impl(_DIALECT).result_processor(_DIALECT, None)
        if convert is not None:
            converted.append((column.name, convert))
    return tuple(column.name for column in columns), tuple(converted)
