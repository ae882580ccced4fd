"""What lost workers and a lost Redis left behind goes on by itself."""

from uuid import uuid4

import pytest

from saas.engine.jobs import QUEUES
from saas.gateways.doorbell import NullDoorbell
from saas.kit.settings import settings
from saas.workers import claims, leases, sweeping
from saas.workers.broker import JobBroker, job_broker
from saas.workers.dispatcher import Dispatcher
from saas.workers.timing import Timing
from tests.workers.doings import coin_send
from tests.workers.marks import mark_set
from tests.workers.place import Place


@pytest.fixture
def broker(place: Place) -> JobBroker:
    broker = job_broker(settings().redis_url)
    for queue in QUEUES:
        broker.declare_queue(queue)
    return broker


@pytest.fixture
def dispatcher(place: Place, broker: JobBroker) -> Dispatcher:
    return Dispatcher(lambda: {"main": place.cell}, broker, NullDoorbell(), Timing(sent=0))


def look(place: Place, dispatcher: Dispatcher) -> None:
    """Look, with what is looked for once a second."""
    dispatcher._swept = 0.0
    dispatcher.look()


def test_a_message_that_still_waits_is_not_sent_again(place: Place, dispatcher: Dispatcher, broker: JobBroker) -> None:
    job_id = place.later(mark_set, name="one")
    for _ in range(3):
        look(place, dispatcher)
    assert broker.waiting("interactive") == {job_id}
    assert broker.backlog("interactive") == 1


def test_a_message_that_is_lost_is_sent_again(place: Place, dispatcher: Dispatcher, broker: JobBroker) -> None:
    job_id = place.later(mark_set, name="one")
    look(place, dispatcher)
    broker.client.flushdb()
    look(place, dispatcher)
    assert broker.waiting("interactive") == {job_id}
    assert [row.attempts for row in place.jobs()] == [0]


def test_without_redis_what_was_claimed_is_given_back(place: Place) -> None:
    broker = job_broker("redis://127.0.0.1:1/0")
    place.later(mark_set, name="one")
    dispatcher = Dispatcher(lambda: {"main": place.cell}, broker, NullDoorbell(), Timing())
    dispatcher.look()
    assert [(row.stage, row.lease_until) for row in place.jobs()] == [("due", None)]


def test_a_worker_lost_while_it_called_outside_leaves_its_mark(place: Place) -> None:
    job_id = place.later(coin_send, name="one")
    claims.claim(place.cell, "interactive", 1, 30)
    leases.hold(place.cell, place.acme.id, [job_id], "a worker that is lost", 0)
    place.write('UPDATE platform.job SET checkpoint = \'{"called": "then"}\'')
    assert [lost.dead for lost in sweeping.take_back(place.cell)] == [False]
    assert [(row.stage, row.checkpoint) for row in place.jobs()] == [("due", {"called": "then"})]


def test_what_a_release_of_before_asks_for_is_found(place: Place, dispatcher: Dispatcher, broker: JobBroker) -> None:
    job_id = place.later(mark_set, name="one")
    place.write("UPDATE platform.job SET queue = 'default'")
    look(place, dispatcher)
    assert broker.waiting("interactive") == {job_id}


def test_nothing_is_taken_from_who_is_still_at_it(place: Place) -> None:
    job_id = place.later(mark_set, name="one")
    claims.claim(place.cell, "interactive", 1, 30)
    leases.hold(place.cell, place.acme.id, [job_id], "a worker", 30)
    assert (sweeping.take_back(place.cell), sweeping.unheard(place.cell)) == ([], {})
    assert [row.holder for row in place.jobs()] == ["a worker"]


def test_the_jobs_of_a_tenant_that_is_gone_end_nothing(place: Place) -> None:
    gone = uuid4()
    place.write(
        "INSERT INTO platform.job (id, tenant_id, tenant_role, queue, kind, task, payload, max_attempts)"
        " VALUES (:id, :id, 'nobody', 'interactive', 'atomic', 'mark_set', '{}', 5)",
        id=gone,
    )
    kept = place.later(mark_set, name="one")
    for one in claims.claim(place.cell, "interactive", 9, 30)[0]:
        place.performer().perform(one.tenant_id, one.id)
    assert place.marks() == ["one"]
    assert [row.id for row in place.jobs()] == [gone]
    assert kept != gone
