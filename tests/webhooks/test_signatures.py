"""Signatures as Standard Webhooks has them: the receivers' own library verifies them, also while a secret changes."""

from datetime import timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from saas.kit.clock import now, stopped_at
from tests.webhooks.place import customer, made
from tests.webhooks.receiver import Got, Receiver
from tests.world import World


def verified(got: Got, secret: str) -> bool:
    """Whether the library takes the message for ours."""
    try:
        return bool(Webhook(secret).verify(got.raw, got.headers) == got.body)
    except WebhookVerificationError:
        return False


def test_the_library_of_receivers_verifies_what_is_sent(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver)
    assert hook.secret.startswith("whsec_")
    customer(world)
    hook.deliver()
    (got,) = receiver.got
    assert verified(got, hook.secret)
    assert not verified(got, made(world, world.garage.ada, receiver).secret)
    forged = Got(got.path, got.headers, got.raw.replace(b"CREATED", b"DELETED"))
    assert forged.raw != got.raw
    assert not verified(forged, hook.secret)


def test_a_new_secret_signs_beside_the_former_one_for_a_time(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver)
    told = hook.acted("RotateSecret", ", keepFormerHours: 2", "secret webhook { formerSecretUntil }")
    new = told["secret"]
    assert told["webhook"]["formerSecretUntil"] is not None
    assert new not in (None, hook.secret)
    customer(world)
    hook.deliver()
    assert len(receiver.got[0].headers["webhook-signature"].split(" ")) == 2
    assert [verified(receiver.got[0], secret) for secret in (hook.secret, new)] == [True, True]
    hook.sql("UPDATE webhook_endpoint SET former_secret_until = now() - interval '1 second'")
    customer(world)
    hook.deliver()
    assert [verified(receiver.got[1], secret) for secret in (hook.secret, new)] == [False, True]


def test_without_a_time_the_former_secret_is_gone_at_once(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver)
    new = hook.acted("RotateSecret", ", keepFormerHours: 0", "secret")["secret"]
    customer(world)
    hook.deliver()
    assert [verified(receiver.got[0], secret) for secret in (hook.secret, new)] == [False, True]


@pytest.mark.parametrize("hours", [-1, 721])
def test_no_other_time_is_taken(world: World, receiver: Receiver, hours: int) -> None:
    hook = made(world, world.garage.ada, receiver)
    told = hook.acted("RotateSecret", f", keepFormerHours: {hours}", "secret")
    assert (told["id"], told["secret"], told["problems"][0]["path"]) == (None, None, ["keepFormerHours"])
    customer(world)
    hook.deliver()
    assert verified(receiver.got[0], hook.secret)


def test_each_try_is_signed_with_its_own_moment(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver)
    receiver.answers(500)
    customer(world)
    with stopped_at(now() - timedelta(minutes=4)):
        hook.deliver()
    hook.deliver()
    first, last = receiver.got
    assert first.id == last.id
    assert int(last.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) >= 239
    assert first.headers["webhook-signature"] != last.headers["webhook-signature"]
    assert [verified(each, hook.secret) for each in receiver.got] == [True, True]
