"""A bell on a Redis channel: best effort, never the truth, and never something that whoever rings it waits for."""

import time

import redis
from redis.backoff import NoBackoff
from redis.client import PubSub
from redis.retry import Retry

_PATIENCE = 0.2  # seconds that a ring may cost the one who has just committed
_SILENCE = 5.0  # seconds without ringing after Redis did not answer


class RedisBell:
    """Rung by anybody; listened to by one thread for each bell."""

    def __init__(self, url: str, channel: str) -> None:
        self._redis = redis.Redis.from_url(
            url, socket_connect_timeout=_PATIENCE, socket_timeout=_PATIENCE, retry=Retry(NoBackoff(), 0)
        )
        self._channel = channel
        self._silent_until = 0.0
        self._ear: PubSub | None = None

    def ring(self, what: bytes = b"") -> None:
        """Tell this to whoever listens; where Redis does not answer, nobody is told for a while."""
        if time.monotonic() < self._silent_until:
            return
        try:
            self._redis.publish(self._channel, what)
        except (redis.RedisError, OSError):
            self._silent_until = time.monotonic() + _SILENCE

    def wait(self, seconds: float) -> list[bytes]:
        """What was told, at once when it rings: many rings are heard together. Nothing after so many seconds."""
        until = time.monotonic() + seconds
        try:
            ear = self._listen()
            while (left := until - time.monotonic()) > 0:
                message = ear.get_message(timeout=left)
                if message and message["type"] == "message":
                    return [message["data"], *_waiting(ear)]
        except (redis.RedisError, OSError):
            self._ear = None
            time.sleep(max(0.0, until - time.monotonic()))
        return []

    def close(self) -> None:
        """Listen no more."""
        if self._ear is not None:
            self._ear.close()
            self._ear = None
        self._redis.close()

    def _listen(self) -> PubSub:
        if self._ear is None:
            self._ear = self._redis.pubsub()  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
            self._ear.subscribe(self._channel)
        return self._ear


def _waiting(ear: PubSub) -> list[bytes]:
    """What was told meanwhile too."""
    found = []
    while message := ear.get_message(timeout=0):
        if message["type"] == "message":
            found.append(message["data"])
    return found
