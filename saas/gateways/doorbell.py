"""The doorbell: tells the dispatchers that jobs were written, so that they need not wait for their next look.

Best effort by design. A ring that is lost costs a fifth of a second, the time between two looks.
"""

import threading
from functools import cache
from typing import Protocol

from saas.gateways.bell import RedisBell
from saas.kit.settings import settings

CHANNEL = "atrium:doorbell"


class Doorbell(Protocol):
    """Rung after a commit; listened to by dispatchers."""

    def ring(self) -> None: ...

    def wait(self, seconds: float) -> bool:
        """Wait for a ring, at most so long; True when it rang. For one thread only."""
        ...


class RedisDoorbell:
    """The doorbell on a Redis channel."""

    def __init__(self, url: str) -> None:
        self._bell = RedisBell(url, CHANNEL)

    def ring(self) -> None:
        self._bell.ring()

    def wait(self, seconds: float) -> bool:
        return bool(self._bell.wait(seconds))


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
