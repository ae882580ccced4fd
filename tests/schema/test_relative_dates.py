"""Relative dates in filters, by the clock on the wall of a company in Berlin."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from saas.kit import clock
from saas.modules.customers.customer import Customer
from saas.modules.sales.opportunity import Opportunity
from tests.world import World

BERLIN = ZoneInfo("Europe/Berlin")
Days = set[str]


def asked(world: World, now: datetime, field: str, filter_: str) -> list[str]:
    """The names of what the filter finds at that moment."""
    query = f"{{ opportunities(first: 500, filter: {{ {field}: {filter_} }}) {{ nodes {{ name }} }} }}"
    with clock.stopped_at(now):
        return sorted(node["name"] for node in world.garage.ada.ask(query)["opportunities"]["nodes"])


@pytest.fixture(scope="module")
def days(world: World) -> None:
    """A chance for every day around the end of February 2024, named by it."""
    for number in range(-40, 75):
        day = date(2024, 2, 29) + timedelta(days=number)
        world.garage.make(Opportunity, name=day.isoformat(), close_on=day)


@pytest.mark.parametrize(
    ("now", "filter_", "first", "last"),
    [
        ("2024-02-29T12:00", "{ in: TODAY }", "2024-02-29", "2024-02-29"),
        ("2024-02-29T00:30", "{ in: TODAY }", "2024-02-29", "2024-02-29"),  # still the 28th in London
        ("2024-03-01T00:30", "{ in: YESTERDAY }", "2024-02-29", "2024-02-29"),
        ("2024-03-03T23:59", "{ in: THIS_WEEK }", "2024-02-26", "2024-03-03"),
        ("2024-03-04T00:00", "{ in: LAST_WEEK }", "2024-02-26", "2024-03-03"),
        ("2024-03-31T12:00", "{ in: LAST_MONTH }", "2024-02-01", "2024-02-29"),
        ("2024-01-31T12:00", "{ in: NEXT_MONTH }", "2024-02-01", "2024-02-29"),
        ("2024-02-29T12:00", "{ last: { n: 1, unit: DAY } }", "2024-02-29", "2024-02-29"),
        ("2024-03-01T12:00", "{ last: { n: 30, unit: DAY } }", "2024-02-01", "2024-03-01"),
        ("2024-03-31T12:00", "{ last: { n: 1, unit: MONTH } }", "2024-03-01", "2024-03-31"),
        ("2024-03-29T12:00", "{ last: { n: 1, unit: MONTH } }", "2024-03-01", "2024-03-29"),
        ("2024-02-29T12:00", "{ next: { n: 7, unit: DAY } }", "2024-02-29", "2024-03-06"),
        ("2024-02-29T12:00", "{ next: { n: 1, unit: WEEK } }", "2024-02-29", "2024-03-06"),
        ("2024-01-31T12:00", "{ next: { n: 1, unit: MONTH } }", "2024-01-31", "2024-02-28"),
        ("2024-02-15T12:00", "{ in: THIS_MONTH, gte: \"2024-02-10\" }", "2024-02-10", "2024-02-29"),
        ("2024-02-15T12:00", "{ last: { n: 3, unit: DAY }, ne: \"2024-02-15\" }", "2024-02-13", "2024-02-14"),
    ],
)  # fmt: skip
def test_days(world: World, days: None, now: str, filter_: str, first: str, last: str) -> None:
    found = asked(world, datetime.fromisoformat(now).replace(tzinfo=BERLIN), "closeOn", filter_)
    assert (found[0], found[-1]) == (first, last)
    assert len(found) == (date.fromisoformat(last) - date.fromisoformat(first)).days + 1


_MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("now", "filter_", "first", "behind"),
    [
        # The night without an hour and the night with one more: a day of 23 and one of 25 hours.
        ("2024-03-31T12:00+02:00", "{ in: TODAY }", "2024-03-31T00:00+01:00", "2024-04-01T00:00+02:00"),
        ("2024-10-27T12:00+01:00", "{ in: TODAY }", "2024-10-27T00:00+02:00", "2024-10-28T00:00+01:00"),
        ("2024-04-01T00:00+02:00", "{ in: YESTERDAY }", "2024-03-31T00:00+01:00", "2024-04-01T00:00+02:00"),
        ("2024-03-15T12:00+01:00", "{ in: THIS_MONTH }", "2024-03-01T00:00+01:00", "2024-04-01T00:00+02:00"),
        ("2024-10-01T00:00+02:00", "{ in: THIS_QUARTER }", "2024-10-01T00:00+02:00", "2025-01-01T00:00+01:00"),
    ],
)
def test_moments_in_a_period(world: World, now: str, filter_: str, first: str, behind: str) -> None:
    start, end = datetime.fromisoformat(first), datetime.fromisoformat(behind)
    check(world, datetime.fromisoformat(now), filter_, [start, end - _MOMENT], [start - _MOMENT, end])


@pytest.mark.parametrize(
    ("now", "filter_", "other_end"),
    [
        ("2024-04-01T12:00+02:00", "{ last: { n: 24, unit: HOUR } }", "2024-03-31T12:00+02:00"),
        ("2024-03-31T12:00+02:00", "{ last: { n: 24, unit: HOUR } }", "2024-03-30T11:00+01:00"),
        ("2024-03-31T12:00+02:00", "{ last: { n: 1, unit: DAY } }", "2024-03-30T12:00+01:00"),
        ("2024-10-27T12:00+01:00", "{ last: { n: 1, unit: WEEK } }", "2024-10-20T12:00+02:00"),
        ("2024-03-30T02:30+01:00", "{ next: { n: 1, unit: DAY } }", "2024-03-31T03:30+02:00"),  # 02:30 is left out
        ("2024-10-27T12:00+01:00", "{ next: { n: 1, unit: MONTH } }", "2024-11-27T12:00+01:00"),
        ("2024-02-29T12:00+01:00", "{ next: { n: 1, unit: YEAR } }", "2025-02-28T12:00+01:00"),
    ],
)
def test_moments_before_and_behind_now(world: World, now: str, filter_: str, other_end: str) -> None:
    here, there = datetime.fromisoformat(now), datetime.fromisoformat(other_end)
    if "last" in filter_:
        check(world, here, filter_, [here, there + _MOMENT], [here + _MOMENT, there])
    else:
        check(world, here, filter_, [here, there - _MOMENT], [here - _MOMENT, there])


def check(world: World, now: datetime, filter_: str, inside: list[datetime], outside: list[datetime]) -> None:
    made: dict[UUID, bool] = {}
    for moment in (*inside, *outside):
        with clock.stopped_at(moment.astimezone(UTC)):
            made[world.garage.make(Customer)] = moment in inside
    conditions = f"{{ id: {{ in: $ids }}, createdAt: {filter_} }}"
    query = f"query($ids: [ID!]) {{ customers(filter: {conditions}) {{ nodes {{ id }} }} }}"
    with clock.stopped_at(now):
        found = world.garage.ada.ask(query, ids=[str(id_) for id_ in made])["customers"]["nodes"]
    assert {node["id"] for node in found} == {str(id_) for id_, within in made.items() if within}


@pytest.mark.parametrize(
    ("filter_", "path"),
    [
        ({"closeOn": {"last": {"n": 0, "unit": "DAY"}}}, ["filter", "closeOn", "last", "n"]),
        ({"closeOn": {"next": {"n": -1, "unit": "YEAR"}}}, ["filter", "closeOn", "next", "n"]),
        ({"closeOn": {"next": {"n": 9999, "unit": "YEAR"}}}, ["filter", "closeOn", "next"]),
        ({"createdAt": {"last": {"n": 2147483647, "unit": "WEEK"}}}, ["filter", "createdAt", "last"]),
        ({"createdAt": {"next": {"n": 2147483647, "unit": "HOUR"}}}, ["filter", "createdAt", "next"]),
        ({"createdAt": {"in": None}}, ["filter", "createdAt", "in"]),
        ({"createdAt": {"last": None}}, ["filter", "createdAt", "last"]),
    ],
    ids=str,
)
def test_what_is_no_span_is_refused(world: World, filter_: dict[str, Any], path: list[str]) -> None:
    (error,) = world.garage.ada.errors(
        "query($f: OpportunityFilter) { opportunities(filter: $f) { nodes { id } } }", f=filter_
    )
    assert (error["extensions"]["code"], error["extensions"]["path"]) == ("BAD_INPUT", path)


def test_days_are_not_counted_in_hours(world: World) -> None:
    (error,) = world.garage.ada.errors(
        "{ opportunities(filter: { closeOn: { last: { n: 1, unit: HOUR } } }) { nodes { id } } }"
    )
    assert "DateUnit" in error["message"]
