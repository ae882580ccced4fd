"""A bell on a Redis channel: best effort, never the truth, and never something that whoever rings it waits for."""

import os
import threading
import time
from typing import Any

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
        self._rope = _Rope(self._redis.connection_pool)
        self._ear: PubSub | None = None

    def ring(self, what: bytes = b"") -> None:
        """Tell this to whoever listens; where Redis cannot be told, nobody is told for a while."""
        if time.monotonic() < self._silent_until:
            return
        try:
            self._rope.pull("PUBLISH", self._channel, what)
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
        self._rope.let_go()
        self._redis.close()

    def _listen(self) -> PubSub:
        if self._ear is None:
            self._ear = self._redis.pubsub()  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
            self._ear.subscribe(self._channel)
        return self._ear


class _Rope:
    """A connection of its own for what Redis is told and asked no answer to."""

    def __init__(self, pool: redis.ConnectionPool) -> None:
        self._pool = pool
        self._connection: Any = None
        self._lock = threading.Lock()

    def pull(self, *command: str | bytes) -> None:
        """Tell it; over a new connection where the one of the last time was lost since."""
        with self._lock:
            connection: Any = self._connection  # redis-py leaves it untyped
            self._connection = None
            if connection is not None and _is_lost(connection):
                connection.disconnect()
                connection = None
            if connection is None:
                connection = self._pool.make_connection()
                connection.connect()
                connection.send_command("CLIENT", "REPLY", "OFF")
            connection.send_command(*command, check_health=False)
            self._connection = connection

    def let_go(self) -> None:
        with self._lock:
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.disconnect()


def _is_lost(connection: Any) -> bool:
    """Whether Redis ended it, for nothing else is there to read; or whether it is that of a parent."""
    try:
        return bool(connection.pid != os.getpid() or connection.can_read())
    except (redis.RedisError, OSError):
        return True


def _waiting(ear: PubSub) -> list[bytes]:
    """What was told meanwhile too."""
    found = []
    while message := ear.get_message(timeout=0):
        if message["type"] == "message":
            found.append(message["data"])
    return found
