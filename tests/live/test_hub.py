"""Who is told the same is read once; who is slow, out of rights or cut off harms nobody else."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

import saas.engine.audit
from saas.engine.live import look as at_the_feed
from saas.engine.live.changes import Changes
from saas.gateways.changed import NullChangeBell, RedisChangeBell
from saas.kit.errors import RateLimited, Unavailable
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.rights import employee_assign_roles
from saas.schema.live import answer, follower
from saas.schema.live import hub as hubs
from saas.schema.live import room as rooms_module
from saas.schema.live.asked import asked
from saas.schema.live.room import Group, Room
from saas.schema.prepare import prepare
from saas.tenants.provision import resume, suspend
from saas.tenants.sign_in import identify
from tests.engine.horizon import settled
from tests.live.ear import END, Ear, rooms
from tests.schema.following import customer, update
from tests.world import World

NOBODY = "redis://127.0.0.1:1/0"


def test_who_is_told_the_same_is_read_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    real = answer.read

    def counted(asked: Any, cursor: str, until: int) -> Any:
        turn = real(asked, cursor, until)
        read.extend([asked.caller.principal_id.hex] * bool(turn.answers))
        return turn

    monkeypatch.setattr(answer, "read", counted)
    ada, mona = world.garage.ada, world.garage.mona
    with Ear(ada) as one, Ear(ada) as two, Ear(ada) as three, Ear(mona) as other:
        id_ = customer(world, world.garage.sue)
        assert {each.told()[0] for each in (one, two, three, other)} == {id_}
        assert sorted(read) == sorted([ada.id.hex, mona.id.hex])


def test_who_came_back_is_soon_one_with_the_others(world: World) -> None:
    ada = world.garage.ada
    with Ear(ada) as ear:
        customer(world)
        cursor = ear.next()["cursor"]
    customer(world)
    settled(world)
    with Ear(ada) as fresh, Ear(ada, after=cursor) as back:
        back.next()
        id_ = customer(world)
        assert back.told()[0] == fresh.told()[0] == id_
        (room,) = rooms()
        assert [len(group.followers) for group in room.groups] == [2]


def test_the_last_one_to_leave_closes_the_room(world: World) -> None:
    with Ear(world.garage.ada):
        assert len(rooms()) == 1
    assert rooms(expected=0) == []


def test_who_is_slow_is_ended_and_the_others_hear_all(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "MOST_EVENTS", 2)
    ada = world.garage.ada
    with Ear(ada, takes=1) as slow, Ear(ada) as quick:
        first = customer(world)
        assert slow.told()[0] == quick.told()[0] == first
        for number in range(4):
            update(world, first, name=f"Name {number}")
            assert quick.told() == (first, "UPDATED", ["name"])
        slow.go_on()
        last = slow.answer()
        assert last["errors"][0]["extensions"]["code"] == "TOO_SLOW"
        assert slow.answer() is END


def test_whose_rights_change_must_begin_anew_at_once(world: World) -> None:
    sam = world.garage.sam
    with Ear(sam) as his, Ear(world.garage.ada) as hers:
        with world.garage.scope() as scope:
            person = scope.session.get_one(Employee, sam.id)
            assert employee_assign_roles(scope, person, {})
        told = his.answer()
        assert told["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        assert his.answer() is END
        id_ = customer(world)
        assert hers.told()[0] == id_


def test_a_suspended_company_hears_nothing_more(world: World) -> None:
    with Ear(world.garage.ada) as ear, Ear(world.rival.rita) as other:
        suspend(world.garage.tenant)
        try:
            assert ear.answer()["errors"][0]["extensions"]["code"] == "TENANT_UNAVAILABLE"
        finally:
            resume(world.garage.tenant)
        assert other.is_silent()


def test_a_ring_that_is_lost_costs_a_second_at_most(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saas.engine.audit, "change_bell", NullChangeBell)
    with Ear(world.garage.ada) as ear:
        id_ = customer(world)
        assert ear.told()[0] == id_


def test_without_redis_all_is_told_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saas.engine.audit, "change_bell", lambda: RedisChangeBell(NOBODY))
    monkeypatch.setattr(hubs, "change_ear", lambda: RedisChangeBell(NOBODY))
    with Ear(world.garage.ada) as ear:
        id_ = customer(world)
        assert ear.told()[0] == id_


def test_what_an_older_transaction_holds_up_is_told_when_that_ends(world: World) -> None:
    with Ear(world.garage.ada) as ear:
        with _older_transaction(world):
            id_ = customer(world)
            other = customer(world)
            assert ear.is_silent()
        assert [ear.told()[0], ear.told()[0]] == [id_, other]


def test_a_lost_database_is_waited_for(world: World) -> None:
    with Ear(world.garage.ada) as ear:
        ours = "usename = 'atrium_app' AND datname = current_database()"
        world.admin.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {ours}")
        id_ = customer(world)
        assert ear.told()[0] == id_


def test_who_left_before_it_was_their_turn_is_no_fault(world: World) -> None:
    async def read() -> None:
        room = Room(world.garage.tenant, hubs.in_thread)
        await room._read(Group([], "nowhere"), 1)

    asyncio.run(read())


def test_a_look_that_fails_a_few_times_ends_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = [1, 2]

    def look(*given: Any) -> Any:
        if faults:
            raise ValueError(faults.pop())
        return at_the_feed.look(*given)

    monkeypatch.setattr(rooms_module, "_OUTAGE", 0.01)
    with Ear(world.garage.ada) as ear:
        monkeypatch.setattr(rooms_module, "look", look)
        id_ = customer(world)
        assert ear.told()[0] == id_
        assert not faults


def test_where_one_cannot_be_read_the_others_are_told_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, mona = world.garage.ada, world.garage.mona
    real, faults = answer.read, [1]

    def read(asked: Any, cursor: str, until: int) -> Any:
        if asked.caller.principal_id == mona.id and faults:
            faults.pop()
            raise Unavailable("Postgres does not answer.")
        return real(asked, cursor, until)

    monkeypatch.setattr(rooms_module, "_OUTAGE", 0.01)
    with Ear(ada) as one, Ear(mona) as other:
        monkeypatch.setattr(answer, "read", read)
        ids = [customer(world, world.garage.sue) for _ in range(2)]
        assert [one.told()[0] for _ in ids] == [other.told()[0] for _ in ids] == ids
        assert not faults
        assert one.is_silent()


def test_one_person_follows_so_many_different_things(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms_module, "MOST_OF_ONE", 1)
    one, other = customer(world), customer(world)
    with Ear(world.garage.ada, id=one), Ear(world.garage.ada, id=one), Ear(world.garage.mona, id=one):
        with Ear(world.garage.ada, id=other) as refused:
            told = refused.answer()
        assert isinstance(told, RateLimited)
        assert told.remedy == "Follow a list by one subscription with a filter, not each of its records."


def test_a_reading_asks_for_no_more_records_than_an_operation_may(world: World) -> None:
    inner = "contacts(first: 500) { nodes { name } }"
    prepared = prepare(f"subscription {{ customerChanged {{ customer {{ {inner} }} }} }}")
    what = asked(identify(world.garage.ada.token), prepared, prepared.operation(None), {})
    assert isinstance(what.source, Changes)
    assert what.source.at_once == 100


@contextmanager
def _older_transaction(world: World) -> Iterator[None]:
    """Somebody has a number already and has not committed yet."""
    with psycopg.connect(world.cluster.dsn(world.cell)) as other:
        other.execute("SELECT pg_current_xact_id()")
        yield
