"""A client of event streams that shows every event as it came, against a real server."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from tests.world import Person

PATIENCE = 30.0  # seconds after which a test has waited in vain


@dataclass
class Event:
    """One event, with its fields by name; `comment` for a line that says nothing but that the stream lives."""

    fields: dict[str, str]

    @property
    def name(self) -> str:
        return self.fields.get("event", "")

    @property
    def answer(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.fields["data"])
        return found


@dataclass
class Stream:
    """`with streamed(url, person, query) as stream: stream.next()`."""

    answer: httpx2.Response
    _lines: Iterator[str]

    def event(self) -> Event | None:
        """The next event, None at the end."""
        fields: dict[str, str] = {}
        for line in self._lines:
            if not line:
                return Event(fields)
            name, _, value = line.partition(":")
            fields[name or "comment"] = value.removeprefix(" ")
        return None

    def next(self) -> Event:
        """The next one that tells something."""
        while (found := self.event()) is not None:
            if found.name:
                return found
        raise AssertionError("the stream has ended")

    def ends(self) -> bool:
        """Whether it ends here, with nothing more."""
        return self.event() is None


@contextmanager
def streamed(
    url: str,
    person: Person | None,
    query: str,
    *,
    method: str = "POST",
    headers: dict[str, str] | None = None,
    **body: Any,
) -> Iterator[Stream]:
    """The answer to one request, as it comes."""
    sent = {"accept": "text/event-stream", **({"authorization": f"Bearer {person.token}"} if person else {})}
    body = {"query": query, **body}
    with httpx2.Client(timeout=PATIENCE) as client:
        if method == "GET":
            coded = {name: value if isinstance(value, str) else json.dumps(value) for name, value in body.items()}
            asking = client.stream("GET", f"{url}/graphql", params=coded, headers=sent | (headers or {}))
        else:
            asking = client.stream("POST", f"{url}/graphql", json=body, headers=sent | (headers or {}))
        with asking as answer:
            yield Stream(answer, answer.iter_lines())
