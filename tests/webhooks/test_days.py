"""What is in sight for some days only is told on those days, however long the worker has been there."""

from datetime import timedelta

from saas.engine.access.tables import RowScope
from saas.kit.clock import now, stopped_at, today
from tests.webhooks.people import reader
from tests.webhooks.place import change, customer, made
from tests.webhooks.receiver import Receiver
from tests.world import World

SHARE = """
    mutation($id: ID!, $with: ID!, $until: Date!) {
      x: recordShare(id: $id, withId: $with, until: $until) { problems { message } }
    }"""


def test_a_share_that_ended_last_night_is_none_today(world: World, receiver: Receiver) -> None:
    own = reader(world, "daily", RowScope.OWN)
    id_ = customer(world)
    until = str(today(world.garage.tenant.time_zone))
    shared = world.garage.ada.ask(SHARE, **{"id": id_, "with": str(own.id), "until": until})
    assert shared["x"]["problems"] == []
    hook = made(world, own, receiver)
    change(world.garage.ada, id_, website="today.test")
    hook.deliver()
    change(world.garage.ada, id_, website="tomorrow.test")
    hook.pump()
    with stopped_at(now() + timedelta(days=1)):
        hook.round()
    assert hook.states() == ["DELIVERED", "SKIPPED"]
    assert len(receiver.got) == 1
