"""How often a password may be tried: after several failures one waits, so that guessing does not pay.

Kept in the memory of each process: a second process doubles the tries, which changes nothing of the order of magnitude.
"""

import math
from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock

from saas.kit import clock
from saas.kit.errors import RateLimited
from saas.tenants.membership import folded

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

    def count(self, *key: str) -> int:
        """How often this key failed of late."""
        with self._lock:
            return len(self._recent(key))

    def _recent(self, key: tuple[str, ...]) -> list[datetime]:
        since = clock.now() - self._window
        return [moment for moment in self._failures.get(key, ()) if moment > since]


# Of one person from one network address, through whichever door: the page and `POST /sign-in` count together.
attempts = Attempts()
# Of one network address whoever it tries to be; so many that the page asks for the letters of a picture.
SUSPECT_AFTER = 20
networks = Attempts(allowed=SUSPECT_AFTER)


def check_attempt(address: str, email: str) -> None:
    """TooManyAttempts where this person failed too often from this network address."""
    attempts.check(address, folded(email))


def note_attempt(address: str, email: str, *, succeeded: bool) -> None:
    """Count how a try ended."""
    key = (address, folded(email))
    if succeeded:
        attempts.succeeded(*key)
    else:
        attempts.failed(*key)
        networks.failed(address)


def is_suspect(address: str) -> bool:
    """Whether very many tries from this network address failed of late."""
    return networks.count(address) >= SUSPECT_AFTER
