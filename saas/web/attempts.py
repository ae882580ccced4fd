"""How often a password may be tried: after several failures one waits, so that guessing does not pay.

Kept in the memory of each process: a second process doubles the tries, which changes nothing of the order of magnitude.
"""

import math
from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock

from saas.kit import clock
from saas.kit.errors import RateLimited

ALLOWED = 10
WINDOW = timedelta(minutes=5)
REMEMBERED = 20_000  # whoever attacks with more addresses meets argon2


class TooManyAttempts(RateLimited):
    """Wait `seconds` before the next try."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            "Too many failed sign-ins with this address.", remedy=f"Wait {seconds} seconds, then try once more."
        )
        self.seconds = seconds


class Attempts:
    """Failures per key within the window; a success forgets them."""

    def __init__(self, allowed: int = ALLOWED, window: timedelta = WINDOW) -> None:
        self._allowed = allowed
        self._window = window
        self._failures: OrderedDict[tuple[str, ...], list[datetime]] = OrderedDict()
        self._lock = Lock()

    def check(self, *key: str) -> None:
        """TooManyAttempts where this key has failed too often of late."""
        with self._lock:
            recent = self._recent(key)
            if len(recent) >= self._allowed:
                wait = recent[-self._allowed] + self._window - clock.now()
                raise TooManyAttempts(max(1, math.ceil(wait.total_seconds())))

    def failed(self, *key: str) -> None:
        with self._lock:
            self._failures[key] = [*self._recent(key), clock.now()]
            self._failures.move_to_end(key)
            while len(self._failures) > REMEMBERED:
                self._failures.popitem(last=False)

    def succeeded(self, *key: str) -> None:
        with self._lock:
            self._failures.pop(key, None)

    def forget(self) -> None:
        """As if nobody had tried."""
        with self._lock:
            self._failures.clear()

    def _recent(self, key: tuple[str, ...]) -> list[datetime]:
        since = clock.now() - self._window
        return [moment for moment in self._failures.get(key, ()) if moment > since]
