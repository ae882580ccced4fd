"""Logging in to Postgres: which role, with which password, and what is said when it does not answer."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

import psycopg
from pydantic import SecretStr
from sqlalchemy import URL, Engine, create_engine, exc, make_url

from saas.kit.errors import BadConfig, Unavailable
from saas.kit.settings import settings
from saas.tenants.closing_pool import ClosingPool
from saas.tenants.waiting import WAITING

APP = "atrium_app"
OWNER = "atrium_owner"
DISPATCHER = "atrium_dispatcher"
TENANTS = "atrium_tenant"

# connection failure, admin shutdown, crash, starting up, too many connections, idle in transaction for too long
_LOST = ("08000", "08001", "08003", "08004", "08006", "57P01", "57P02", "57P03", "53300", "25P03")
_DISK_FULL, _NO_MEMORY = "53100", "53200"

# What a refusal of Postgres comes as, from psycopg or by way of SQLAlchemy.
REFUSALS = (psycopg.Error, exc.DBAPIError)

_engines: dict[URL, Engine] = {}
_lock = threading.Lock()


def address(dsn: str) -> URL:
    """A DSN without user, as the settings and the directory keep it."""
    try:
        parsed = make_url(dsn)
    except (exc.ArgumentError, ValueError):
        raise BadConfig("The DSN of a database cannot be read.", remedy="postgresql://host:port/name") from None
    if parsed.get_backend_name() != "postgresql" or not parsed.database:
        raise BadConfig(f"{place(parsed)} is not a Postgres database.", remedy="postgresql://host:port/name")
    return parsed.set(drivername=WAITING)


@cache
def login(dsn: str, role: str) -> URL:
    """The same with the login role and its password from the settings."""
    passwords = {
        APP: settings().app_password,
        OWNER: settings().owner_password,
        DISPATCHER: settings().dispatcher_password,
    }
    return address(dsn).set(username=role, password=_given(role, passwords[role]))


def _given(role: str, password: SecretStr | None) -> str:
    if password is None:
        variable = f"SAAS_{role.removeprefix('atrium_').upper()}_PASSWORD"
        raise BadConfig(f"{variable} is not set, so nobody can log in as {role}.", remedy=f"Set {variable}.")
    return password.get_secret_value()


def place(url: URL) -> str:
    """Where a database is, for a message: no user, no password."""
    return f"{url.host or 'localhost'}:{url.port or 5432}/{url.database}"


def engine_for(url: URL, make: Callable[[URL], Engine]) -> Engine:
    """The one engine of this process for this database and login."""
    engine = _engines.get(url)
    if engine is not None:
        return engine
    with _lock:
        if url not in _engines:
            _engines[url] = make(url)
        return _engines[url]


def plain_engine(url: URL) -> Engine:
    """An engine for what is not a tenant's: the directory, and the owner's work."""
    return create_engine(
        url,
        poolclass=ClosingPool,
        pool_size=5,
        max_overflow=5,
        pool_timeout=10,
        pool_pre_ping=True,
        pool_recycle=900,
        connect_args={"prepare_threshold": None, "connect_timeout": 5},
    )


def close_connections() -> None:
    """Close what this process holds open; the next use opens anew."""
    _forget(close=True)


def _forget(*, close: bool) -> None:
    with _lock:
        engines = list(_engines.values())
        _engines.clear()
    login.cache_clear()  # the settings may be others now
    for engine in engines:
        engine.dispose(close=close)


def _after_fork() -> None:
    # The parent goes on using its sockets: the child only lets go of them.
    global _lock
    _lock = threading.Lock()
    _forget(close=False)


os.register_at_fork(after_in_child=_after_fork)


def is_lost(error: BaseException) -> bool:
    """Whether Postgres went away, as against having refused a statement."""
    if isinstance(error, exc.DBAPIError):
        return error.connection_invalidated or (error.orig is not None and is_lost(error.orig))
    if not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return False
    return error.sqlstate is None or error.sqlstate in _LOST


def is_out_of_room(error: BaseException) -> bool:
    """Whether Postgres had no disk, memory or connection left, whatever the statement was."""
    return sqlstate(error) in (_DISK_FULL, _NO_MEMORY, "53300")


def sqlstate(error: BaseException | None) -> str | None:
    """The five characters by which Postgres tells what is wrong, where the error comes from it."""
    cause = error.orig if isinstance(error, exc.DBAPIError) else error
    return cause.sqlstate if isinstance(cause, psycopg.Error) else None


def explained(error: BaseException, what: str, url: URL) -> Unavailable | None:
    """The sentence for an error that is the server's fault; None for any other error."""
    if isinstance(error, exc.TimeoutError):
        return Unavailable(
            f"All connections to {what} at {place(url)} are in use.",
            remedy="Try again; if it lasts, raise SAAS_POOL_SIZE.",
        )
    if is_lost(error):
        return Unavailable(
            f"Postgres does not answer: {what} at {place(url)} ({_reason(error)}).",
            remedy="Check that it runs and that the DSN and the password are right; nothing needs a restart here.",
        )
    if sqlstate(error) == _DISK_FULL:
        return Unavailable(
            f"The disk of {what} at {place(url)} is full; nothing was written.", remedy="Free space there; then again."
        )
    if sqlstate(error) == _NO_MEMORY:
        return Unavailable(
            f"The memory of {what} at {place(url)} is used up; nothing was written.",
            remedy="Give Postgres more, or lower its max_connections and work_mem.",
        )
    return None


def _reason(error: BaseException) -> str:
    text = str(getattr(error, "orig", None) or error).strip()
    return text.splitlines()[0].strip() if text else type(error).__name__


@contextmanager
def answering(what: str, url: URL) -> Iterator[None]:
    """Inside, a server that does not answer is told as Unavailable, with its place."""
    try:
        yield
    except (exc.SQLAlchemyError, psycopg.Error) as error:
        told = explained(error, what, url)
        if told is None:
            raise
        raise told from error
