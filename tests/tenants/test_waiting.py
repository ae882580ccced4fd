"""Statements that wait: they go with the next one, in their order, and an end of the transaction leaves none behind."""

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from saas.kit.errors import Unavailable
from saas.tenants.apply import driver_of
from saas.tenants.cells import as_owner
from saas.tenants.database import is_lost
from saas.tenants.session import writing
from saas.tenants.tenant import Tenant
from saas.tenants.waiting import Driver, Savepoint, ask, ask_all, ask_raw_rows, begin, send, wait, waiting_on
from tests.tenants.place import Place

ADD = "INSERT INTO note (id, body) VALUES (%(id)s, %(body)s)"
LONG = "a" * 50_000
NOTES = "SELECT id, body FROM note ORDER BY id"


@pytest.fixture(autouse=True)
def no_notes(place: Place, acme: Tenant) -> None:
    place.ask(f'TRUNCATE "{acme.schema}".note')


def notes(place: Place, tenant: Tenant) -> list[tuple[int, str]]:
    return [tuple(row) for row in place.ask(f'SELECT id, body FROM "{tenant.schema}".note ORDER BY id')]


def test_what_waits_is_there_for_whatever_is_asked_next(acme: Tenant) -> None:
    with writing(acme) as opened:
        wait(opened.session, ADD, {"id": 1, "body": "it's; -- 100 % \\ 客户"})
        assert ask(opened.session, NOTES, {}) == [(1, "it's; -- 100 % \\ 客户")]
        wait(opened.session, ADD, {"id": 2, "body": "b"})
        assert opened.session.execute(text("SELECT count(*) FROM note")).scalar_one() == 2
        wait(opened.session, ADD, {"id": 3, "body": "c"})
        opened.session.execute(text("INSERT INTO note (id, body) VALUES (:id, 'd')"), [{"id": 4}, {"id": 5}])
        assert [id_ for id_, _ in ask(opened.session, NOTES, {})] == [1, 2, 3, 4, 5]
        wait(opened.session, ADD, {"id": 6, "body": "e"})
        assert driver_of(opened.session.connection()).execute("SELECT max(id) FROM note").fetchall() == [(6,)]


def test_the_commit_takes_along_what_waits(acme: Tenant, place: Place) -> None:
    with writing(acme) as opened:
        wait(opened.session, ADD, {"id": 1, "body": "a"})
        assert notes(place, acme) == []
    assert notes(place, acme) == [(1, "a")]


def test_a_commit_that_cannot_send_what_waits_keeps_nothing(acme: Tenant, place: Place) -> None:
    def write_twice() -> None:
        with writing(acme) as opened:
            opened.session.execute(text("INSERT INTO note (id, body) VALUES (1, 'a')"))
            wait(opened.session, ADD, {"id": 1, "body": "b"})

    with pytest.raises(DBAPIError, match="duplicate key value"):
        write_twice()
    assert notes(place, acme) == []
    with writing(acme) as opened:  # and the connection is as good as new
        assert ask(opened.session, NOTES, {}) == []


def test_what_is_wrong_is_told_where_it_is_sent(acme: Tenant, place: Place) -> None:
    with writing(acme) as opened:
        wait(opened.session, ADD, {"id": 1, "body": "a"})
        savepoint = Savepoint(opened.session)
        wait(opened.session, ADD, {"id": 1, "body": "again"})
        with pytest.raises(IntegrityError):
            send(opened.session)
        savepoint.undo()
    assert notes(place, acme) == [(1, "a")]


def test_a_savepoint_that_was_never_sent_is_undone_by_forgetting(acme: Tenant, place: Place) -> None:
    with writing(acme) as opened:
        wait(opened.session, ADD, {"id": 1, "body": "a"})
        undone = Savepoint(opened.session)
        wait(opened.session, ADD, {"id": 2, "body": "b"})
        undone.undo()
        kept = Savepoint(opened.session)
        wait(opened.session, ADD, {"id": 3, "body": "c"})
        kept.keep()
    assert notes(place, acme) == [(1, "a"), (3, "c")]


def test_savepoints_inside_of_savepoints(acme: Tenant, place: Place) -> None:
    with writing(acme) as opened:
        outer = Savepoint(opened.session)
        wait(opened.session, ADD, {"id": 1, "body": "a"})
        send(opened.session)
        inner = Savepoint(opened.session)
        wait(opened.session, ADD, {"id": 2, "body": "b"})
        inner.keep()
        wait(opened.session, ADD, {"id": 3, "body": "c"})
        outer.undo()
        wait(opened.session, ADD, {"id": 4, "body": "d"})
    assert notes(place, acme) == [(4, "d")]


def test_what_waited_for_a_transaction_that_failed_is_forgotten(acme: Tenant, place: Place) -> None:
    def fail() -> None:
        with writing(acme) as opened:
            wait(opened.session, ADD, {"id": 1, "body": "a"})
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    with writing(acme) as opened:
        assert ask(opened.session, NOTES, {}) == []
    assert notes(place, acme) == []


def test_that_a_savepoint_ended_waits_for_what_is_written_next(acme: Tenant, place: Place) -> None:
    with writing(acme) as opened:
        driver = driver_of(opened.session.connection())
        assert isinstance(driver, Driver)
        kept = Savepoint(opened.session)
        wait(opened.session, ADD, {"id": 1, "body": "a"})
        send(opened.session)
        kept.keep()
        (ended,) = driver.waiting
        assert opened.session.execute(text("SELECT count(*) FROM note")).scalar_one() == 1
        assert driver.waiting == [ended]
        undone = Savepoint(opened.session)
        wait(opened.session, ADD, {"id": 2, "body": "b"})
        send(opened.session)
        undone.undo()
        wait(opened.session, ADD, {"id": 3, "body": "c"})
    assert notes(place, acme) == [(1, "a"), (3, "c")]


def test_what_sqlalchemys_own_savepoint_takes_back_need_not_end(acme: Tenant, place: Place) -> None:
    with writing(acme) as opened:
        outer = opened.session.begin_nested()
        inner = Savepoint(opened.session)
        wait(opened.session, ADD, {"id": 1, "body": "a"})
        send(opened.session)
        inner.keep()
        outer.rollback()
        wait(opened.session, ADD, {"id": 2, "body": "b"})
    assert notes(place, acme) == [(2, "b")]


def test_several_questions_are_answered_in_one_round_trip(acme: Tenant) -> None:
    with writing(acme) as opened:
        wait(opened.session, ADD, {"id": 1, "body": "100 %"})
        wait(opened.session, ADD, {"id": 2, "body": "b"})
        which = ["SELECT body FROM note WHERE id = %(id)s", "SELECT id FROM note WHERE id > %(id)s", NOTES]
        assert ask_all(opened.session, which, {"id": 1}) == [[("100 %",)], [(2,)], [(1, "100 %"), (2, "b")]]


def test_what_was_begun_is_there_for_whatever_is_asked_next(acme: Tenant, place: Place) -> None:
    with writing(acme) as opened:
        wait(opened.session, ADD, {"id": 1, "body": LONG})
        begin(opened.session)
        assert ask(opened.session, NOTES, {}) == [(1, LONG)]
        wait(opened.session, ADD, {"id": 2, "body": LONG})
        begin(opened.session)
        assert opened.session.execute(text("SELECT count(*) FROM note")).scalar_one() == 2
        wait(opened.session, ADD, {"id": 3, "body": LONG})
        begin(opened.session)
    assert notes(place, acme) == [(1, LONG), (2, LONG), (3, LONG)]


def test_while_postgres_is_at_work_the_next_goes_on_waiting(acme: Tenant, place: Place) -> None:
    with writing(acme) as opened, psycopg.connect(place.cluster.dsn(place.cell)) as other:
        other.execute(f'LOCK TABLE "{acme.schema}".note IN EXCLUSIVE MODE')
        wait(opened.session, ADD, {"id": 1, "body": LONG})
        begin(opened.session)
        wait(opened.session, ADD, {"id": 2, "body": LONG})
        begin(opened.session)
        driver = driver_of(opened.session.connection())
        assert isinstance(driver, Driver)
        assert [values for _, values in driver.waiting] == [{"id": 2, "body": LONG}]
        other.commit()
        assert ask(opened.session, NOTES, {}) == [(1, LONG), (2, LONG)]


def test_what_is_wrong_with_what_was_begun_is_told_by_the_next(acme: Tenant, place: Place) -> None:
    with writing(acme) as opened:
        wait(opened.session, ADD, {"id": 1, "body": "a"})
        savepoint = Savepoint(opened.session)
        wait(opened.session, ADD, {"id": 1, "body": LONG})
        begin(opened.session)
        with pytest.raises(IntegrityError) as told:
            ask(opened.session, NOTES, {})
        assert getattr(told.value.orig, "sqlstate", "") == "23505"
        savepoint.undo()
    assert notes(place, acme) == [(1, "a")]


def test_what_was_begun_can_be_taken_back_unread(acme: Tenant, place: Place) -> None:
    with writing(acme) as opened:
        wait(opened.session, ADD, {"id": 1, "body": "a"})
        savepoint = Savepoint(opened.session)
        wait(opened.session, ADD, {"id": 1, "body": LONG})
        begin(opened.session)
        savepoint.undo()
        wait(opened.session, ADD, {"id": 2, "body": "b"})
    assert notes(place, acme) == [(1, "a"), (2, "b")]


def test_a_commit_keeps_nothing_where_something_was_begun_that_is_wrong(acme: Tenant, place: Place) -> None:
    def write_twice() -> None:
        with writing(acme) as opened:
            wait(opened.session, ADD, {"id": 1, "body": "a"})
            wait(opened.session, ADD, {"id": 1, "body": LONG})
            begin(opened.session)

    with pytest.raises(DBAPIError, match="duplicate key value"):
        write_twice()
    assert notes(place, acme) == []
    with writing(acme) as opened:  # and the connection is as good as new
        assert ask(opened.session, NOTES, {}) == []


def test_a_failure_takes_back_what_was_begun(acme: Tenant, place: Place) -> None:
    def fail() -> None:
        with writing(acme) as opened:
            wait(opened.session, ADD, {"id": 1, "body": LONG})
            begin(opened.session)
            raise RuntimeError("on the way")

    with pytest.raises(RuntimeError, match="on the way"):
        fail()
    assert notes(place, acme) == []


def test_the_end_of_a_savepoint_waits_while_others_look(acme: Tenant, place: Place) -> None:
    with writing(acme) as opened:
        savepoint = Savepoint(opened.session)
        wait(opened.session, ADD, {"id": 1, "body": "a"})
        send(opened.session)
        savepoint.keep()
        assert ask_raw_rows(opened.session, "SELECT id, body FROM note WHERE id = $1::int", [b"1"]) == [(1, "a")]
        ((waiting, _),) = waiting_on(opened.session.connection()).waiting
        assert waiting.startswith("RELEASE SAVEPOINT place_")
    assert notes(place, acme) == [(1, "a")]


def test_what_was_written_is_seen_by_whoever_looks(acme: Tenant) -> None:
    with writing(acme) as opened:
        wait(opened.session, ADD, {"id": 1, "body": "a"})
        assert ask_raw_rows(opened.session, NOTES, []) == [(1, "a")]


def test_a_server_that_goes_away_is_told_as_such(acme: Tenant, place: Place) -> None:
    def lose() -> None:
        with writing(acme) as opened:
            ((backend,),) = ask(opened.session, "SELECT pg_backend_pid()", {})
            place.ask("SELECT pg_terminate_backend(%s, 5000)", backend)
            wait(opened.session, ADD, {"id": 1, "body": "a"})
            with pytest.raises(DBAPIError) as told:
                send(opened.session)
            assert is_lost(told.value)
            assert ask(opened.session, NOTES, {}) == []

    with pytest.raises(Unavailable):
        lose()
    with writing(acme) as opened:
        assert ask(opened.session, NOTES, {}) == []


def test_a_little_goes_on_waiting(acme: Tenant, place: Place) -> None:
    with writing(acme) as opened:
        wait(opened.session, ADD, {"id": 1, "body": "a"})
        begin(opened.session)
        driver = driver_of(opened.session.connection())
        assert isinstance(driver, Driver)
        assert [values for _, values in driver.waiting] == [{"id": 1, "body": "a"}]
    assert notes(place, acme) == [(1, "a")]


@pytest.mark.parametrize("way", ["send", "look"])
def test_where_psycopg_opens_transactions_one_is_open(way: str, place: Place) -> None:
    """A connection of the owner's: nobody says BEGIN there."""
    with as_owner("main") as connection:
        driver = waiting_on(connection)
        local = "SELECT set_config('atrium.test', 'set', true)"
        assert (driver.send(local) if way == "send" else driver.look(local, [])) == [("set",)]
        assert driver.look("SELECT current_setting('atrium.test', true)", []) == [("set",)]
