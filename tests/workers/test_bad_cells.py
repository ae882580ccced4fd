"""A cell with a fault that nobody expected, such as one that is not migrated, holds up nothing of the other cells."""

from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest

from saas.engine.jobs import QUEUES
from saas.gateways.changed import NullChangeBell
from saas.gateways.doorbell import NullDoorbell
from saas.gateways.heartbeat import Heartbeats
from saas.gateways.job_figures import JobFigures
from saas.kit.settings import settings
from saas.workers.broker import job_broker
from saas.workers.dispatcher import Dispatcher
from saas.workers.hastening import KEY, Hastener
from saas.workers.heart import Heart
from saas.workers.timing import Timing
from tests.workers.marks import mark_set
from tests.workers.place import Place, eventually
from tests.workers.test_hastening import PUMP


class _Cells:
    """A cell that is none, and behind it the one that there is."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def engines(self) -> dict[str, Any]:
        return {"broken": object(), "main": self._place.cell}


def test_jobs_of_the_cells_behind_it_are_handed_out(place: Place) -> None:
    broker = job_broker(settings().redis_url)
    for queue in QUEUES:
        broker.declare_queue(queue)
    dispatcher = Dispatcher(_Cells(place).engines, broker, NullDoorbell(), Timing())
    for name in ("one", "two"):
        place.later(mark_set, name=name)
        dispatcher.look()
        assert place.claim() == []
    assert broker.backlog("interactive") == 2


def test_webhooks_of_the_cells_behind_it_are_hastened(place: Place) -> None:
    place.write(PUMP, tenant=place.acme.id, role=place.acme.role, key=KEY)
    doorbell = NullDoorbell()
    hastener = Hastener(_Cells(place).engines, NullChangeBell(), doorbell, Event())
    hastener.rung = {place.acme.id}
    hastener.hasten()
    assert place.value("SELECT run_at <= now() FROM platform.job WHERE key = :key", key=KEY) is True
    assert (hastener.rung, doorbell.rings) == (set(), 1)


@pytest.fixture
def heart(place: Place) -> Iterator[Heart]:
    stopping, url, cells = Event(), settings().redis_url, _Cells(place)
    told: Any = cells
    heart = Heart("a worker", [], told, Heartbeats(url), JobFigures(url), 0.1, stopping, "")
    heart.start()
    yield heart
    stopping.set()
    heart.join(5)


def test_the_heart_beats_on_and_tells_of_the_cells_behind_it(place: Place, heart: Heart) -> None:
    (one,) = eventually(lambda: Heartbeats(settings().redis_url).alive())
    assert (one.name, one.dead) == ("a worker", {"main": 0})
    assert heart.is_alive()
