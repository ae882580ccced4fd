"""What was begun for those who need it goes on, whatever becomes of a row of it: dead, called off, tried again."""

from threading import Event
from typing import Any

import pytest

from saas.engine.crons import begin, cron_of
from saas.engine.scope import open_scope
from saas.gateways.heartbeat import Heartbeats
from saas.kit.settings import settings
from saas.workers.cron_rows import CronKeeper, bury
from tests.workers.place import Place
from tests.workers.shelves import shelf_guard, shelf_sort

KEY = "cron:shelf_guard"


@pytest.fixture
def begun(place: Place) -> Any:
    """The row of something that only acme has done."""
    with open_scope(place.acme, None, write=True) as scope:
        begin(scope, shelf_guard)
    return guards(place)[KEY]


def keeper(place: Place, *before: str) -> CronKeeper:
    """One that looks at these cells before, which are none."""
    cells: dict[str, Any] = {name: object() for name in before}
    return CronKeeper(lambda: {**cells, "main": place.cell}, Heartbeats(settings().redis_url), 60, Event())


def guards(place: Place) -> dict[str, Any]:
    return {row.key: row for row in place.cron_rows() if row.task == "shelf_guard"}


def kill(place: Place, key: str = KEY) -> None:
    place.write("UPDATE platform.job SET dead_at = now(), run_at = now() WHERE key = :key", key=key)


def test_one_that_was_begun_and_died_has_a_next_time_too(place: Place, begun: Any) -> None:
    kill(place)
    keeper(place).look()
    found = guards(place)
    assert sorted(found) == [KEY, f"{KEY}:dead"]
    assert {row.tenant_id for row in found.values()} == {place.acme.id}
    assert (found[f"{KEY}:dead"].id, found[KEY].stage) == (begun.id, "waits")


def test_whoever_is_killed_after_moving_it_has_given_it_its_next_time(place: Place, begun: Any) -> None:
    kill(place)
    assert bury(place.cell, [place.rival]) == set()  # whose it is not
    assert sorted(guards(place)) == [KEY]
    assert bury(place.cell, [place.acme]) == {(KEY, place.acme.id)}  # and then nothing more is done
    found = guards(place)
    assert {key: row.stage for key, row in found.items()} == {KEY: "waits", f"{KEY}:dead": "dead"}
    assert (found[KEY].queue, found[KEY].kind) == (begun.queue, begun.kind)


def test_a_cell_that_cannot_be_looked_at_holds_up_no_other(place: Place, begun: Any) -> None:
    kill(place)
    keeper(place, "broken").look()
    assert sorted(guards(place)) == [KEY, f"{KEY}:dead"]


def test_what_comes_again_by_itself_is_neither_called_off_nor_dropped(place: Place, begun: Any) -> None:
    assert place.cancel(begun.id) is False
    kill(place)
    assert place.drop(begun.id) is False
    assert sorted(guards(place)) == [KEY]
    bury(place.cell, [place.acme, place.rival])
    assert place.drop(begun.id) is True


def test_a_long_run_is_called_off_and_has_its_next_time(place: Place) -> None:
    with open_scope(place.acme, None, write=True) as scope:
        begin(scope, shelf_sort)
    (row,) = place.cron_rows()
    assert place.cancel(row.id) is True
    place.write("UPDATE platform.job SET run_at = now() WHERE id = :id", id=row.id)
    place.attempt_of(row.id, "interactive")
    (again,) = place.cron_rows()
    assert (again.key, again.id == row.id, again.cancel_at) == (row.key, False, None)


def test_one_that_is_tried_again_is_not_taken_away_by_the_next_death(place: Place, begun: Any) -> None:
    kill(place)
    keeper(place).look()
    assert place.retry(begun.id) is True
    kill(place)
    assert bury(place.cell, [place.acme, place.rival]) == set()
    found = guards(place)
    assert {key: row.stage for key, row in found.items()} == {KEY: "dead", f"{KEY}:dead": "due"}
    assert found[f"{KEY}:dead"].id == begun.id
    assert cron_of("shelf_guard", f"{KEY}:dead") is None
    kill(place, f"{KEY}:dead")
    assert bury(place.cell, [place.acme, place.rival]) == {(KEY, place.acme.id)}
    assert sorted(guards(place)) == [KEY, f"{KEY}:dead"]
