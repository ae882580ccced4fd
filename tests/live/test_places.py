"""Who has not told yet whose they are takes no place of those who have, however many addresses they come from."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from types import SimpleNamespace
from typing import cast
from uuid import UUID

import pytest

from saas.schema.live import places
from saas.schema.live.places import Place, Places, TooManyConnections
from saas.tenants.sign_in import Caller
from tests.live.places import limited


@dataclass
class Door:
    """The places of one server, and those that are taken now."""

    all: Places
    held: ExitStack

    def waiting(self, address: str) -> Place:
        made = self.held.enter_context(self.all.place(lambda: None))
        made.enter(waiting_at=address)
        return made

    def known(self, number: int) -> Place:
        """One of somebody else each time, as an event stream has it."""
        made = self.held.enter_context(self.all.place(lambda: None))
        made.enter()
        made.settle(caller(number))
        return made


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    """A server with ten places for who is known, and two for who is not."""
    limited(monkeypatch, places, live_connections=10)
    with ExitStack() as held:
        yield Door(Places(), held)


def caller(number: int) -> Caller:
    told = SimpleNamespace(tenant=SimpleNamespace(id=UUID(int=1)), principal_id=UUID(int=number))
    return cast("Caller", told)  # no more of a caller is asked for here


def test_who_waits_takes_nothing_from_who_is_known(door: Door) -> None:
    first, _ = door.waiting("192.0.2.1"), door.waiting("2001:db8::1")
    with pytest.raises(TooManyConnections, match="This server"):
        door.waiting("198.51.100.7")
    for number in range(9):
        door.known(number)
    first.settle(caller(9))
    door.waiting("198.51.100.7")
    with pytest.raises(TooManyConnections, match="This server"):
        door.known(10)


@pytest.mark.parametrize(
    ("one", "other", "are_one"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("", "", True),
    ],
)
def test_the_addresses_of_one_network_are_one(
    door: Door, monkeypatch: pytest.MonkeyPatch, one: str, other: str, are_one: bool
) -> None:
    monkeypatch.setattr(places, "MOST_WAITING", 1)
    door.waiting(one)
    if not are_one:
        door.waiting(other)
        return
    with pytest.raises(TooManyConnections, match="This network address"):
        door.waiting(other)


def test_nothing_is_left_of_who_was_there(door: Door) -> None:
    door.waiting("192.0.2.1").settle(caller(1))
    door.waiting("2001:db8::1")
    assert set(door.all._counts.values()) == {1}
    door.held.close()
    assert dict(door.all._counts) == {}
