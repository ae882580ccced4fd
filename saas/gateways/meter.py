"""How much each caller has asked for in this minute, counted over all API processes through Redis.

A process counts by itself and tells Redis once a second, so that a request costs no round trip; what all processes
together may exceed a limit by is one second's worth. Without Redis every process counts for itself.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from threading import Lock

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from saas.kit import log
from saas.kit.settings import settings

WINDOW = 60
PREFIX = "atrium:rate:"
_TELL_EVERY = 1.0
_AFTER_FAILURE = 10.0
_log = log.logger(__name__)


Later = Callable[[Callable[[], None]], object]  # has something done elsewhere, for who must not wait for Redis


@dataclass(slots=True)
class _Count:
    """Points spent in the window: as all processes had it when Redis was last asked, and here since."""

    told: int = 0
    untold: int = 0


class Meter:
    """Points per key in the current window of 60 seconds."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(
            url, socket_connect_timeout=0.5, socket_timeout=0.5, retry=Retry(NoBackoff(), 0)
        )
        self._counts: dict[str, _Count] = {}
        self._window = 0
        self._ask_at = 0.0
        self._lock = Lock()

    def spend(self, keys: tuple[str, ...], points: int, later: Later | None = None) -> tuple[list[int], int]:
        """What each key has spent with these points, and the seconds until the window ends."""
        now = time.time()
        with self._lock:
            if self._window != int(now) // WINDOW:
                self._window = int(now) // WINDOW
                self._counts = {}
            counts = [self._counts.get(key) or self._counts.setdefault(key, _Count()) for key in keys]
            for count in counts:
                count.untold += points
            is_due = now >= self._ask_at
            if is_due:
                self._ask_at = now + _TELL_EVERY
        if is_due:
            if later is None:
                self._tell()
            else:
                later(self._tell)
        return [count.told + count.untold for count in counts], WINDOW - int(now) % WINDOW

    def _tell(self) -> None:
        with self._lock:
            window = self._window
            changed = {key: (count, count.untold) for key, count in self._counts.items() if count.untold}
        pipeline = self._redis.pipeline(transaction=False)
        for key, (_, points) in changed.items():
            name = f"{PREFIX}{window}:{key}"
            pipeline.incrby(name, points)
            pipeline.expire(name, 2 * WINDOW)
        try:
            answers = pipeline.execute()
        except (redis.RedisError, OSError) as error:
            self._ask_at = time.time() + _AFTER_FAILURE
            _log.warning("rates are counted by each process for itself", reason=type(error).__name__)
            return
        with self._lock:
            for (count, points), total in zip(changed.values(), answers[::2], strict=True):
                count.told, count.untold = total, count.untold - points


@cache
def meter() -> Meter:
    """The meter of this process."""
    return Meter(settings().redis_url)
