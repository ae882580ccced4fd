"""The directory: a database of its own that knows every tenant, its cell, and the people who may sign in."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import URL, Connection, Engine, Executable, Row, select

from saas.kit.errors import NotFound
from saas.kit.settings import settings
from saas.tenants.database import APP, OWNER, answering, engine_for, login, plain_engine
from saas.tenants.directory_tables import tenant as tenant_table
from saas.tenants.names import is_slug
from saas.tenants.open_connections import tell_connections
from saas.tenants.tenant import Tenant, TenantState

AnyRow: TypeAlias = Row[*tuple[Any, ...]]
Transaction: TypeAlias = Connection  # in the directory

_COLUMNS = (
    tenant_table.c.id,
    tenant_table.c.slug,
    tenant_table.c.name,
    tenant_table.c.cell,
    tenant_table.c.schema,
    tenant_table.c.schema.label("role"),  # named alike
    tenant_table.c.state,
    tenant_table.c.schema_version,
    tenant_table.c.base_currency,
    tenant_table.c.time_zone,
    tenant_table.c.language,
)


@contextmanager
def directory(*, as_owner: bool = False) -> Iterator[Connection]:
    """One transaction in the directory: committed at the end, rolled back on an error."""
    url = login(settings().directory_dsn, OWNER if as_owner else APP)
    with answering("the directory", url), engine_for(url, _told_engine).begin() as connection:
        yield connection


def _told_engine(url: URL) -> Engine:
    return tell_connections(plain_engine(url), "directory")


def rows(statement: Executable) -> Sequence[AnyRow]:
    """What the directory answers to one query."""
    url = login(settings().directory_dsn, APP)
    with answering("the directory", url), engine_for(url, _told_engine).connect() as connection:
        # One statement needs no BEGIN and no COMMIT around it.
        return connection.execution_options(isolation_level="AUTOCOMMIT").execute(statement).all()


def tenant_by_slug(slug: str) -> Tenant:
    """The tenant that people call `slug`."""
    found = rows(tenant_query().where(tenant_table.c.slug == slug)) if is_slug(slug) else []
    if not found:
        raise NotFound(f"There is no tenant {slug!r}.", remedy="`saas tenant list` shows all.")
    return tenant_from(found[0])


def tenant_by_id(id: UUID) -> Tenant:
    """The tenant with this id."""
    found = rows(tenant_query().where(tenant_table.c.id == id))
    if not found:
        raise NotFound(f"There is no tenant with the id {id}.")
    return tenant_from(found[0])


def tenants() -> list[Tenant]:
    """All tenants, by slug."""
    return [tenant_from(row) for row in rows(tenant_query().order_by(tenant_table.c.slug))]


def tenant_query() -> Any:
    """The query whose rows `tenant_from` reads."""
    return select(*_COLUMNS)


def tenant_from(row: AnyRow) -> Tenant:
    """A row of that query as a tenant."""
    values = list(row[: len(_COLUMNS)])
    values[6] = TenantState(values[6])
    return Tenant(*values)
