"""The doorbell: tells the dispatchers that jobs were written, so that they need not wait for their next look.

Best effort by design. A ring that is lost costs a fifth of a second, the time between two looks.
"""

import threading
import time
from functools import cache
from typing import Protocol

import redis
from redis.backoff import NoBackoff
from redis.client import PubSub
from redis.retry import Retry

from saas.kit.settings import settings

CHANNEL = "atrium:doorbell"
_PATIENCE = 0.2  # seconds that a ring may cost the one who has just committed
_SILENCE = 5.0  # seconds without ringing after Redis did not answer


class Doorbell(Protocol):
    """Rung after a commit; listened to by dispatchers."""

    def ring(self) -> None: ...

    def wait(self, seconds: float) -> bool:
        """Wait for a ring, at most so long; True when it rang. For one thread only."""
        ...


class RedisDoorbell:
    """The doorbell on a Redis channel."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(
            url,
            socket_connect_timeout=_PATIENCE,
            socket_timeout=_PATIENCE,
            retry=Retry(NoBackoff(), 0),
        )
        self._silent_until = 0.0
        self._ear: PubSub | None = None

    def ring(self) -> None:
        if time.monotonic() < self._silent_until:
            return
        try:
            self._redis.publish(CHANNEL, b"")
        except (redis.RedisError, OSError):
            self._silent_until = time.monotonic() + _SILENCE

    def wait(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        try:
            ear = self._listen()
            while (left := until - time.monotonic()) > 0:
                message = ear.get_message(timeout=left)
                if message and message["type"] == "message":
                    return self._drain(ear)
        except (redis.RedisError, OSError):
            self._ear = None
            time.sleep(max(0.0, until - time.monotonic()))
        return False

    def _listen(self) -> PubSub:
        if self._ear is None:
            self._ear = self._redis.pubsub()  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
            self._ear.subscribe(CHANNEL)
        return self._ear

    @staticmethod
    def _drain(ear: PubSub) -> bool:
        """Many rings at once are one."""
        while ear.get_message(timeout=0):
            pass
        return True


class NullDoorbell:
    """A doorbell without Redis, which counts its rings."""

    def __init__(self) -> None:
        self.rings = 0
        self._rung = threading.Event()

    def ring(self) -> None:
        self.rings += 1
        self._rung.set()

    def wait(self, seconds: float) -> bool:
        rung = self._rung.wait(seconds)
        self._rung.clear()
        return rung


@cache
def doorbell() -> Doorbell:
    """The doorbell of this process."""
    return RedisDoorbell(settings().redis_url)
