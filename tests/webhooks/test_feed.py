"""From the feed to deliveries: each change once, under its most telling name, whatever becomes of the database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import UUID

import pytest

from saas.engine.feed import FeedRow
from saas.modules.webhooks.pump import webhook_pump
from saas.modules.webhooks.topics import matches, names_of, topic_of, topics
from tests.engine.horizon import settled
from tests.webhooks.place import customer, made
from tests.webhooks.receiver import Receiver
from tests.world import World

NOBODY = UUID(int=0)


def row(kind: str, action: str | None = None, fields: tuple[str, ...] = (), of: str = "opportunity") -> FeedRow:
    return FeedRow(NOBODY, datetime.now(UTC), of, NOBODY, 1, kind, action, fields, None, None, NOBODY, None, None)


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (row("created"), ("opportunity.created",)),
        (row("acted", "win", ("stage",)), ("opportunity.won", "opportunity.updated")),
        (row("acted", "win"), ("opportunity.won",)),
        (row("acted", "gone_since", ("stage",)), ("opportunity.updated",)),
        (row("merged"), ("opportunity.merged", "opportunity.deleted")),
        (row("unmerged"), ("opportunity.unmerged", "opportunity.restored")),
    ],
)
def test_a_change_has_names(change: FeedRow, names: tuple[str, ...]) -> None:
    assert names_of(change) == names
    assert topic_of(change, ["*"]) == names[0]
    assert topic_of(change, [names[-1]]) == names[-1]
    assert topic_of(change, ["customer.*"]) is None


def test_every_name_of_an_object_is_one_that_can_be_asked_for() -> None:
    assert {"customer.created", "opportunity.won", "customer.merged"} <= topics()
    assert [matches(pattern, "customer.deleted") for pattern in ("*", "*.*", "customer.*", "*.deleted")] == [True] * 4
    assert not any(matches(pattern, "customer.deleted") for pattern in ("customer", "custom*", "*.*.*", "contact.*"))


def test_two_who_read_the_feed_at_a_time_write_each_change_once(world: World, receiver: Receiver) -> None:
    hooks = [made(world, world.garage.ada, receiver) for _ in range(2)]
    ids = [customer(world) for _ in range(20)]
    settled(world)

    def pump(_number: int) -> None:
        with world.garage.scope() as scope:
            webhook_pump(scope)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(pump, range(8)))
    for hook in hooks:
        assert [each["recordId"] for each in reversed(hook.log())] == ids
        assert [each["number"] for each in reversed(hook.log())] == [*range(1, 21)]


def test_in_another_life_of_the_database_nothing_is_told_twice_or_left_out(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver)
    first = customer(world)
    hook.deliver()
    hook.sql("UPDATE webhook_endpoint SET position = '1.1/' || split_part(position, '/', 2) || '/' || %s", str(NOBODY))
    second = customer(world)
    hook.deliver()
    assert [got.body["data"]["id"] for got in receiver.got] == [first, second]


def test_in_another_life_it_goes_back_to_where_it_stood_if_that_is_earlier(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver)
    ids = [customer(world), customer(world)]
    # It waits behind these when the database begins anew; what is looked at again, an hour, begins after them.
    hook.sql("UPDATE webhook_endpoint SET read_at = now() + interval '1 hour'")
    hook.sql("UPDATE webhook_endpoint SET position = '1.1/' || split_part(position, '/', 2) || '/' || %s", str(NOBODY))
    later = customer(world)
    hook.deliver()
    assert [got.body["data"]["id"] for got in receiver.got] == [*ids, later]


def test_a_company_that_has_no_webhook_any_more_is_read_no_more(world: World, receiver: Receiver) -> None:
    crons = "SELECT count(*) FROM platform.job WHERE key = 'cron:webhook_pump' AND tenant_id = %s"
    hook = made(world, world.garage.ada, receiver)
    assert hook.sql(crons, world.garage.tenant.id) == [(1,)]
    with world.garage.scope() as scope:
        assert webhook_pump(scope) is None
    hook.acted("Pause")
    with world.garage.scope() as scope:
        assert webhook_pump(scope) is not None
    assert hook.acted("Resume")["id"] == hook.id
    assert hook.sql(crons, world.garage.tenant.id) == [(1,)]
