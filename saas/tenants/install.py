"""Before the first tenant: roles, the directory's database, and a database for each cell."""

from typing import Any

import psycopg
from sqlalchemy import URL
from sqlalchemy.dialects.postgresql import insert

from saas.kit.clock import now
from saas.kit.errors import Conflict
from saas.kit.settings import settings
from saas.tenants.apply import upgrade
from saas.tenants.branches import DIRECTORY, PLATFORM
from saas.tenants.cells import as_owner, forget_cells
from saas.tenants.database import APP, DISPATCHER, OWNER, address, answering, place
from saas.tenants.directory import directory, rows
from saas.tenants.directory_tables import cell as cell_table
from saas.tenants.names import checked_cell, quoted_database
from saas.tenants.roles import ensure_roles

DEFAULT_CELL = "main"
MAX_TENANTS = 500


def install(admin_dsn: str) -> None:
    """Make the roles and the directory, or bring them up to date; nothing that is right is touched."""
    _ensure_database(admin_dsn, address(settings().directory_dsn))
    with directory(as_owner=True) as connection:
        upgrade(connection, DIRECTORY)


def add_cell(name: str, dsn: str, *, admin_dsn: str | None = None, max_tenants: int = MAX_TENANTS) -> None:
    """Register a cell and bring its platform up to date; with a superuser's DSN its database and roles are made too."""
    checked_cell(name)
    url = address(dsn)
    told = url.set(username=None, password=None, drivername="postgresql").render_as_string()
    if admin_dsn is not None:
        _ensure_database(admin_dsn, url)
    values = {"name": name, "dsn": told, "max_tenants": max_tenants, "is_open": True, "created_at": now()}
    with directory(as_owner=True) as connection:
        connection.execute(insert(cell_table).values(values).on_conflict_do_nothing())
        known = connection.execute(cell_table.select().where(cell_table.c.name == name)).one()
        if known.dsn != told:
            raise Conflict(
                f"The cell {name} is at {place(address(known.dsn))} already.",
                remedy="Choose another name. Tenants change cells by being moved, not by a new address.",
            )
    forget_cells()
    with as_owner(name) as connection:
        upgrade(connection, PLATFORM)


def cells() -> list[str]:
    """The names of all cells."""
    return [row.name for row in rows(cell_table.select().order_by(cell_table.c.name))]


def upgrade_all() -> None:
    """Bring the directory and the platform of every cell to their newest revisions; needs no superuser."""
    with directory(as_owner=True) as connection:
        upgrade(connection, DIRECTORY)
    for cell in cells():
        with as_owner(cell) as connection:
            upgrade(connection, PLATFORM)


def _ensure_database(admin_dsn: str, wanted: URL) -> None:
    admin_url = address(admin_dsn)
    with answering("the superuser's database", admin_url):
        with psycopg.connect(_text(admin_url), connect_timeout=5) as admin:
            ensure_roles(admin)
        with psycopg.connect(_text(admin_url), connect_timeout=5, autocommit=True) as admin:
            _create_database(admin, str(wanted.database))
        with psycopg.connect(_text(admin_url.set(database=wanted.database)), connect_timeout=5) as admin:
            _close_database(admin, str(wanted.database))


def _text(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _create_database(admin: psycopg.Connection[Any], name: str) -> None:
    if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
        return
    try:
        admin.execute(f"CREATE DATABASE {quoted_database(name)} OWNER {OWNER} ENCODING 'UTF8' TEMPLATE template0")
    except psycopg.errors.DuplicateDatabase:
        return  # another installer was quicker


def _close_database(admin: psycopg.Connection[Any], name: str) -> None:
    database = quoted_database(name)
    for statement in (
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {database} TO {APP}, {DISPATCHER}",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
    ):
        admin.execute(statement)
