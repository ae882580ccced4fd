"""What fails for good is switched off, with one mail to who made it; resumed, it goes on where it stopped."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from saas.gateways.mail import recorded
from saas.modules.webhooks.mails import webhook_stop_send
from saas.tenants.directory import directory
from tests.webhooks.place import Hook, customer, made
from tests.webhooks.receiver import Receiver, Says
from tests.world import World


def mails(hook: Hook) -> list[dict[str, Any]]:
    """Those that the jobs of this webhook send."""
    before = len(recorded())
    jobs = hook.sql("DELETE FROM platform.job WHERE task = 'webhook_stop_send' RETURNING payload")
    for (payload,) in jobs:
        if payload["endpoint_id"] == hook.id:
            with hook.company.scope() as scope:
                webhook_stop_send(scope, endpoint_id=UUID(hook.id), since=payload["since"])
    return recorded()[before:]


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Ada's language, for a while."""
    change = sa.text("UPDATE directory.person SET language = :language WHERE email = 'ada@garage.test'")
    for each in (language, None):
        with directory() as connection:
            connection.execute(change, {"language": each})
        if each is not None:
            yield


def failing_for(hook: Hook, hours: int) -> None:
    hook.sql("UPDATE webhook_endpoint SET failing_since = now() - make_interval(hours => %s), next_at = now()", hours)


def test_after_three_days_of_failing_it_is_switched_off_and_its_maker_is_told(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver, name="Shop & Co")
    receiver.says = lambda _got: Says(500)
    customer(world)
    hook.deliver()
    failing_for(hook, 71)
    hook.round()
    assert hook.now()["state"] == "ACTIVE"
    failing_for(hook, 72)
    hook.round()
    told = hook.now()
    assert (told["state"], told["reason"], told["reasonDetail"]) == (
        "SWITCHED_OFF", "FAILING", "The server answered 500.",
    )  # fmt: skip
    (mail,) = mails(hook)
    assert (mail["to"], mail["subject"]) == ("ada@garage.test", "The webhook Shop & Co of Garage has stopped")
    assert f"127.0.0.1:{receiver.port}" in str(mail["text"])
    assert hook.round() is None
    receiver.clear()
    assert hook.acted("Resume")["id"] == hook.id
    hook.deliver()
    assert hook.states() == ["DELIVERED"]


def test_a_success_in_between_begins_the_three_days_anew(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver)
    receiver.answers(500, 204, 500)
    customer(world)
    hook.deliver()
    failing_for(hook, 100)
    hook.deliver()
    customer(world)
    hook.deliver()
    assert hook.now()["state"] == "ACTIVE"
    assert hook.now()["failures"] == 1
    assert mails(hook) == []


@pytest.mark.parametrize("how", ["given up", "left out"])
def test_who_was_sent_nothing_since_did_not_fail_since(world: World, receiver: Receiver, how: str) -> None:
    hook = made(world, world.garage.ada, receiver)
    receiver.answers(*[400] * 5 if how == "given up" else [500], 503)
    customer(world)
    hook.deliver()
    if how == "given up":
        for _ in range(4):
            hook.hasten()
            hook.deliver()
    else:
        hook.acted("DeliveriesSkip", f', deliveryIds: ["{hook.log()[0]["id"]}"]')
        hook.deliver()
    assert (hook.states(), hook.now()["failingSince"]) == (["FAILED" if how == "given up" else "SKIPPED"], None)
    hook.sql("UPDATE webhook_endpoint SET failing_since = failing_since - interval '3 days'")  # a long weekend
    customer(world)
    hook.deliver()
    assert (hook.now()["state"], hook.now()["failures"]) == ("ACTIVE", 1)


def test_a_receiver_that_is_gone_is_left_in_peace_at_once(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver)
    receiver.says = lambda _got: Says(410)
    customer(world)
    customer(world)
    hook.deliver()
    assert len(receiver.got) == 1
    assert (hook.now()["state"], hook.now()["reason"]) == ("SWITCHED_OFF", "GONE")
    assert len(mails(hook)) == 1
    assert hook.states() == ["WAITING", "WAITING"]


@pytest.mark.parametrize("status", [410, 500])
def test_of_two_who_switch_it_off_at_a_time_one_sends_the_mail(world: World, receiver: Receiver, status: int) -> None:
    hook = made(world, world.garage.ada, receiver)
    receiver.says = lambda _got: Says(500)
    customer(world)
    hook.deliver()
    failing_for(hook, 100)
    receiver.says = lambda _got: Says(status)
    both = [hook.begun(), hook.begun()]
    barrier = Barrier(2)

    def end(work: Any) -> Any:
        barrier.wait()
        return hook.ended(work)

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(end, both)) == [None, None]
    assert hook.now()["state"] == "SWITCHED_OFF"
    assert len(mails(hook)) == 1


def test_who_resumed_it_meanwhile_gets_no_mail(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver)
    receiver.answers(410)
    customer(world)
    hook.deliver()
    hook.acted("Resume")
    assert mails(hook) == []


def test_the_mail_is_in_the_language_of_who_reads_it(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver)
    receiver.answers(410)
    customer(world)
    hook.deliver()
    with speaking("zh"):
        (mail,) = mails(hook)
    assert "已停止" in str(mail["subject"])
    assert "410" in str(mail["text"])


def test_its_maker_is_notified_too(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver, name="Notified")
    receiver.answers(410)
    customer(world)
    hook.deliver()
    told = world.garage.ada.ask("{ notifications(first: 5) { nodes { kind text } } }")["notifications"]["nodes"]
    words = "The webhook Notified has stopped: The server there answered that it is gone for good (410)."
    assert [each["text"] for each in told if "Notified" in each["text"]] == [words]
    assert world.garage.mona.ask("{ notifications(first: 5) { nodes { kind } } }")["notifications"]["nodes"] == []
