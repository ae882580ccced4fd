"""Whose turn it is: connections go to those who wait in the order in which they came."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class TurnTimeout(Exception):
    """It was nobody's turn to leave in time."""


class Gate:
    """Lets so many in at once. SQLAlchemy's pool wakes whoever is quickest, so that some wait for ever."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()

    @contextmanager
    def turn(self, patience: float) -> Iterator[None]:
        """Inside, one of the places is taken; TurnTimeout after `patience` seconds."""
        self._enter(patience)
        try:
            yield
        finally:
            self._leave()

    def _enter(self, patience: float) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            called = threading.Event()
            self._waiting.append(called)
        if called.wait(patience):
            return
        with self._lock:
            if called.is_set():
                return  # called in the last moment
            self._waiting.remove(called)
        raise TurnTimeout

    def _leave(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()  # the place is handed on, not set free
            else:
                self._free += 1
