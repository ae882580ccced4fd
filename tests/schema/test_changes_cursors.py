"""Cursors of the feed for machines: whose they are, what they survive, and that nothing is lost between them."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, nullcontext
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from saas.engine.access.tables import RowScope
from saas.engine.registry import object_of
from saas.engine.write.create import create
from saas.kit import clock
from saas.kit.errors import Unavailable
from saas.modules.customers.customer import Customer
from saas.modules.organisation.rights import Grants
from saas.modules.organisation.role import Role
from tests.engine.horizon import settled
from tests.engine.people import hire, regrant
from tests.schema.following import CHANGES, IDS, Reader, customer
from tests.world import Person, World, rights


def test_what_one_may_not_read_is_refused_and_what_is_no_object(world: World) -> None:
    (error,) = world.garage.vera.errors(CHANGES, objects=["customer", "opportunity"])
    assert error["extensions"]["code"] == "FORBIDDEN"
    (error,) = world.garage.vera.errors(CHANGES, objects=["custoner"])
    assert (error["extensions"]["code"], error["extensions"]["path"]) == ("BAD_INPUT", ["objects"])
    assert world.garage.nick.ask(CHANGES)["changes"]["nodes"] == []


@pytest.mark.parametrize("first", [-1, 10_001])
def test_so_many_at_most(world: World, first: int) -> None:
    (error,) = world.garage.ada.errors(CHANGES, first=first)
    assert (error["extensions"]["code"], error["extensions"]["path"]) == ("BAD_INPUT", ["first"])


def test_a_cursor_is_good_for_whom_and_what_it_was_given(world: World) -> None:
    cursor = Reader(world, world.garage.ada, ["customer"]).cursor
    lies: list[tuple[Person, dict[str, Any]]] = [
        (world.garage.mona, {"after": cursor, "objects": ["customer"]}),
        (world.rival.rita, {"after": cursor, "objects": ["customer"]}),
        (world.garage.ada, {"after": cursor, "objects": ["contact"]}),
        (world.garage.ada, {"after": cursor}),
        (world.garage.ada, {"after": cursor[:-3] + "AAA", "objects": ["customer"]}),
        (world.garage.ada, {"after": "nonsense", "objects": ["customer"]}),
        (world.garage.ada, {"after": cursor, "objects": ["customer"], "from": "NOW"}),
    ]
    for person, arguments in lies:
        (error,) = person.errors(CHANGES, **arguments)
        assert error["extensions"]["code"] == "BAD_INPUT", arguments
    assert world.garage.ada.ask(CHANGES, after=cursor, objects=["customer", "customer"])["changes"]["hasMore"] is False


def test_another_company_is_told_of_its_own(world: World) -> None:
    theirs = Reader(world, world.rival.rita)
    customer(world)
    own = str(world.rival.make(Customer))
    settled(world)
    told = world.rival.rita.ask(IDS, after=theirs.cursor)["changes"]["nodes"]
    assert told in ([], [{"id": own}])


def test_other_rights_begin_the_feed_anew(world: World) -> None:
    grants = Grants(rights(RowScope.ALL, "customer", operations=("read",)))
    person = hire(world.garage, "rene", grants)
    reader = Reader(world, person)
    more = Grants(rights(RowScope.ALL, "customer", operations=("read", "update")))
    regrant(world.garage, person, more)
    assert reader.read() == []
    regrant(world.garage, person, Grants(rights(RowScope.OWN, "customer", operations=("read",))))
    (error,) = person.errors(CHANGES, after=reader.cursor)
    assert error["extensions"]["code"] == "FEED_STARTED_ANEW"
    assert "from: NOW" in error["extensions"]["remedy"]


def test_a_database_that_was_restored_begins_it_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader(world, world.garage.ada)
    monkeypatch.setattr("saas.engine.changes.place.EPOCH", sa.select(sa.literal("1.1")))
    (error,) = world.garage.ada.errors(CHANGES, after=reader.cursor)
    assert error["extensions"]["code"] == "FEED_STARTED_ANEW"


@pytest.fixture
def opening() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_what_commits_late_is_not_lost(world: World, opening: ExitStack) -> None:
    reader = Reader(world, world.garage.ada, ["role"])
    slow = opening.enter_context(world.garage.scope())
    (outcome,) = create(slow, object_of(Role), [{"name": "slow"}])
    quick = str(world.garage.make(Role))
    page = world.garage.ada.ask(CHANGES, after=reader.cursor, objects=["role"])["changes"]
    assert (page["nodes"], page["hasMore"]) == ([], False)  # quick is there, but slow may still come before it
    reader.cursor = page["cursor"]
    opening.close()
    assert [id_ for id_, _, _ in reader.told()] == [str(outcome.id), quick]


def test_readers_and_writers_at_once_lose_nothing_whoever_is_killed(world: World) -> None:
    reader = Reader(world, world.garage.ada, ["role"])
    done = threading.Event()

    def write(number: int) -> set[str]:
        kept = set()
        for i in range(10):
            is_killed = (number + i) % 4 == 0
            with pytest.raises(Unavailable) if is_killed else nullcontext(), world.garage.scope() as scope:
                (outcome,) = create(scope, object_of(Role), [{"name": f"race {number}-{i}"}])
                if is_killed:
                    pid = scope.session.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
                    world.sql(world.garage, "SELECT pg_terminate_backend(%s, 5000)", pid)
            if not is_killed:
                kept.add(str(outcome.id))
        return kept

    def read() -> list[str]:
        found: list[str] = []
        while True:
            is_last = done.is_set()
            page = world.garage.ada.ask(CHANGES, after=reader.cursor, objects=["role"], first=7)["changes"]
            assert {node["kind"] for node in page["nodes"]} <= {"CREATED"}
            found += [node["id"] for node in page["nodes"]]
            reader.cursor = page["cursor"]
            if is_last and not page["hasMore"]:
                return found

    with ThreadPoolExecutor(4) as threads:
        reading = threads.submit(read)
        kept = set[str]().union(*threads.map(write, range(3)))
        settled(world)
        done.set()
        told = reading.result()
    assert (len(told), set(told)) == (len(kept), kept)
    assert len(kept) == 23


def test_a_page_costs_so_many_records(world: World) -> None:
    def cost(query: str) -> int:
        records: int = world.garage.ada.http(query).json()["extensions"]["cost"]["records"]
        return records

    assert cost("{ changes(first: 2500) { nodes { id } } }") == 2_500
    assert cost("{ changes { nodes { id } } }") == 1_000
    assert cost("{ changes(from: NOW) { cursor } }") == 0
    (error,) = world.garage.ada.errors(
        "{ changes(first: 10000) { nodes { record { ... on Customer { contacts(first: 6) { nodes { id } } } } } } }"
    )
    assert error["extensions"]["code"] == "TOO_COMPLEX"


def test_a_share_that_ran_out_begins_the_feed_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    today = clock.today(world.garage.tenant.time_zone)
    share = (
        "mutation($id: ID!, $with: ID!, $until: Date!) { x: recordShare(id: $id, withId: $with, until: $until) { id } }"
    )
    id_, sue = customer(world), world.garage.sue
    world.garage.ada.ask(share, id=id_, until=today.isoformat(), **{"with": str(sue.id)})
    hers, his = Reader(world, sue), Reader(world, world.garage.sam)
    date_at = clock.date_at
    # Not the clock itself, by which tokens end.
    monkeypatch.setattr(clock, "date_at", lambda moment, zone: date_at(moment, zone) + timedelta(days=1))
    (error,) = sue.errors(CHANGES, after=hers.cursor)
    assert error["extensions"]["code"] == "FEED_STARTED_ANEW"
    assert his.read() == []
