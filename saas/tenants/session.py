"""The only place that opens a session: a tenant's role and schema are taken in the same round trip as BEGIN."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from saas.kit import trace
from saas.kit.errors import TenantUnavailable
from saas.tenants.cells import app_url, connection_lost, turn
from saas.tenants.database import answering, is_lost
from saas.tenants.names import quoted
from saas.tenants.stamp import STAMP, Stamp, check
from saas.tenants.tenant import Tenant
from saas.tenants.waiting import Driver, keep, waiting_on

T = TypeVar("T")

_AFTERWARDS = "atrium_after_commit"
_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_WRITING = "BEGIN"
_TAKE = (
    "SELECT set_config('role', %s, true), set_config('search_path', %s, true),"
    " set_config('transaction_read_only', 'on', true)"
)


@dataclass
class Opened:
    session: Session
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Answer:
    stamp: Stamp
    rows: list[tuple[Any, ...]]


@contextmanager
def reading(tenant: Tenant, *, operator: bool = False) -> Iterator[Opened]:
    """One consistent view of the tenant's data; nothing can be written in it."""
    with _opened(tenant, _READING, operator=operator) as opened:
        yield opened


@contextmanager
def writing(tenant: Tenant, *, operator: bool = False) -> Iterator[Opened]:
    """One transaction on the tenant's data: committed at the end, rolled back on an error."""
    with _opened(tenant, _WRITING, operator=operator) as opened:
        yield opened
        opened.session.commit()
        for tell in opened.session.info.pop(_AFTERWARDS, {}).values():
            tell()


def after_commit(session: Session, key: str, tell: Callable[[], object]) -> None:
    """Have this done once the session's transaction has committed, once for each key; what it raises is not caught."""
    session.info.setdefault(_AFTERWARDS, {})[key] = tell


def read_one(
    tenant: Tenant, sql: str, params: Sequence[Any] | Mapping[str, Any] | None = None, *, operator: bool = False
) -> Answer:
    """What the tenant's data answers to one query, in one round trip: role, schema, stamp and query together."""
    with answering(f"cell {tenant.cell}", app_url(tenant.cell)), turn(tenant.cell) as engine:
        connection, answer = _with_connection(engine, tenant, lambda driver: _asked(driver, tenant, sql, params))
        connection.close()
    stamp, rows, failure = answer
    check(stamp, tenant, operator=operator)
    if failure is not None:  # only now: a schema that is behind explains itself better than its missing column
        raise failure
    return Answer(stamp, rows)


@contextmanager
def _opened(tenant: Tenant, begin: str, *, operator: bool) -> Iterator[Opened]:
    span = trace.span("transaction", trace.Kind.CLIENT, db__system__name="postgresql", write=begin is _WRITING)
    with span, answering(f"cell {tenant.cell}", app_url(tenant.cell)), turn(tenant.cell) as engine:
        connection, stamp = _with_connection(engine, tenant, lambda driver: _begun(driver, tenant, begin))
        try:
            check(stamp, tenant, operator=operator)
            with Session(bind=connection, expire_on_commit=False) as session:
                # From here on commit and rollback reach the driver, whatever was asked.
                keep(session, waiting_on(session.connection()))
                yield Opened(session, stamp)
        finally:
            connection.close()


def _with_connection(engine: Engine, tenant: Tenant, begin: Callable[[Driver], T]) -> tuple[Connection, T]:
    """A connection and what `begin` made of it; tried again where Postgres was lost before anything had begun."""
    for is_last in (False, True):
        connection = engine.connect()
        driver = waiting_on(connection)
        connection.info.setdefault("tenants", set()).add(tenant.id)
        try:
            return connection, begin(driver)
        except psycopg.Error as error:
            if not is_lost(error):
                connection.close()
                raise _closed_door(tenant, error) from error
            connection.invalidate()
            connection.close()
            connection_lost(engine)
            if is_last:
                raise
        except BaseException:
            connection.close()
            raise
    raise AssertionError("the last attempt returns or raises")


def _begun(driver: Driver, tenant: Tenant, begin: str) -> Stamp:
    role, schema = quoted(tenant.role), quoted(tenant.schema)
    return _stamp_in(driver.send(f"{begin}; SET LOCAL ROLE {role}; SET LOCAL search_path TO {schema}; {STAMP}"), tenant)


def _asked(
    driver: psycopg.Connection[Any], tenant: Tenant, sql: str, params: Sequence[Any] | Mapping[str, Any] | None
) -> tuple[Stamp, list[tuple[Any, ...]], psycopg.Error | None]:
    quoted(tenant.role), quoted(tenant.schema)  # refuses what is no name of a tenant
    stamp, answer, failure = driver.cursor(), driver.cursor(), None
    try:
        with driver.pipeline():  # one implicit transaction up to its end: role and path end with it
            driver.execute(_TAKE, (tenant.role, tenant.schema))
            stamp.execute(STAMP)
            answer.execute(sql, params)
    except psycopg.Error as error:
        if stamp.pgresult is None or is_lost(error):
            raise
        failure = error
    return _stamp_in(stamp.fetchall(), tenant), answer.fetchall() if failure is None else [], failure


def _stamp_in(rows: list[tuple[Any, ...]], tenant: Tenant) -> Stamp:
    if not rows:
        raise TenantUnavailable(
            f"The schema of {tenant.slug} has no stamp.", remedy="`saas tenant migrate` tells what is wrong with it."
        )
    return Stamp(*rows[0])


def _closed_door(tenant: Tenant, error: psycopg.Error) -> Exception:
    known = (psycopg.errors.InvalidParameterValue, psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege)
    if not isinstance(error, known):
        return error
    return TenantUnavailable(
        f"The schema of {tenant.slug} cannot be opened in cell {tenant.cell}: {error.diag.message_primary}.",
        remedy="`saas tenant migrate` tells what is wrong with it.",
    )
