"""Which way a query went: the fast one on the event loop, or the long one in a thread."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest

from saas.schema import endpoint, fast
from saas.tenants.reader import read
from saas.tenants.sign_in import forget_callers
from tests.plans.agreeing import reading
from tests.world import Person

FAST, LONG = "fast", "long"
_numbers = itertools.count(1)


def fresh(query: str) -> str:
    """The same query as a document that nobody has sent yet."""
    return f"{query} # {next(_numbers)}"


@dataclass
class Ways:
    """What was asked on either way, in its order: FAST for each statement, LONG for each request in a thread."""

    taken: list[str] = field(default_factory=list)

    def of(
        self, person: Person, query: str, variables: dict[str, Any] | None = None, **headers: str
    ) -> tuple[list[str], httpx2.Response]:
        """The ways that one request took, and its answer."""
        self.taken.clear()
        answer = person.http(query, variables, **headers)
        return [*self.taken], answer

    def known(self, person: Person, query: str, variables: dict[str, Any] | None = None) -> Any:
        """The data, of a query that goes the fast way from now on."""
        person.http(query, variables)
        taken, answer = self.of(person, query, variables)
        assert taken == [FAST]
        assert "errors" not in answer.json()
        return answer.json()["data"]

    def data(self, person: Person, query: str, variables: dict[str, Any] | None = None) -> Any:
        """The data, from the fast way alone."""
        taken, answer = self.of(person, query, variables)
        assert taken == [FAST]
        return answer.json()["data"]


@pytest.fixture(autouse=True)
def short_way() -> Iterator[None]:
    """These tests are of the short way, whichever way all others are asked to read."""
    with reading("reader"):
        yield


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> Ways:
    seen = Ways()
    long = endpoint._answer
    forget_callers()  # whoever is asked about from now on is known for the seconds of a test

    async def reads(*arguments: Any) -> Any:
        seen.taken.append(FAST)
        return await read(*arguments)

    def answers(*arguments: Any) -> Any:
        seen.taken.append(LONG)
        return long(*arguments)

    monkeypatch.setattr(fast, "read", reads)
    monkeypatch.setattr(endpoint, "_answer", answers)
    return seen


def by_fields(person: Person, query: str, variables: dict[str, Any] | None = None, **headers: str) -> httpx2.Response:
    """The answer of a resolver for each field."""
    with reading("fields"):
        return person.http(query, variables, **headers)


def code(answer: httpx2.Response) -> str:
    """The code of its only error."""
    (error,) = answer.json()["errors"]
    return str(error["extensions"]["code"])
