"""The roles of a Postgres cluster: who owns the tables, who logs in, and that a login alone may do nothing."""

from typing import Any

import psycopg
from psycopg import sql
from pydantic import SecretStr

from saas.kit.settings import settings
from saas.tenants.database import APP, DISPATCHER, OWNER, TENANTS

_ATTRIBUTES = {
    OWNER: "LOGIN NOSUPERUSER CREATEROLE NOCREATEDB NOBYPASSRLS NOINHERIT",
    APP: "LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOBYPASSRLS NOINHERIT",
    DISPATCHER: "LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOBYPASSRLS NOINHERIT",
    TENANTS: "NOLOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOBYPASSRLS",
}
_SETTINGS = {
    OWNER: {"search_path": ""},
    APP: {
        "search_path": "",
        "statement_timeout": "30s",
        "idle_in_transaction_session_timeout": "30s",
        "jit": "off",
    },
    DISPATCHER: {
        "search_path": "",
        "statement_timeout": "30s",
        "idle_in_transaction_session_timeout": "30s",
        # It writes leases and attempts: what a crash of Postgres takes of the last moment is found again by time.
        "synchronous_commit": "off",
        # Its table is now empty, now full: by what the planner remembers of it, it would read all of it each time.
        "enable_seqscan": "off",
        "jit": "off",
    },
}


def ensure_roles(admin: psycopg.Connection[Any]) -> None:
    """Make the four roles, or bring them back to what they should be; in the caller's transaction."""
    admin.execute("SELECT pg_advisory_xact_lock(hashtextextended('atrium roles', 0))")
    existing = {name for (name,) in admin.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'atrium%'")}
    for role, attributes in _ATTRIBUTES.items():
        verb = "ALTER" if role in existing else "CREATE"
        admin.execute(sql.SQL(f"{verb} ROLE {{}} {attributes}").format(sql.Identifier(role)))
    for role, values in _SETTINGS.items():
        for name, value in values.items():
            admin.execute(
                sql.SQL("ALTER ROLE {} SET {} TO {}").format(sql.Identifier(role), sql.Identifier(name), value)
            )
    for role, password in _passwords().items():
        if password is not None:
            _set_password(admin, role, password)
    # PG16+ asks for the admin option where 15 is content with CREATEROLE.
    how = "WITH ADMIN TRUE, INHERIT FALSE, SET FALSE" if admin.info.server_version >= 160000 else "WITH ADMIN OPTION"
    admin.execute(f"GRANT {TENANTS} TO {OWNER} {how}")


def _passwords() -> dict[str, SecretStr | None]:
    values = settings()
    return {OWNER: values.owner_password, APP: values.app_password, DISPATCHER: values.dispatcher_password}


def _set_password(admin: psycopg.Connection[Any], role: str, password: SecretStr) -> None:
    # Hashed here, so that the password is in no log of the server.
    hashed = admin.pgconn.encrypt_password(
        password.get_secret_value().encode(), role.encode(), b"scram-sha-256"
    ).decode()
    admin.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), hashed))


def tenant_role(role: str, version: int) -> tuple[str, ...]:
    """The statements that make a tenant's role; `role` is quoted, `version` the server's."""
    can_set = "WITH INHERIT FALSE, SET TRUE" if version >= 160000 else ""
    return (
        f"CREATE ROLE {role} NOLOGIN INHERIT NOSUPERUSER NOCREATEROLE NOCREATEDB NOBYPASSRLS",
        f"GRANT {TENANTS} TO {role}",
        f"GRANT {role} TO {APP} {can_set}",
        f"GRANT {role} TO {OWNER} {can_set}",
    )


def tenant_rights(schema: str) -> tuple[str, ...]:
    """The statements that let a tenant's role work in its schema, in the tables to come too; no more than that."""
    return (
        f"GRANT USAGE ON SCHEMA {schema} TO {schema}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {schema}",
    )


def stamp_rights(schema: str) -> tuple[str, ...]:
    """A tenant may tell that its rights or fields changed, but neither whose it is nor that it is open."""
    return (
        f"REVOKE ALL ON {schema}.stamp FROM {schema}",
        f"GRANT SELECT, UPDATE (policy_version, customisation_version) ON {schema}.stamp TO {schema}",
    )
