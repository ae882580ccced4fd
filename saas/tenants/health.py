"""What `/readyz` tells of the databases: whether isolation holds, which cells answer, who is behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DBAPIError

from saas.kit.errors import AtriumError
from saas.tenants.branches import DIRECTORY, PLATFORM, Branch, head
from saas.tenants.cells import app_engine, app_url, connection_lost
from saas.tenants.database import APP, DISPATCHER, answering, is_lost
from saas.tenants.directory import directory, rows
from saas.tenants.directory_tables import cell as cell_table
from saas.tenants.directory_tables import tenant as tenant_table
from saas.tenants.names import quoted
from saas.tenants.tenant import TenantState

_ATTRIBUTES = """
    SELECT rolinherit, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb,
           EXISTS (SELECT FROM pg_catalog.pg_shdepend d WHERE d.refobjid = r.oid AND d.deptype = 'o')
    FROM pg_catalog.pg_roles r WHERE rolname = current_user
"""
_WRONG = ("inherits", "is a superuser", "bypasses row security", "makes roles", "makes databases", "owns something")


@dataclass(frozen=True, slots=True)
class CellState:
    name: str
    tenants: int
    problem: str


def cells_state() -> list[CellState]:
    """Each cell with its number of tenants and what is wrong with it; an empty problem is none."""
    query = (
        select(cell_table.c.name, func.count(tenant_table.c.id))
        .outerjoin(tenant_table, tenant_table.c.cell == cell_table.c.name)
        .group_by(cell_table.c.name)
        .order_by(cell_table.c.name)
    )
    return [CellState(name, count, _problem_of(name)) for name, count in rows(query)]


def tenants_behind() -> list[str]:
    """The slugs of the tenants that are refused until they are migrated."""
    query = (
        select(tenant_table.c.slug)
        .where(
            tenant_table.c.state.in_((TenantState.ACTIVE, TenantState.SUSPENDED)),
            tenant_table.c.schema_version.not_in((head(), head() - 1)),
        )
        .order_by(tenant_table.c.slug)
    )
    return [row.slug for row in rows(query)]


def directory_revision() -> int:
    """The newest revision that the directory has; 0 where that cannot be told."""
    with directory() as connection:
        return _revision(connection, DIRECTORY)


def platform_revision(cell: str) -> int:
    """The newest revision of the cell's own tables; 0 where that cannot be told."""
    with _connected(cell) as connection:
        return _revision(connection, PLATFORM)


def _revision(connection: Connection, branch: Branch) -> int:
    try:
        return connection.execute(text(f"SELECT max(number) FROM {branch.name}.revision")).scalar_one() or 0
    except DBAPIError as error:
        if not isinstance(error.orig, psycopg.errors.InsufficientPrivilege | psycopg.errors.UndefinedTable):
            raise
        connection.rollback()  # what could not be looked at cannot be committed
        return 0  # from before the program was allowed to look, or not made at all


def worker_connections(cell: str) -> int:
    """How many connections of workers the cell has, whatever Redis they are on."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE usename = :role AND datname = current_database()"
    with _connected(cell) as connection:
        return int(connection.execute(text(query), {"role": DISPATCHER}).scalar_one())


def check_roles(cell: str) -> list[str]:
    """What is wrong with the login role there: it must be able to do nothing by itself. Empty is good."""
    schema = rows(select(tenant_table.c.schema).where(tenant_table.c.cell == cell).limit(1))
    with _connected(cell) as connection:
        row = connection.execute(text(_ATTRIBUTES)).one()
        wrong = [f"{APP} {what}." for what, is_so in zip(_WRONG, row, strict=True) if is_so]
        if schema:
            try:
                connection.execute(text(f"SELECT 1 FROM {quoted(schema[0].schema)}.stamp"))
            except DBAPIError as error:
                if not isinstance(error.orig, psycopg.errors.InsufficientPrivilege | psycopg.errors.InvalidSchemaName):
                    raise
            else:
                wrong.append(f"{APP} reads a tenant's table without that tenant's role.")
    return wrong


def _problem_of(cell: str) -> str:
    try:
        return " ".join(check_roles(cell))
    except AtriumError as error:
        return str(error)


@contextmanager
def _connected(cell: str) -> Iterator[Connection]:
    """A connection to the cell that lives: one that Postgres ended while idle says nothing of Postgres now."""
    with answering(f"cell {cell}", app_url(cell)), app_engine(cell).connect() as connection:
        try:
            connection.execute(text("SELECT 1"))
        except DBAPIError as error:
            if not is_lost(error):
                raise
            connection_lost(connection.engine)
            connection.rollback()  # what SQLAlchemy has invalidated connects anew
        yield connection
