"""What comes again by itself: at the tenant's own times, once however long nobody was there to do it."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from threading import Event
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from saas.engine.crons import Daily, Every, begin, cron, cron_of, crons
from saas.engine.registry import object_of
from saas.engine.scope import Scope, open_scope
from saas.engine.write.create import create
from saas.gateways.heartbeat import Heartbeat, Heartbeats
from saas.kit import clock
from saas.kit.errors import BadConfig, Conflict
from saas.kit.ids import new_id
from saas.kit.settings import settings
from saas.modules.masters.calendar import WEEKDAYS, Calendar
from saas.tenants.provision import resume, suspend
from saas.tenants.tenant import Tenant
from saas.workers.cron_rows import CronKeeper, add_missing, bury
from tests.workers.marks import CODE
from tests.workers.place import Place
from tests.workers.shelves import Shelf, shelf_guard

MOMENT = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday
KEYS = ["cron:shelf_dust", "cron:shelf_sort", "cron:shelf_tidy"]


@pytest.fixture
def keeper(place: Place) -> CronKeeper:
    return CronKeeper(lambda: {"main": place.cell}, Heartbeats(settings().redis_url), 60, Event())


def rows(place: Place, tenant: Tenant | None = None) -> dict[str, Any]:
    """The rows of the tenant's crons that the tests declare, by key."""
    of = (tenant or place.acme).id
    return {row.key: row for row in place.cron_rows() if row.tenant_id == of and row.task.startswith("shelf_")}


def at(zone: str, *local: int) -> datetime:
    return datetime(*local, tzinfo=ZoneInfo(zone)).astimezone(UTC)  # type: ignore[arg-type,misc]  # year, month, …


def due(place: Place, name: str) -> Any:
    """Make the row of this cron due and do it, once."""
    row = rows(place)[f"cron:{name}"]
    place.write("UPDATE platform.job SET run_at = now() WHERE id = :id", id=row.id)
    place.attempt_of(row.id, row.queue)


def every_day(place: Place, *, works: bool) -> None:
    """From now on the company works on every day, or not before three days from now."""
    one = (clock.today(place.acme.time_zone).weekday() + 3) % 7  # a calendar has at least one
    days = {name: works or number == one for number, name in enumerate(WEEKDAYS)}
    hours = {"work_from": "09:00", "work_to": "18:00", "time_zone": place.acme.time_zone, "is_default": True}
    with open_scope(place.acme, None, write=True) as scope:
        (outcome,) = create(scope, object_of(Calendar), [{"name": f"Calendar {new_id(CODE)}", **hours, **days}])
    assert outcome.problems == []


def in_zone(place: Place, zone: str) -> Tenant:
    return replace(place.acme, time_zone=zone)


@pytest.mark.parametrize(
    ("zone", "moment", "expected"),
    [
        ("Asia/Shanghai", at("Asia/Shanghai", 2026, 3, 4, 2, 0), at("Asia/Shanghai", 2026, 3, 4, 2, 30)),
        ("Asia/Shanghai", at("Asia/Shanghai", 2026, 3, 4, 2, 30), at("Asia/Shanghai", 2026, 3, 5, 2, 30)),
        ("America/New_York", at("America/New_York", 2026, 3, 4, 23, 0), at("America/New_York", 2026, 3, 5, 2, 30)),
        # The clock leaps from 2 to 3: what was for 2:30 is done half an hour after the leap, once.
        ("Europe/Berlin", at("Europe/Berlin", 2026, 3, 28, 12, 0), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 3, 29, 1, 30, tzinfo=UTC), at("Europe/Berlin", 2026, 3, 30, 2, 30)),
        # The clock shows 2:30 twice: the first time counts.
        ("Europe/Berlin", at("Europe/Berlin", 2026, 10, 24, 12, 0), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), at("Europe/Berlin", 2026, 10, 26, 2, 30)),
        ("Pacific/Apia", at("Pacific/Apia", 2026, 3, 4, 3, 0), at("Pacific/Apia", 2026, 3, 5, 2, 30)),
    ],
)
def test_a_day_is_the_tenants_own(place: Place, zone: str, moment: datetime, expected: datetime) -> None:
    assert Daily(time(2, 30)).next_after(moment, in_zone(place, zone)) == expected


def test_every_so_often_is_spread_over_the_tenants_and_always_ahead(place: Place) -> None:
    every = Every(minutes=15)
    first = every.next_after(MOMENT, place.acme)
    assert MOMENT < first <= MOMENT + timedelta(minutes=15)
    assert every.next_after(first, place.acme) == first + timedelta(minutes=15)
    assert every.next_after(first - timedelta(seconds=1), place.acme) == first
    assert every.next_after(MOMENT, place.rival) != first


def test_a_wrong_declaration_is_refused() -> None:
    def shelf_move(scope: Scope, name: str) -> None: ...

    with pytest.raises(BadConfig, match="it takes ids"):
        cron(Every(minutes=1))(shelf_move)
    with pytest.raises(BadConfig, match="too often"):
        Every(seconds=0.5)


def test_every_tenant_gets_the_rows_that_it_has_not(place: Place, keeper: CronKeeper) -> None:
    keeper.look()
    assert sorted(rows(place)) == sorted(rows(place, place.rival)) == KEYS
    row = rows(place)["cron:shelf_tidy"]
    assert (row.stage, row.queue, row.kind, row.max_attempts, row.tenant_role) == (
        "waits", "interactive", "atomic", 1, place.acme.role,
    )  # fmt: skip
    assert row.run_at == crons()["shelf_tidy"].when.next_after(clock.now(), place.acme)
    before = place.cron_rows()
    keeper.look()
    assert add_missing(place.cell, [place.acme, place.rival]) == 0
    assert place.cron_rows() == before


def test_a_run_writes_the_next_one_in_its_transaction(place: Place, keeper: CronKeeper) -> None:
    keeper.look()
    first = rows(place)["cron:shelf_dust"]
    due(place, "shelf_dust")
    next_one = rows(place)["cron:shelf_dust"]
    assert place.marks() == ["dusted"]
    assert next_one.id != first.id
    assert clock.now() < next_one.run_at <= clock.now() + timedelta(minutes=10)


def test_workers_that_were_away_over_many_times_do_it_once(place: Place, keeper: CronKeeper) -> None:
    keeper.look()
    place.write("UPDATE platform.job SET run_at = now() - interval '5 days' WHERE key = 'cron:shelf_dust'")
    row = rows(place)["cron:shelf_dust"]
    place.attempt_of(row.id, "bulk")
    assert place.marks() == ["dusted"]
    assert rows(place)["cron:shelf_dust"].run_at > clock.now()


def test_a_clock_that_is_behind_the_databases_does_not_do_it_twice(place: Place, keeper: CronKeeper) -> None:
    keeper.look()
    row = rows(place)["cron:shelf_dust"]
    place.write("UPDATE platform.job SET run_at = now() - interval '1 second' WHERE id = :id", id=row.id)
    ran_at = rows(place)["cron:shelf_dust"].run_at
    with clock.stopped_at(clock.now() - timedelta(hours=2)):
        place.attempt_of(row.id, "bulk")
    assert place.marks() == ["dusted"]
    assert rows(place)["cron:shelf_dust"].run_at > ran_at


def test_a_long_one_goes_chunk_by_chunk_and_then_has_its_next_time(place: Place, keeper: CronKeeper) -> None:
    keeper.look()
    due(place, "shelf_sort")
    assert place.marks() == ["sorted 0", "sorted 1"]
    assert rows(place)["cron:shelf_sort"].run_at == crons()["shelf_sort"].when.next_after(clock.now(), place.acme)


def test_on_a_day_off_it_waits_for_the_next_day(place: Place, keeper: CronKeeper) -> None:
    keeper.look()
    for works, marks in ((False, []), (True, ["tidied"])):
        every_day(place, works=works)
        due(place, "shelf_tidy")
        assert place.marks() == marks
        assert rows(place)["cron:shelf_tidy"].run_at > clock.now()


def test_one_that_dies_is_seen_and_done_again_at_the_next_time(
    place: Place, keeper: CronKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper.look()
    every_day(place, works=True)
    monkeypatch.setattr(Shelf, "fault", Conflict("The shelf is locked."))
    for _ in range(2):
        due(place, "shelf_tidy")
        assert bury(place.cell, [place.acme, place.rival]) == {("cron:shelf_tidy", place.acme.id)}
        found = rows(place)
        assert sorted(found) == [*KEYS, "cron:shelf_tidy:dead"]
        assert found["cron:shelf_tidy:dead"].last_error == "Conflict: The shelf is locked."
        assert found["cron:shelf_tidy"].run_at > clock.now()
    monkeypatch.setattr(Shelf, "fault", None)
    dead = rows(place)["cron:shelf_tidy:dead"]
    assert cron_of(dead.task, dead.key) is None
    assert place.retry(dead.id) is True
    place.attempt_of(dead.id, "interactive")
    assert (place.marks(), sorted(rows(place))) == (["tidied"], KEYS)


def test_one_for_those_who_need_it_is_begun_and_ends_by_itself(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_scope(place.acme, None, write=True) as scope:
        begin(scope, shelf_guard)
        begin(scope, shelf_guard)
    due(place, "shelf_guard")
    assert sorted(rows(place)) == ["cron:shelf_guard"]
    monkeypatch.setattr(Shelf, "is_enough", True)
    due(place, "shelf_guard")
    assert (rows(place), place.marks()) == ({}, ["guarded", "guarded"])


def test_rows_that_no_release_knows_are_removed_and_those_of_another_living_one_are_not(
    place: Place, keeper: CronKeeper
) -> None:
    keeper.look()
    beats = Heartbeats(settings().redis_url)
    beats.beat(Heartbeat("a newer worker", 4, crons=["shelf_paint"]), 60)
    copy = (
        "INSERT INTO platform.job (id, tenant_id, tenant_role, queue, kind, task, payload, key, max_attempts, ripe,"
        " created_at) SELECT gen_random_uuid(), tenant_id, tenant_role, queue, kind, :task, '{}', :key, 5, false,"
        " now() - make_interval(days => :days) FROM platform.job WHERE key = 'cron:shelf_dust'"
    )
    for task, days in (("shelf_paint", 3), ("shelf_burn", 3), ("shelf_carve", 1)):
        place.write(copy, task=task, key=f"cron:{task}", days=days)
    CronKeeper(lambda: {"main": place.cell}, beats, 60, Event()).look()
    assert sorted(rows(place)) == sorted([*KEYS, "cron:shelf_carve", "cron:shelf_paint"])
    place.attempt_of(rows(place)["cron:shelf_paint"].id, "bulk")
    row = rows(place)["cron:shelf_paint"]
    assert (row.attempts, row.dead_at) == (0, None)


def test_a_suspended_tenant_gets_no_rows_and_its_own_wait(place: Place, keeper: CronKeeper) -> None:
    suspend(place.acme)
    try:
        keeper.look()
        assert (sorted(rows(place)), sorted(rows(place, place.rival))) == ([], KEYS)
    finally:
        resume(place.acme)
    keeper.look()
    assert sorted(rows(place)) == KEYS
