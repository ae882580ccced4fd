"""Whose turn it is: everybody has a share, one alone has all the speed, and timers cost a look nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest

from saas.engine.jobs import QUEUES
from saas.gateways.doorbell import NullDoorbell
from saas.kit import clock
from saas.kit.settings import settings
from saas.tenants.tenant import Tenant
from saas.workers import claims
from saas.workers.broker import JobBroker, job_broker
from saas.workers.dispatcher import Dispatcher
from saas.workers.timing import Timing
from tests.workers.doings import mark_bulk
from tests.workers.marks import mark_many, mark_set
from tests.workers.place import Place

TIMERS = """
    INSERT INTO platform.job (id, tenant_id, tenant_role, queue, kind, task, payload, max_attempts, run_at, ripe)
    SELECT gen_random_uuid(), :tenant, :role, 'interactive', 'atomic', 'mark_set', '{"name": "x"}', 5,
           now() + make_interval(secs => :first) + number * interval '1 second', :ripe
    FROM generate_series(1, :count) AS number
"""


def many(place: Place, tenant: Tenant, count: int, first: float = -100_000, *, ripe: bool = True) -> None:
    place.write(TIMERS, tenant=tenant.id, role=tenant.role, count=count, first=first, ripe=ripe)


def whose(due: list[claims.Due]) -> dict[UUID, int]:
    found: dict[UUID, int] = {}
    for one in due:
        found[one.tenant_id] = found.get(one.tenant_id, 0) + 1
    return found


@pytest.fixture
def broker() -> JobBroker:
    broker = job_broker(settings().redis_url)
    for queue in QUEUES:
        broker.declare_queue(queue)
    return broker


@pytest.fixture
def dispatcher(place: Place, broker: JobBroker) -> Dispatcher:
    return Dispatcher(lambda: {"main": place.cell}, broker, NullDoorbell(), Timing())


def test_a_claim_takes_of_each_tenant_the_same_and_sends_them_in_turn(place: Place) -> None:
    many(place, place.acme, 500)
    many(place, place.rival, 3, first=0)
    place.write("UPDATE platform.job SET run_at = now() WHERE tenant_id = :id", id=place.rival.id)
    due, _ = claims.claim(place.cell, "interactive", 20, 30)
    assert whose(due) == {place.acme.id: 10, place.rival.id: 3}
    assert {one.tenant_id for one in due[:2]} == {place.acme.id, place.rival.id}


def test_nobody_has_more_out_than_a_share_until_some_are_done(place: Place) -> None:
    many(place, place.acme, 100)
    first, _ = claims.claim(place.cell, "interactive", 60, 30, share=25)
    assert len(first) == 25
    assert claims.claim(place.cell, "interactive", 60, 30, share=25)[0] == []
    for one in first[:10]:
        place.performer().perform(one.tenant_id, one.id)
    assert len(claims.claim(place.cell, "interactive", 60, 30, share=25)[0]) == 10


def test_the_turn_goes_on_behind_the_last_tenant_and_begins_again(place: Place) -> None:
    for tenant in (place.acme, place.rival):
        many(place, tenant, 3)
    low, high = sorted((place.acme.id, place.rival.id))
    first, after = claims.claim(place.cell, "interactive", 1, 30)
    assert ([*whose(first)], after) == ([low], low)
    second, after = claims.claim(place.cell, "interactive", 1, 30, after=after)
    assert ([*whose(second)], after) == ([high], high)
    assert claims.claim(place.cell, "interactive", 1, 30, after=after) == ([], claims.FIRST)


def test_a_dispatcher_sends_a_share_and_looks_again_soon(
    place: Place, dispatcher: Dispatcher, broker: JobBroker
) -> None:
    many(place, place.acme, 500)
    place.later(mark_bulk, name="one", folder="")
    assert dispatcher.look() <= Timing().poll / 2
    assert (broker.backlog("interactive"), broker.backlog("bulk")) == (50, 1)
    many(place, place.rival, 2)
    dispatcher.look()
    assert broker.backlog("interactive") == 52


def test_with_nothing_due_it_looks_again_in_a_while(place: Place, dispatcher: Dispatcher) -> None:
    many(place, place.acme, 500, first=1000, ripe=False)
    assert dispatcher.look() == Timing().poll
    assert claims.look(place.cell) == claims.Look(ripens=False, queues=[])


def test_a_timer_is_due_when_its_time_has_come_and_not_before(place: Place) -> None:
    with_time = place.later(mark_set, name="now", run_at=clock.now() - timedelta(seconds=1))
    place.later(mark_set, name="later", run_at=clock.now() + timedelta(hours=1))
    assert claims.look(place.cell) == claims.Look(ripens=True, queues=[])
    assert claims.ripen(place.cell) == {"interactive"}
    assert [one.id for one in claims.claim(place.cell, "interactive", 9, 30)[0]] == [with_time]
    assert claims.look(place.cell) == claims.Look(ripens=False, queues=[])


def test_what_another_release_wrote_among_the_due_for_later_waits_with_the_timers(
    place: Place, dispatcher: Dispatcher
) -> None:
    many(place, place.acme, 3, first=1000)
    assert claims.look(place.cell).queues == ["interactive"]
    dispatcher.look()
    assert [row.stage for row in place.jobs()] == ["waits"] * 3


def test_two_dispatchers_at_once_send_each_job_once(place: Place) -> None:
    many(place, place.acme, 200)
    many(place, place.rival, 200)
    with ThreadPoolExecutor(2) as pool:
        claimed = list(pool.map(lambda _: claims.claim(place.cell, "interactive", 40, 30)[0], range(20)))
    ids = [one.id for due in claimed for one in due]
    assert len(ids) == len(set(ids)) == 400


def test_a_long_job_hands_over_where_others_wait_for_its_thread(place: Place) -> None:
    job_id = place.later(mark_many, total=4, folder="")
    place.claim()
    timing = Timing(slice=0)
    place.performer(timing=timing, others_wait=lambda queue: queue == "interactive").perform(place.acme.id, job_id)
    assert place.marks() == ["chunk 0"]
    assert [(row.stage, row.attempts, row.checkpoint) for row in place.jobs()] == [("due", 0, {"done": 1})]
