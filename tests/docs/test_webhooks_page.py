"""docs/webhooks.md tells the truth: its queries are valid, its numbers are those of the code, its Python verifies."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import parse, validate

from saas.modules.webhooks import administration, care, outcomes, sending
from saas.modules.webhooks.addresses import MOST_HEADERS
from saas.schema.build import schema
from tests.webhooks.place import customer, made
from tests.webhooks.receiver import Receiver, receiving
from tests.world import World

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.mark.parametrize("example", blocks("graphql"))
def test_every_example_is_valid(example: str) -> None:
    assert validate(schema(), parse(example)) == []


def test_the_example_makes_a_webhook_and_the_python_verifies_what_it_sends(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver)
    customer(world)
    hook.deliver()
    (got,) = receiver.got
    names: dict[str, Any] = {}
    exec(blocks("python")[0], names)  # noqa: S102  # our own page
    assert names["verified"](hook.secret, got.headers, got.raw) is True
    assert names["verified"](hook.secret, got.headers, got.raw + b" ") is False
    assert names["verified"](hook.secret, {**got.headers, "webhook-timestamp": "1600000000"}, got.raw) is False
    old = hook.secret
    new = hook.acted("RotateSecret", selection="secret")["secret"]
    customer(world)
    hook.deliver()
    assert [names["verified"](each, receiver.got[1].headers, receiver.got[1].raw) for each in (old, new)] == [
        True,
        True,
    ]
    create = blocks("graphql")[0].replace("https://shop.example/atrium", receiver.url)
    assert world.garage.ada.ask(create)["webhookCreate"]["problems"] == []


def test_its_numbers_are_those_of_the_code() -> None:
    assert outcomes.WAITS == (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 28800)
    assert outcomes.OFF_AFTER.days == 3
    assert outcomes.WAITS_OF_THIS_MESSAGE + 1 == 5
    assert care.KEPT.days == 30
    assert sending.SECONDS == 15
    assert MOST_HEADERS == 10
    assert administration.MOST_IN_A_BATCH == 100
