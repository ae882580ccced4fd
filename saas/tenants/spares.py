"""The warm pool: schemas with role and tables that wait for a tenant, so that making one is only a name."""

from datetime import timedelta
from typing import Any

import psycopg
from sqlalchemy import delete, func, select, update

from saas.kit.clock import now
from saas.kit.errors import Unavailable
from saas.kit.ids import TENANT as TENANT_CODE
from saas.kit.ids import new_id
from saas.tenants.apply import apply, driver_of, send, take_schema
from saas.tenants.branches import TENANT, Branch
from saas.tenants.cells import as_owner, dsn_of
from saas.tenants.directory import directory, rows
from saas.tenants.directory_tables import spare as spare_table
from saas.tenants.names import quoted, schema_of
from saas.tenants.render import revisions
from saas.tenants.roles import stamp_rights, tenant_rights, tenant_role

_OF_ALL = ("platform.job", "platform.finding")
# A filling that is older was interrupted.
FILLING_TAKES_AT_MOST = timedelta(minutes=2)


def fill_pool(cell: str, n: int, *, branch: Branch = TENANT) -> int:
    """Bring the pool of the cell to `n` ready schemas; how many were made for that."""
    dsn_of(cell)  # NotFound, before anything is written down
    query = select(func.count()).where(spare_table.c.cell == cell, spare_table.c.state == "ready")
    missing = max(0, n - int(rows(query)[0][0]))
    for _ in range(missing):
        make_spare(cell, branch)
    return missing


def make_spare(cell: str, branch: Branch = TENANT) -> None:
    """One more ready schema in the cell. It is written down first, so that half of one is found and removed."""
    id = new_id(TENANT_CODE)
    schema = schema_of(id)
    values = {
        "id": id,
        "cell": cell,
        "schema": schema,
        "state": "filling",
        "schema_version": branch.head,
        "created_at": now(),
    }
    with directory(as_owner=True) as connection:
        connection.execute(spare_table.insert().values(values))
    with as_owner(cell) as connection:
        _build(driver_of(connection), schema, str(id), branch)
    with directory(as_owner=True) as connection:
        connection.execute(update(spare_table).where(spare_table.c.id == id).values(state="ready"))


def _build(driver: psycopg.Connection[Any], schema: str, id: str, branch: Branch) -> None:
    name = quoted(schema)
    send(driver, (*tenant_role(name, driver.info.server_version), f"CREATE SCHEMA {name}", *tenant_rights(name)))
    take_schema(driver, schema)
    for revision in revisions(branch):
        apply(driver, revision)
    driver.execute(
        "INSERT INTO stamp (tenant_id, schema_version, policy_version, customisation_version, state)"
        " VALUES (%s, %s, 1, 1, 'creating')",
        (id, branch.head),
    )
    send(driver, stamp_rights(name))


def remove_broken(cell: str) -> int:
    """Remove what a filling that was interrupted left behind; how many."""
    query = select(spare_table.c.id, spare_table.c.schema).where(
        spare_table.c.cell == cell,
        spare_table.c.state == "filling",
        spare_table.c.created_at < now() - FILLING_TAKES_AT_MOST,
    )
    broken = rows(query)
    for id, schema in broken:
        remove_schema(cell, schema)
        with directory(as_owner=True) as connection:
            connection.execute(delete(spare_table).where(spare_table.c.id == id))
    return len(broken)


def remove_schema(cell: str, schema: str) -> None:
    """Drop a schema with everything in it, its jobs and its role; what is gone already is no error.

    The jobs go after the schema: what a worker wrote while it was dropped goes too.
    """
    name = quoted(schema)
    try:
        with as_owner(cell) as connection:
            driver = driver_of(connection)
            driver.execute("SET LOCAL lock_timeout TO '2s'")
            send(driver, (f"DROP SCHEMA IF EXISTS {name} CASCADE",))
        with as_owner(cell) as connection:
            driver = driver_of(connection)
            driver.execute("SET LOCAL lock_timeout TO '2s'")
            if driver.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (schema,)).fetchone():
                # As the tenant: the tables that all share show each only its own.
                rows = [f"DELETE FROM {table}" for table in _shared(driver)]
                send(driver, (f"SET LOCAL ROLE {name}", *rows, "SET LOCAL ROLE NONE"))
            send(driver, (f"DROP ROLE IF EXISTS {name}",))
    except psycopg.errors.LockNotAvailable as error:
        raise Unavailable(
            f"The schema {schema} in cell {cell} is in use; nothing of it was dropped.",
            remedy="Nobody new gets in. Run the same command again in a while.",
        ) from error


def _shared(driver: psycopg.Connection[Any]) -> list[str]:
    """The tables with rows of all tenants, as far as the cell has them already."""
    there = "SELECT name FROM unnest(%s::text[]) AS name WHERE to_regclass(name) IS NOT NULL"
    return [str(name) for (name,) in driver.execute(there, (list(_OF_ALL),)).fetchall()]
