"""Nothing is sent into our own network, whatever the address or a name server says, and no answer is followed."""

import socket
import threading
import time

import pytest

from saas.gateways import outside
from saas.modules.webhooks import sending
from tests.tenants.place import with_settings
from tests.webhooks.place import Hook, customer, made
from tests.webhooks.receiver import Receiver, Says
from tests.world import World


def failed(hook: Hook) -> str:
    """What went wrong at the only try."""
    (told,) = hook.log()
    assert (told["state"], told["attempts"]) == ("WAITING", 1)
    return str(told["lastError"])


@pytest.mark.parametrize("host", ["127.0.0.1", "169.254.169.254", "10.0.0.1", "[::1]", "[::ffff:127.0.0.1]"])
def test_addresses_inside_are_not_sent_to(world: World, receiver: Receiver, host: str) -> None:
    hook = made(world, world.garage.ada, f"https://{host}:{receiver.port}/hook")
    customer(world)
    with with_settings(SAAS_OUTSIDE_ALLOWED=""):
        hook.deliver()
    assert "leads into a network that is not the internet" in failed(hook)
    assert receiver.got == []


def test_a_name_that_leads_inside_by_now_is_not_sent_to(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = ["93.184.216.34", "127.0.0.1"]
    monkeypatch.setattr(outside, "_resolved", lambda _host, _port: [answers[-1]])
    hook = made(world, world.garage.ada, "https://shop.example/hook")
    customer(world)
    hook.deliver()
    assert "leads into a network that is not the internet" in failed(hook)


def test_no_redirect_is_followed(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver)
    receiver.says = lambda _got: Says(307, headers={"Location": receiver.url + "/elsewhere"})
    customer(world)
    hook.deliver()
    assert "leads on to another one" in failed(hook)
    assert [got.path for got in receiver.got] == ["/hook"]


def test_of_a_long_answer_the_beginning_is_kept(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver)
    receiver.says = lambda _got: Says(200, b"ok \x00" + b"x" * 300_000)
    customer(world)
    hook.deliver()
    (told,) = hook.log()
    assert told["state"] == "DELIVERED"
    assert told["tries"][0]["answer"].startswith("ok \ufffdx")
    assert len(told["tries"][0]["answer"]) == 2048


def test_a_receiver_that_does_not_answer_is_left_after_a_while(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.3)
    silent = socket.create_server(("127.0.0.1", 0))
    port = silent.getsockname()[1]
    with with_settings(SAAS_OUTSIDE_ALLOWED=f"127.0.0.1:{port}"):
        hook = made(world, world.garage.ada, f"http://127.0.0.1:{port}/")
        customer(world)
        hook.pump()
        begun = time.monotonic()
        hook.round()
    silent.close()
    assert "it took too long" in failed(hook)
    assert time.monotonic() - begun < 5


def test_a_slow_receiver_holds_up_nobody_else(world: World, receiver: Receiver) -> None:
    go_on = threading.Event()
    slow = made(world, world.garage.ada, receiver.url + "/slow")
    fast = made(world, world.garage.ada, receiver.url + "/fast")

    def says(got: object) -> Says:
        if getattr(got, "path", "").endswith("/slow"):
            go_on.wait(10)
        return Says()

    receiver.says = says
    customer(world)
    slow.pump()
    waiting = threading.Thread(target=slow.round)
    waiting.start()
    fast.deliver()
    assert fast.states() == ["DELIVERED"]
    assert slow.states() == ["WAITING"]
    go_on.set()
    waiting.join()
    assert slow.states() == ["DELIVERED"]
