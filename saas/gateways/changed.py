"""The bell of changes: tells whose records were changed, so that who follows the feed need not wait for the next look.

Best effort by design, like the doorbell of jobs: the feed is the truth, and whoever follows it looks at it again after
a while, rung for or not. A ring that is lost costs that while.
"""

import threading
import time
from functools import cache
from typing import Protocol
from uuid import UUID

import redis
from redis.backoff import NoBackoff
from redis.client import PubSub
from redis.retry import Retry

from saas.kit.settings import settings

CHANNEL = "atrium:changed"
_PATIENCE = 0.2  # seconds that a ring may cost the one who has just committed
_SILENCE = 5.0  # seconds without ringing after Redis did not answer


class ChangeBell(Protocol):
    """Rung after a commit that changed records; listened to by whoever follows the feed."""

    def ring(self, tenant_id: UUID) -> None: ...

    def wait(self, seconds: float) -> set[UUID]:
        """The tenants for whom it rang: at once when it rings, none after so many seconds. For one thread only."""
        ...


class RedisChangeBell:
    """The bell on a Redis channel; a message is the sixteen bytes of a tenant's id."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(
            url, socket_connect_timeout=_PATIENCE, socket_timeout=_PATIENCE, retry=Retry(NoBackoff(), 0)
        )
        self._silent_until = 0.0
        self._ear: PubSub | None = None

    def ring(self, tenant_id: UUID) -> None:
        if time.monotonic() < self._silent_until:
            return
        try:
            self._redis.publish(CHANNEL, tenant_id.bytes)
        except (redis.RedisError, OSError):
            self._silent_until = time.monotonic() + _SILENCE

    def wait(self, seconds: float) -> set[UUID]:
        until = time.monotonic() + seconds
        try:
            ear = self._listen()
            while (left := until - time.monotonic()) > 0:
                message = ear.get_message(timeout=left)
                if message and message["type"] == "message":
                    return {UUID(bytes=message["data"]), *_waiting(ear)}
        except (redis.RedisError, OSError):
            self._ear = None
            time.sleep(max(0.0, until - time.monotonic()))
        return set()

    def close(self) -> None:
        """Listen no more."""
        if self._ear is not None:
            self._ear.close()
            self._ear = None
        self._redis.close()

    def _listen(self) -> PubSub:
        if self._ear is None:
            self._ear = self._redis.pubsub()  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
            self._ear.subscribe(CHANNEL)
        return self._ear


def _waiting(ear: PubSub) -> set[UUID]:
    """Those for whom it rang meanwhile too."""
    found = set()
    while message := ear.get_message(timeout=0):
        if message["type"] == "message":
            found.add(UUID(bytes=message["data"]))
    return found


class NullChangeBell:
    """A bell without Redis, within one process."""

    def __init__(self) -> None:
        self._rung: set[UUID] = set()
        self._news = threading.Condition()

    def ring(self, tenant_id: UUID) -> None:
        with self._news:
            self._rung.add(tenant_id)
            self._news.notify()

    def wait(self, seconds: float) -> set[UUID]:
        with self._news:
            self._news.wait_for(lambda: bool(self._rung), seconds)
            found, self._rung = self._rung, set()
        return found


@cache
def change_bell() -> ChangeBell:
    """The bell that this process rings."""
    return RedisChangeBell(settings().redis_url)


def change_ear() -> RedisChangeBell:
    """A bell to listen to, for one thread; who made it closes it."""
    return RedisChangeBell(settings().redis_url)
