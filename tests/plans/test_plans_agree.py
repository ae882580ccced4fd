"""For random people and random queries every way of reading gives the same answer, byte for byte of what is told.

A question is asked up to three times, as its document is then known: with its variables; by somebody else with other
values of them; and with cursors out of the first answer.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from graphql import parse, validate
from hypothesis import HealthCheck, given, settings

from saas.schema.build import schema
from tests.plans.agreeing import agree
from tests.plans.place import Place
from tests.plans.queries import CHOICES, ROOTS, asked_by

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]
PATIENCE = 30  # seconds in which a failure is made smaller
_OF_LISTS = ("list",)
_OF_RECORDS = ("single", "node", "nodes", "search")
_OF_OTHERS = ("aside", "duplicates")


def _examples(number: int) -> Callable[[Any], Any]:
    """So many of each hundred that the profile asks for; the tables are the same for all of them."""
    most = max(1, number * settings().max_examples // 100)
    return settings(max_examples=most, suppress_health_check=[*HealthCheck])


_first_failure: dict[tuple[Sequence[str], int], float] = {}
_failures: dict[str, Exception] = {}


def _ask(place: Place, choices: bytes, focus: Sequence[str], slips: int = 0) -> None:
    """Ask. What failed is made smaller for so long; then nothing but that fails any more, and it always does."""
    person, asked, other = asked_by(choices, place, focus, slips)
    example, now = repr((person.name, asked, other.name)), time.monotonic()
    if example in _failures:
        raise _failures[example]
    if now - _first_failure.get((focus, slips), now) > PATIENCE:
        return
    try:
        first = agree(person, asked.question)
        if (further := asked.followed(first.data)) is not None:
            agree(other if asked.which == 5 else person, further)
        if asked.again is not None:
            agree(other, asked.again)
    except Exception as error:
        _first_failure.setdefault((focus, slips), now)
        _failures[example] = error
        raise


@_examples(90)
@given(choices=CHOICES)
def test_lists(place: Place, choices: bytes) -> None:
    _ask(place, choices, _OF_LISTS)


@_examples(60)
@given(choices=CHOICES)
def test_groups(place: Place, choices: bytes) -> None:
    _ask(place, choices, ("groups",))


@_examples(60)
@given(choices=CHOICES)
def test_records(place: Place, choices: bytes) -> None:
    _ask(place, choices, _OF_RECORDS)


@_examples(25)
@given(choices=CHOICES)
def test_what_stands_beside(place: Place, choices: bytes) -> None:
    _ask(place, choices, _OF_OTHERS)


@_examples(60)
@given(choices=CHOICES)
def test_mistakes(place: Place, choices: bytes) -> None:
    _ask(place, choices, ROOTS, slips=12)


@_examples(40)
@given(choices=CHOICES)
def test_the_questions_are_valid(place: Place, choices: bytes) -> None:
    _, asked, _ = asked_by(choices, place)
    assert validate(schema(), parse(asked.question.text)) == [], asked.question.text
