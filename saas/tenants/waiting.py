"""Statements whose answer nobody reads wait for the next one, and go with it in one round trip.

Rows of a write, its audit, its savepoints: each alone would cost more on its way than in Postgres. What is wrong
with such a statement is told by the one that takes it along, or by `send`. Where they are much work, `begin` has
Postgres at it while this process goes on.
"""

import itertools
from collections.abc import Generator, Mapping, Sequence
from typing import Any

import psycopg
from psycopg import generators
from psycopg.adapt import Transformer
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult
from sqlalchemy import ClauseElement, Connection
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from saas.tenants.literals import NUL, literal

Statement = tuple[str, dict[str, Any] | None]
Row = tuple[Any, ...]
# As plain numbers they are compared in half the time.
_ROWS = int(ExecStatus.TUPLES_OK)
_DONE = (int(ExecStatus.COMMAND_OK), int(ExecStatus.EMPTY_QUERY))
_RELEASE = "RELEASE SAVEPOINT "
_MUCH = 50_000  # characters: fewer are done before there would be time for anything else
_DRIVER = "atrium_driver"


class Driver(psycopg.Connection[Any]):
    """A connection with what waits on it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting: list[Statement] = []
        self.savepoints = itertools.count(1)
        self.is_at_work = False  # on something whose answer nobody has read

    def execute(self, *args: Any, **kwargs: Any) -> psycopg.Cursor[Any]:
        """Whoever goes around SQLAlchemy takes along what waits, too."""
        self.send_due()
        return super().execute(*args, **kwargs)

    def send_due(self) -> None:
        """What waits, if any of it matters to the next statement: that savepoints end does not."""
        if self.is_at_work or any(not sql.startswith(_RELEASE) for sql, _ in self.waiting):
            self.send()

    def send(self, sql: str = "", values: dict[str, Any] | None = None) -> list[Row]:
        """What waits, and a statement after it, as one text; the answer to the last."""
        self.finish()
        if sql:
            self.waiting.append((sql, values))
        return self._rows(self.pgconn.exec_(self._taken())) if self.waiting else []

    def look(self, sql: str, values: Sequence[bytes | None]) -> list[Row]:
        """The answer to a query with parameters as texts: $1, $2 …"""
        if b"\0" in b"".join(filter(None, values)):  # libpq would cut it off there
            raise psycopg.DataError(NUL)
        self.send_due()
        if self._begins:
            self.pgconn.exec_(b"BEGIN")
        return self._rows(self.pgconn.exec_params(sql.encode(), values))

    def send_all(self, statements: Sequence[str], values: dict[str, Any]) -> list[list[tuple[Any, ...]]]:
        """The answers to queries that have the same values, which go as one text."""
        self.send_due()
        cursor = psycopg.ClientCursor(self)
        cursor.execute("; ".join(cursor.mogrify(each, values) for each in statements))
        found = [cursor.fetchall()]
        while cursor.nextset():
            found.append(cursor.fetchall())
        return found

    def begin(self) -> None:
        """Have Postgres at work on what waits, if it is much; while it is at work on the last, that goes on waiting.

        What is wrong is told to whoever sends the next one.
        """
        values = (value for _, given in self.waiting for value in (given or {}).values() if isinstance(value, str))
        if sum(map(len, values)) < _MUCH:
            return
        if self.is_at_work:
            self.pgconn.consume_input()
            if self.pgconn.is_busy():
                return
            self.finish()
        with self.lock:
            self.pgconn.send_query(self._taken())
            self.is_at_work = True
            self.wait(generators.send(self.pgconn))

    def finish(self) -> None:
        """Wait for what Postgres was begun with."""
        for each in self._answers():
            if each.status == ExecStatus.FATAL_ERROR:
                raise self._failure(each)

    def forget(self) -> None:
        """Nothing waits any more, and what is wrong with what was begun is no matter: it is taken back."""
        self.waiting.clear()
        self._answers()

    def rollback(self) -> None:
        """Also while Postgres is at work; nothing is to be told where no transaction is open."""
        self.forget()
        if self.pgconn.transaction_status != TransactionStatus.IDLE:
            super().rollback()

    def _answers(self) -> Sequence[PGresult]:
        if not self.is_at_work:
            return ()
        self.is_at_work = False
        with self.lock:
            return self.wait(generators.fetch_many(self.pgconn))

    def _taken(self) -> bytes:
        """What waits as one text; it waits no longer.

        Where something of it cannot be written all goes on waiting: nothing that stands beside it is kept without it.
        """
        waiting = [("BEGIN", None), *self.waiting] if self._begins else self.waiting
        try:
            taken = "; ".join([_filled(each, given) if given else each for each, given in waiting]).encode()
        except UnicodeEncodeError:  # which names the whole text
            raise psycopg.DataError("A text with half a character (a lone surrogate) cannot be kept.") from None
        self.waiting = []
        return taken

    @property
    def _begins(self) -> bool:
        """Whether a transaction is to be opened first, as psycopg does it where it was not told to leave that to us."""
        return not self.autocommit and self.pgconn.transaction_status == TransactionStatus.IDLE

    def _rows(self, result: PGresult) -> list[Row]:
        """What libpq brought in one call; psycopg has other threads take their turn at each step of it."""
        status = int(result.status)
        if status in _DONE:
            return []
        if status != _ROWS:
            raise self._failure(result)
        rows = Transformer(self)
        rows.set_pgresult(result)
        return rows.load_rows(0, result.ntuples, tuple)

    def _failure(self, result: PGresult) -> psycopg.Error:
        error = psycopg.errors.error_from_result(result)
        if error.sqlstate is None and self.pgconn.status == ConnStatus.BAD:
            return psycopg.OperationalError(str(error))
        return error


def _filled(sql: str, values: Mapping[str, Any]) -> str:
    return sql % {name: literal(value) for name, value in values.items()}


class Savepoint:
    """A place in a transaction: what is written from here on can be taken back alone.

    As SQLAlchemy's own, without its book about each record: whoever takes something back forgets all that was read.
    """

    def __init__(self, session: Session) -> None:
        session.flush()
        self._session, self._driver = session, _of(session)
        self._name = f"place_{next(self._driver.savepoints)}"
        self._begun: Statement = (f"SAVEPOINT {self._name}", None)
        self._driver.waiting.append(self._begun)

    def keep(self) -> None:
        """What was written stays, if the transaction does."""
        self._session.flush()
        self._driver.waiting.append((f"{_RELEASE}{self._name}", None))

    def undo(self) -> None:
        """Nothing of it was written; records that were read are to be read again."""
        self._session.expunge_all()
        waiting = self._driver.waiting
        if self._begun in waiting:  # then nothing that stands behind it was sent
            del waiting[waiting.index(self._begun) :]
            return
        with _as_sqlalchemy_says:
            self._driver.forget()
            self._driver.execute(f"ROLLBACK TO SAVEPOINT {self._name}")


class WaitingDialect(PGDialect_psycopg):
    """SQLAlchemy's dialect of psycopg, whose statements take along what waits."""

    supports_statement_cache = True

    def connect(self, *args: Any, **kwargs: Any) -> Any:
        # Our texts are UTF-8: read as anything else they would be other texts, and end where we do not.
        return Driver.connect(*args, **kwargs | {"client_encoding": "UTF8"})

    def do_execute(self, cursor: Any, statement: str, parameters: Any, _context: Any = None) -> None:
        cursor.connection.send_due()
        cursor.execute(statement, parameters)

    def do_executemany(self, cursor: Any, statement: str, parameters: Any, _context: Any = None) -> None:
        cursor.connection.send_due()
        cursor.executemany(statement, parameters)

    def do_savepoint(self, connection: Connection, name: str) -> None:
        with _as_sqlalchemy_says:
            waiting_on(connection).send()  # the end of a savepoint that is sent later would end this one too
        super().do_savepoint(connection, name)  # type: ignore[no-untyped-call]  # it has no hint

    def do_rollback_to_savepoint(self, connection: Connection, name: str) -> None:
        with _as_sqlalchemy_says:
            waiting_on(connection).forget()  # a savepoint inside ended with this one, and need not be told to
        super().do_rollback_to_savepoint(connection, name)  # type: ignore[no-untyped-call]  # it has no hint

    def do_commit(self, dbapi_connection: Any) -> None:
        driver = dbapi_connection.driver_connection
        if not driver.waiting and not driver.is_at_work:
            if driver.pgconn.transaction_status == TransactionStatus.INERROR:
                driver.rollback()
                raise psycopg.errors.InFailedSqlTransaction("A statement failed: nothing was kept.")
            driver.commit()
            return
        try:
            driver.send("COMMIT")
        except psycopg.Error:
            driver.rollback()  # as a COMMIT that fails ends the transaction
            raise


def wait(session: Session, sql: str, values: dict[str, Any] | None = None) -> None:
    """Have the statement sent before the next one of this session, or before its commit."""
    _of(session).waiting.append((sql, values))


def ask(session: Session, sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The answer to a statement as psycopg takes it; for what every write asks, where SQLAlchemy would cost more."""
    with _as_sqlalchemy_says:
        return _of(session).send(sql, values)


def ask_all(session: Session, statements: Sequence[str], values: dict[str, Any]) -> list[list[tuple[Any, ...]]]:
    """The answers to several queries that have the same values, in one round trip."""
    with _as_sqlalchemy_says:
        return _of(session).send_all(statements, values)


def as_text(query: ClauseElement) -> str:
    """A query, made once, as `ask` and `ask_all` take it."""
    return str(query.compile(dialect=_DIALECT))


def ask_raw(session: Session, sql: str, values: Sequence[bytes | None]) -> tuple[bytes | None, ...]:
    """The one row, as texts, that answers a query whose parameters are written $1, $2 … and given as texts."""
    rows = ask_raw_rows(session, sql, values)
    return tuple(value if value is None else str(value).encode() for value in (rows[0] if rows else ()))


def ask_raw_rows(session: Session, sql: str, values: Sequence[bytes | None]) -> list[tuple[Any, ...]]:
    """All rows that answer such a query."""
    with _as_sqlalchemy_says:
        return _of(session).look(sql, values)


def stream_raw(
    session: Session, sql: str, values: Sequence[bytes | None], size: int
) -> Generator[Sequence[tuple[Any, ...]], None, None]:
    """The rows that answer such a query, `size` at a time, read by a cursor of the server."""
    with _as_sqlalchemy_says:
        driver = _of(session)
        # The whole answer is wanted: without this the planner would look for a way to its first tenth.
        driver.execute("SET LOCAL cursor_tuple_fraction = 1")
        with psycopg.RawServerCursor(driver, "stream") as cursor:
            cursor.execute(sql.encode(), [value if value is None else value.decode() for value in values])
            while rows := cursor.fetchmany(size):
                yield rows


def send(session: Session) -> None:
    """Send what waits: what is wrong with it is told here."""
    with _as_sqlalchemy_says:
        _of(session).send()


def begin(session: Session) -> None:
    """Have Postgres at work on what waits, if it is much, while this process goes on.

    What is wrong with it is told by the next statement.
    """
    with _as_sqlalchemy_says:
        _of(session).begin()


class _AsSqlalchemySays:
    """Whoever catches errors of the database need not know by which way they came."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, psycopg.Error):
            raise DBAPIError.instance(None, None, error, psycopg.Error) from error


_as_sqlalchemy_says = _AsSqlalchemySays()  # a write has ten of them, and there is nothing in it
_DIALECT = WaitingDialect()  # type: ignore[no-untyped-call]  # SQLAlchemy has no hint there
WAITING = "postgresql+waiting"
registry.register("postgresql.waiting", WaitingDialect.__module__, WaitingDialect.__qualname__)


def _of(session: Session) -> Driver:
    # A savepoint of SQLAlchemy's own is made when its connection is asked for.
    found = None if session.in_nested_transaction() else session.info.get(_DRIVER)
    return found if isinstance(found, Driver) else waiting_on(session.connection())


def keep(session: Session, driver: Driver) -> None:
    """The session is on this connection for as long as it lives: whoever has a statement for it need not ask again."""
    session.info[_DRIVER] = driver


def waiting_on(connection: Connection) -> Driver:
    """The connection of psycopg underneath, on which statements can wait."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, Driver):
        raise TypeError(f"A connection on which statements can wait was expected, not {type(driver).__name__}.")
    return driver
