"""The bell of changes: tells whose records were changed, so that who follows the feed need not wait for the next look.

Best effort by design, like the doorbell of jobs: the feed is the truth, and whoever follows it looks at it again after
a while, rung for or not. A ring that is lost costs that while.
"""

import threading
from functools import cache
from typing import Protocol
from uuid import UUID

from saas.gateways.bell import RedisBell
from saas.kit.settings import settings

CHANNEL = "atrium:changed"


class ChangeBell(Protocol):
    """Rung after a commit that changed records; listened to by whoever follows the feed."""

    def ring(self, tenant_id: UUID) -> None: ...

    def wait(self, seconds: float) -> set[UUID]:
        """The tenants for whom it rang: at once when it rings, none after so many seconds. For one thread only."""
        ...


class RedisChangeBell:
    """The bell on a Redis channel; a message is the sixteen bytes of a tenant's id."""

    def __init__(self, url: str) -> None:
        self._bell = RedisBell(url, CHANNEL)

    def ring(self, tenant_id: UUID) -> None:
        self._bell.ring(tenant_id.bytes)

    def wait(self, seconds: float) -> set[UUID]:
        return {UUID(bytes=told) for told in self._bell.wait(seconds) if len(told) == 16}

    def close(self) -> None:
        """Listen no more."""
        self._bell.close()


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
