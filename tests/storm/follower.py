"""Somebody who follows a list over SSE, and comes back with the last cursor whenever the line breaks."""

import http.client
import json
import threading
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from tests.storm.place import Place

FOLLOW = """
subscription($after: String) { customerChanged(after: $after) { kind id cursor } }"""
_QUIET = 15  # seconds without a byte after which the line is taken for broken


class Follower:
    """Keeps the ids of what it was told is there."""

    def __init__(self, place: Place, token: str) -> None:
        self._place, self._token = place, token
        self.ids: set[str] = set()
        self.lines = 0
        self._cursor: str | None = None
        self._is_in = threading.Event()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> Self:
        now = '{ changes(from: NOW, objects: ["customer"]) { cursor } }'
        self._cursor = self._place.post(self._token, now)["changes"]["cursor"]
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join(2 * _QUIET)

    def hear_all(self, ids: set[str], seconds: float) -> None:
        """Wait until it was told of all of these."""
        deadline = time.monotonic() + seconds
        while not ids <= self.ids:
            assert time.monotonic() < deadline, f"{len(ids - self.ids)} of {len(ids)} were never told"
            time.sleep(0.1)

    def _follow(self) -> None:
        while not self._ending.is_set():
            try:
                for event in self._events():
                    change = event["data"]["customerChanged"]
                    self.ids.add(change["id"])
                    self._cursor = change["cursor"]
                    if self._ending.is_set():
                        return
            except (OSError, http.client.HTTPException, KeyError, ValueError):
                self._ending.wait(0.2)

    def _events(self) -> Iterator[dict[str, dict[str, dict[str, str]]]]:
        """What one line tells; KeyError for what is an error."""
        connection = http.client.HTTPConnection("127.0.0.1", self._place.port, timeout=_QUIET)
        try:
            body = json.dumps({"query": FOLLOW, "variables": {"after": self._cursor}})
            headers = {"content-type": "application/json", "accept": "text/event-stream"}
            connection.request("POST", "/graphql", body, headers | {"authorization": f"Bearer {self._token}"})
            response = connection.getresponse()
            if response.status != 200:
                raise ValueError(response.status)
            self.lines += 1
            while line := response.readline():
                if line.startswith(b"data:") and len(line) > 7:
                    yield json.loads(line.removeprefix(b"data:"))
        finally:
            connection.close()
