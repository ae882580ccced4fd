"""New records into their table, and into the session as if they had been read."""

from collections.abc import Sequence

from sqlalchemy.orm import make_transient_to_detached

from saas.engine.record import Record, complete_new
from saas.engine.registry import ObjectType
from saas.engine.rows import insert_rows
from saas.engine.scope import Scope
from saas.tenants.waiting import begin


def insert_records(scope: Scope, one: ObjectType, records: Sequence[Record]) -> None:
    """Write new records of one object with one statement, at which Postgres is while the session gets to know them."""
    write_records(scope, one, records)
    begin(scope.session)
    for record in records:
        make_transient_to_detached(record)
    scope.session.add_all(records)


def write_records(scope: Scope, one: ObjectType, records: Sequence[Record]) -> None:
    """The same, but the session does not get to know them: nobody will look at them in this transaction."""
    names = [column.name for column in one.table.columns]
    for record in records:
        complete_new(record)
    insert_rows(
        scope.session,
        one.table,
        ({name: value for name in names if (value := record.__dict__[name]) is not None} for record in records),
    )
