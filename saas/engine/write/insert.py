"""New records into their table, and into the session as if they had been read."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import make_transient_to_detached

from saas.engine.record import Record, complete_new
from saas.engine.registry import ObjectType
from saas.engine.rows import insert_rows
from saas.engine.scope import Scope
from saas.tenants.waiting import begin

_AT_ONCE = 125  # of a chunk of an import a quarter


def insert_records(scope: Scope, one: ObjectType, records: Sequence[Record]) -> None:
    """Write new records of one object; Postgres is at the first of many while the others are completed."""
    for start in range(0, len(records), _AT_ONCE):
        write_records(scope, one, records[start : start + _AT_ONCE])
        begin(scope.session)
    for record in records:
        make_transient_to_detached(record)
        # `add` would go through every attribute for other records behind it; there are none.
        scope.session._save_or_update_impl(sa.inspect(record))


def write_records(scope: Scope, one: ObjectType, records: Sequence[Record]) -> None:
    """The same, but the session does not get to know them: nobody will look at them in this transaction."""
    names = {column.name for column in one.table.columns}
    for record in records:
        complete_new(record)
    insert_rows(
        scope.session,
        one.table,
        (
            {name: value for name, value in record.__dict__.items() if value is not None and name in names}
            for record in records
        ),
    )
