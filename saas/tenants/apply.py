"""Bringing one schema to a newer revision: statements, proof and version number in one transaction."""

from typing import Any

import psycopg
from sqlalchemy import Connection

from saas.kit.errors import TenantUnavailable
from saas.tenants.branches import Branch
from saas.tenants.database import APP
from saas.tenants.names import quoted
from saas.tenants.render import Revision, revisions


def driver_of(connection: Connection) -> psycopg.Connection[Any]:
    """The psycopg connection underneath, for statements sent in one go."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError(f"psycopg was expected, not {type(driver).__name__}.")
    return driver


def send(driver: psycopg.Connection[Any], statements: list[str] | tuple[str, ...]) -> None:
    """Many statements in one round trip; the first that fails is told."""
    with driver.pipeline():
        for statement in statements:
            driver.execute(statement)


def apply(driver: psycopg.Connection[Any], revision: Revision) -> None:
    """The revision's statements, then its check; the schema is the one in `search_path`."""
    send(driver, revision.statements)
    proof = driver.execute(revision.check).fetchone()
    if not proof or proof[0] is not True:
        raise TenantUnavailable(
            f"Revision {revision.number:04} ({revision.title}) ran without an error, but its check is not true.",
            remedy=f"Nothing was kept. Its check is: {revision.check}",
        )


def upgrade(connection: Connection, branch: Branch) -> int:
    """Bring the directory or a cell's platform to its newest revision; how many revisions that took."""
    driver, schema = driver_of(connection), branch.name
    driver.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"upgrade {schema}",))
    send(
        driver,
        (
            f"CREATE SCHEMA IF NOT EXISTS {schema}",
            f"CREATE TABLE IF NOT EXISTS {schema}.revision (number integer PRIMARY KEY)",
            # /readyz compares this number, and nothing else, with what the program was written for.
            f"GRANT USAGE ON SCHEMA {schema} TO {APP}",
            f"GRANT SELECT ON {schema}.revision TO {APP}",
        ),
    )
    row = driver.execute(f"SELECT max(number) FROM {schema}.revision").fetchone()
    at = (row and row[0]) or 0
    for revision in revisions(branch)[at:]:
        apply(driver, revision)
        driver.execute(f"INSERT INTO {schema}.revision VALUES (%s)", (revision.number,))
    return branch.head - at


def take_schema(driver: psycopg.Connection[Any], schema: str) -> None:
    """Up to the end of the transaction, names mean what is in this schema."""
    driver.execute(f"SET LOCAL search_path TO {quoted(schema)}")
