"""The doorbell and the heartbeats on Redis, and without it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from saas.gateways.doorbell import NullDoorbell, RedisDoorbell
from saas.gateways.heartbeat import Heartbeat, Heartbeats
from saas.kit.errors import Unavailable
from saas.kit.settings import settings
from tests.steps import counted
from tests.workers.place import eventually

NOBODY = "redis://127.0.0.1:1/0"


def test_a_ring_wakes_who_waits() -> None:
    outside, inside = RedisDoorbell(settings().redis_url), RedisDoorbell(settings().redis_url)
    inside.wait(0.01)  # from now on it listens
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(inside.wait, 60)
        for _ in range(3):
            outside.ring()
        assert waiting.result() is True


def test_without_a_ring_the_wait_ends_in_time() -> None:
    bell = NullDoorbell()
    assert bell.wait(0.01) is False
    bell.ring()
    assert bell.wait(10) is True
    assert bell.wait(0.01) is False


def test_without_redis_a_ring_is_lost_and_a_wait_is_only_a_wait() -> None:
    bell = RedisDoorbell(NOBODY)
    bell.ring()
    rung, calls = counted(lambda: bell.wait(0.05))
    assert rung is False
    assert calls["sleep"] == 1


def test_a_heart_that_stops_beating_is_gone() -> None:
    hearts = Heartbeats(settings().redis_url)
    one, two = (Heartbeat(name, 4, {"main": 1.5}) for name in ("test:one", "test:two"))
    hearts.beat(one, 30)
    hearts.beat(two, 0.05)
    eventually(hearts.alive, lambda alive: two not in alive)
    assert one in hearts.alive()
    hearts.stop(one.name)
    assert one not in hearts.alive()


def test_without_redis_nobody_can_say_who_lives() -> None:
    with pytest.raises(Unavailable, match="Redis does not answer"):
        Heartbeats(NOBODY).alive()
