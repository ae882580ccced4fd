"""A change has the webhooks of its company looked at, at once or right after the look that is under way."""

from threading import Event

import pytest

from saas.gateways.changed import NullChangeBell
from saas.gateways.doorbell import NullDoorbell
from saas.workers.hastening import KEY, Hastener
from tests.workers.place import Place, eventually

PUMP = (
    "INSERT INTO platform.job (id, tenant_id, tenant_role, queue, kind, task, payload, key, max_attempts, run_at, ripe)"
    " VALUES (gen_random_uuid(), :tenant, :role, 'webhook', 'atomic', 'webhook_pump', '{}', :key, 5,"
    " now() + interval '1 hour', false)"
)


class Listening:
    """A hastener that runs, with its bells."""

    def __init__(self, place: Place) -> None:
        self.bell, self.doorbell, self.stopping = NullChangeBell(), NullDoorbell(), Event()
        self.thread = Hastener(lambda: {"main": place.cell}, self.bell, self.doorbell, self.stopping)


@pytest.fixture
def listening(place: Place) -> Listening:
    for tenant in (place.acme, place.rival):
        place.write(PUMP, tenant=tenant.id, role=tenant.role, key=KEY)
    return Listening(place)


def due(place: Place) -> set[str]:
    """Whose row is due."""
    owners = {place.acme.id: "acme", place.rival.id: "rival"}
    query = "SELECT array_agg(tenant_id) FROM platform.job WHERE key = :key AND run_at <= now()"
    return {owners[each] for each in place.value(query, key=KEY) or ()}


def test_the_row_of_who_has_changed_something_is_due_at_once(place: Place, listening: Listening) -> None:
    listening.thread.start()
    try:
        listening.bell.ring(place.acme.id)
        assert eventually(lambda: due(place)) == {"acme"}
        eventually(lambda: listening.doorbell.rings)
    finally:
        listening.stopping.set()
        listening.thread.join(5)


def test_who_is_looked_at_just_now_is_looked_at_once_more(place: Place, listening: Listening) -> None:
    place.write("UPDATE platform.job SET lease_until = now() + interval '1 minute' WHERE key = :key", key=KEY)
    listening.thread.start()
    try:
        listening.bell.ring(place.acme.id)
        eventually(lambda: listening.thread.rung == {place.acme.id})
        assert due(place) == set()
        place.write("UPDATE platform.job SET lease_until = NULL WHERE key = :key", key=KEY)
        assert eventually(lambda: due(place)) == {"acme"}
    finally:
        listening.stopping.set()
        listening.thread.join(5)
