"""What cannot be sent, or was refused: nothing that was written beside it is kept without it."""

import os
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError, DBAPIError, InternalError, OperationalError

from saas.kit.errors import Unavailable
from saas.tenants.health import directory_revision
from saas.tenants.session import writing
from saas.tenants.tenant import Tenant
from saas.tenants.waiting import Driver, Savepoint, ask, ask_raw_rows, begin, send, wait, waiting_on
from tests.tenants.place import Place, forget_everything
from tests.tenants.test_waiting import ADD, LONG, NOTES, no_notes, notes

__all__ = ["no_notes"]  # for each of these tests too

BAD = pytest.mark.parametrize("bad", ["a\0b", LONG + "\0", "a\ud800b", LONG + "\ud800"])
# In Shift JIS the end of Á and the backslash behind it are one character: the next one ends the text early.
EVIL = "Á\\'; DROP TABLE note; --"


@pytest.fixture
def foreign() -> Iterator[None]:
    """Whoever connects is told by the environment to speak Shift JIS."""
    os.environ["PGCLIENTENCODING"] = "SJIS"
    forget_everything()
    try:
        yield
    finally:
        del os.environ["PGCLIENTENCODING"]
        forget_everything()


@BAD
def test_whoever_goes_on_after_what_cannot_be_written_keeps_nothing(bad: str, acme: Tenant, place: Place) -> None:
    def go_on() -> None:
        with writing(acme) as opened:
            wait(opened.session, ADD, {"id": 1, "body": "a"})
            wait(opened.session, ADD, {"id": 2, "body": bad})
            with pytest.raises(DataError):
                (begin if len(bad) > len(LONG) else send)(opened.session)
            wait(opened.session, ADD, {"id": 3, "body": "c"})

    with pytest.raises(DataError):
        go_on()
    assert notes(place, acme) == []
    with writing(acme) as opened:  # and the connection is as good as new
        assert ask(opened.session, NOTES, {}) == []


@BAD
@pytest.mark.parametrize("is_sent", [False, True])
def test_what_cannot_be_written_is_undone_alone(bad: str, *, is_sent: bool, acme: Tenant, place: Place) -> None:
    with writing(acme) as opened:
        wait(opened.session, ADD, {"id": 1, "body": "a"})
        savepoint = Savepoint(opened.session)
        if is_sent:
            send(opened.session)
        wait(opened.session, ADD, {"id": 2, "body": "b"})
        wait(opened.session, ADD, {"id": 3, "body": bad})
        with pytest.raises(DataError):
            send(opened.session)
        savepoint.undo()
        wait(opened.session, ADD, {"id": 4, "body": "d"})
    assert notes(place, acme) == [(1, "a"), (4, "d")]


def test_a_commit_after_a_refusal_is_no_commit(acme: Tenant, place: Place) -> None:
    def go_on() -> None:
        with writing(acme) as opened:
            ask(opened.session, ADD, {"id": 1, "body": "a"})
            with pytest.raises(DataError):
                ask(opened.session, "SELECT 1 / 0", {})

    with pytest.raises(InternalError, match="nothing was kept"):
        go_on()
    assert notes(place, acme) == []
    with writing(acme) as opened:
        assert ask(opened.session, NOTES, {}) == []


def test_a_directory_that_tells_no_revision_has_none(place: Place) -> None:
    place.ask("ALTER TABLE directory.revision RENAME TO elsewhere", database=place.directory)
    try:
        assert directory_revision() == 0
    finally:
        place.ask("ALTER TABLE directory.elsewhere RENAME TO revision", database=place.directory)
    assert directory_revision() > 0


def test_an_error_in_the_middle_of_a_text_keeps_nothing_of_it(acme: Tenant, place: Place) -> None:
    with writing(acme) as opened:
        savepoint = Savepoint(opened.session)
        send(opened.session)
        wait(opened.session, ADD, {"id": 1, "body": "a"})
        wait(opened.session, ADD, {"id": 1, "body": "again"})
        wait(opened.session, ADD, {"id": 2, "body": "b"})
        with pytest.raises(DBAPIError, match="duplicate key value"):
            ask(opened.session, NOTES, {})
        with pytest.raises(InternalError):  # not even the answer to something else
            ask(opened.session, NOTES, {})
        savepoint.undo()
        assert ask(opened.session, NOTES, {}) == []
    assert notes(place, acme) == []


def test_the_end_of_a_savepoint_that_waits_ends_none_of_sqlalchemys(acme: Tenant, place: Place) -> None:
    with writing(acme) as opened:
        kept = Savepoint(opened.session)
        wait(opened.session, ADD, {"id": 1, "body": "a"})
        send(opened.session)
        kept.keep()
        nested = opened.session.begin_nested()
        wait(opened.session, ADD, {"id": 2, "body": "b"})
        send(opened.session)
        nested.rollback()
    assert notes(place, acme) == [(1, "a")]


def test_what_waits_for_sqlalchemys_savepoint_is_refused_as_it_says(acme: Tenant) -> None:
    def nest() -> None:
        with writing(acme) as opened:
            wait(opened.session, "SELECT 1 / 0")
            opened.session.begin_nested()
            opened.session.execute(text("SELECT 1"))

    with pytest.raises(DataError, match="division by zero"):
        nest()


def test_a_parameter_is_not_cut_off(acme: Tenant) -> None:
    with writing(acme) as opened, pytest.raises(DataError, match="NUL"):
        ask_raw_rows(opened.session, "SELECT $1::text", [b"its name\0, and more"])


@pytest.mark.usefixtures("foreign")
def test_texts_are_utf_8_whatever_the_environment_says(acme: Tenant) -> None:
    with writing(acme) as opened:
        assert ask(opened.session, "SHOW client_encoding", {}) == [("UTF8",)]
        wait(opened.session, ADD, {"id": 1, "body": EVIL})
        assert ask(opened.session, NOTES, {}) == [(1, EVIL)]
        assert ask_raw_rows(opened.session, "SELECT $1::text", ["Á客户".encode()]) == [("Á客户",)]


def test_a_server_that_goes_away_while_it_is_at_work(acme: Tenant, place: Place) -> None:
    def lose() -> None:
        with writing(acme) as opened, psycopg.connect(place.cluster.dsn(place.cell)) as other:
            ((backend,),) = ask(opened.session, "SELECT pg_backend_pid()", {})
            other.execute(f'LOCK TABLE "{acme.schema}".note IN EXCLUSIVE MODE')
            wait(opened.session, ADD, {"id": 1, "body": LONG})
            begin(opened.session)
            wait(opened.session, ADD, {"id": 2, "body": "b"})
            place.ask("SELECT pg_terminate_backend(%s, 5000)", backend)
            with pytest.raises(OperationalError):
                send(opened.session)
            wait(opened.session, ADD, {"id": 3, "body": "c"})

    with pytest.raises(Unavailable):
        lose()
    assert notes(place, acme) == []


def test_one_that_ends_without_reading_what_was_begun_leaves_nothing(acme: Tenant, place: Place) -> None:
    """As a thread that is cancelled: neither what Postgres was at nor what waited is of the next one's transaction."""

    def end() -> None:
        with writing(acme) as opened:
            wait(opened.session, ADD, {"id": 1, "body": LONG})
            begin(opened.session)
            wait(opened.session, ADD, {"id": 2, "body": "b"})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        end()
    with writing(acme) as opened:
        driver = waiting_on(opened.session.connection())
        assert isinstance(driver, Driver)
        assert (driver.waiting, driver.is_at_work) == ([], False)
        assert ask(opened.session, NOTES, {}) == []
    assert notes(place, acme) == []
