"""The log: searched by state, event, record, time and text; pages; and forgotten after a month."""

import pytest

from saas.engine.job_registry import Step
from saas.modules.webhooks.care import webhook_log_clear
from tests.webhooks.place import LOG, Hook, change, customer, made
from tests.webhooks.receiver import Got, Receiver, Says
from tests.world import World


@pytest.fixture
def told(world: World, receiver: Receiver) -> tuple[Hook, str, str]:
    """A webhook with three deliveries: one refused five times with a reason, two that arrived."""
    hook = made(world, world.garage.ada, receiver)
    bad = customer(world)

    def says(got: Got) -> Says:
        return Says(400, b'{"reason": "Unknown Colour 100%"}') if got.body["data"]["id"] == bad else Says(200, b"fine")

    receiver.says = says
    good = customer(world)
    change(world.garage.ada, good, website="log.test")
    hook.deliver()
    for _ in range(4):
        hook.hasten()
        hook.deliver()
    assert hook.states() == ["FAILED", "DELIVERED", "DELIVERED"]
    return hook, bad, good


def test_it_is_searched(told: tuple[Hook, str, str]) -> None:
    hook, bad, good = told

    def found(**sought: object) -> list[tuple[str, str]]:
        return [(each["recordId"], each["event"]) for each in hook.log(**sought)]

    failed, created, updated = (bad, "customer.created"), (good, "customer.created"), (good, "customer.updated")
    assert found() == [updated, created, failed]
    assert found(states=["FAILED"]) == [failed]
    assert found(states=["WAITING", "SKIPPED"]) == []
    assert found(event="customer.created") == [created, failed]
    assert found(recordId=good) == [updated, created]
    assert found(text="unknown colour 100%") == [failed]
    assert found(text="colour_100") == []
    assert found(text="FINE") == [updated, created]
    assert found(text="customer.upd") == [updated]
    assert found(text=hook.log()[-1]["messageId"]) == [failed]
    assert found(since="2020-01-01T00:00:00Z", until="2020-01-02T00:00:00Z") == []
    assert found(since="2020-01-01T00:00:00Z", recordId=bad) == [failed]


def test_it_tells_each_try(told: tuple[Hook, str, str]) -> None:
    hook, _, _ = told
    failed = hook.log(states=["FAILED"])[0]
    assert (failed["attempts"], failed["lastError"]) == (5, "The server answered 400.")
    assert [(each["status"], each["answer"]) for each in failed["tries"]] == [
        (400, '{"reason": "Unknown Colour 100%"}')
    ] * 5


def test_it_has_pages(told: tuple[Hook, str, str]) -> None:
    hook, _, _ = told
    first = hook.person.ask(LOG, id=hook.id, first=2)["x"]
    assert ([each["number"] for each in first["nodes"]], first["hasNextPage"]) == ([3, 2], True)
    rest = hook.person.ask(LOG, id=hook.id, first=2, after=2)["x"]
    assert ([each["number"] for each in rest["nodes"]], rest["hasNextPage"]) == ([1], False)


def test_after_a_month_it_is_forgotten_but_not_what_waits(told: tuple[Hook, str, str], receiver: Receiver) -> None:
    hook, _, _ = told
    receiver.says = lambda _got: Says(500)
    customer(hook.world)
    hook.deliver()
    for table, column in (("webhook_delivery", "created_at"), ("webhook_attempt", "at")):
        hook.sql(f"UPDATE {table} SET {column} = now() - interval '31 days'")
    with hook.company.scope() as scope:
        assert webhook_log_clear(scope, Step()) is None
    assert hook.states() == ["WAITING"]
    assert hook.log()[0]["tries"] == []
    receiver.clear()
    hook.hasten()
    hook.deliver()
    assert hook.states() == ["DELIVERED"]


@pytest.mark.parametrize("arguments", ["", ', deliveryIds: ["0198fa00-0000-8000-8000-000000000000"]'])
def test_nothing_is_sent_once_more_where_there_is_nothing(
    told: tuple[Hook, str, str], receiver: Receiver, arguments: str
) -> None:
    hook, _, _ = told
    before = len(receiver.got)
    answer = hook.acted("Redeliver", arguments, "count")
    assert (answer["id"], answer["count"], len(answer["problems"])) == (None, 0, 1)
    hook.deliver()
    assert len(receiver.got) == before
