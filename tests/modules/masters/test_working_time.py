"""Working time: counted by hand, over weekends, holidays, made-up days and changes of the clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saas.modules.masters.working_time import WorkingTime

NINE, SIX = timedelta(hours=9), timedelta(hours=18)
WEEKDAYS = frozenset(range(5))
# Of the Spring Festival of 2025: Sunday the 26th and Saturday the 8th are worked for it.
SPRING = {date(2025, 1, day): False for day in (28, 29, 30, 31)} | {date(2025, 2, day): False for day in (3, 4)}
CHINA = WorkingTime("Asia/Shanghai", WEEKDAYS, NINE, SIX, SPRING | {date(2025, 1, 26): True, date(2025, 2, 8): True})
BERLIN = WorkingTime("Europe/Berlin", WEEKDAYS, NINE, SIX)
ALWAYS = WorkingTime("Europe/Berlin", frozenset(range(7)), timedelta(), timedelta(hours=24))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2025, 1, 24), True),
        (date(2025, 1, 25), False),
        (date(2025, 1, 26), True),
        (date(2025, 1, 28), False),
        (date(2025, 2, 5), True),
        (date(2025, 2, 8), True),
        (date(2025, 2, 9), False),
    ],
)
def test_single_days_differ_from_their_weekday(day: date, works: bool) -> None:
    assert CHINA.is_working_day(day) is works


@pytest.mark.parametrize(
    ("day", "number", "expected"),
    [
        (date(2025, 1, 24), 0, date(2025, 1, 24)),
        (date(2025, 1, 25), 0, date(2025, 1, 26)),
        (date(2025, 1, 24), 1, date(2025, 1, 26)),
        (date(2025, 1, 24), 2, date(2025, 1, 27)),
        (date(2025, 1, 24), 3, date(2025, 2, 5)),
        (date(2025, 2, 5), -1, date(2025, 1, 27)),
        (date(2025, 2, 5), -3, date(2025, 1, 24)),
        (date(2025, 2, 9), -1, date(2025, 2, 8)),
        (date(2024, 12, 31), 23, date(2025, 2, 7)),
    ],
)
def test_working_days_are_counted(day: date, number: int, expected: date) -> None:
    assert CHINA.add_working_days(day, number) == expected


def _in(zone: str, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("start", "minutes", "expected"),
    [
        ("2025-01-24 10:00", 90, "2025-01-24 11:30"),
        ("2025-01-24 10:00", 480, "2025-01-24 18:00"),
        ("2025-01-24 10:00", 481, "2025-01-26 09:01"),
        ("2025-01-24 07:00", 60, "2025-01-24 10:00"),
        ("2025-01-24 18:00", 0, "2025-01-26 09:00"),
        ("2025-01-25 12:00", 1, "2025-01-26 09:01"),
        ("2025-01-27 17:59:30", 1, "2025-02-05 09:00:30"),
        ("2025-01-27 09:00", 3 * 540, "2025-02-06 18:00"),
    ],
)
def test_working_minutes_are_added(start: str, minutes: int, expected: str) -> None:
    zone = "Asia/Shanghai"
    found = CHINA.add_working_time(_in(zone, start), minutes)
    assert found == _in(zone, expected)
    assert found.utcoffset() == timedelta()
    assert CHINA.add_working_time(_in(zone, start).astimezone(UTC), minutes) == found


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2025-01-24 10:00", "2025-01-24 11:30", 90),
        ("2025-01-24 10:00", "2025-01-26 09:01", 481),
        ("2025-01-25 00:00", "2025-01-25 23:00", 0),
        ("2025-01-27 17:00", "2025-02-05 10:00", 120),
        ("2025-02-05 10:00", "2025-01-27 17:00", -120),
        ("2025-01-24 10:00:00", "2025-01-24 10:00:59", 0),
    ],
)
def test_working_minutes_are_counted(start: str, end: str, minutes: int) -> None:
    zone = "Asia/Shanghai"
    assert CHINA.working_minutes_between(_in(zone, start), _in(zone, end)) == minutes


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-24", 24), ("2026-10-25", 25)]
)
def test_a_day_on_which_the_clock_changes_has_its_own_length(day: str, hours: int) -> None:
    zone = "Europe/Berlin"
    midnight = _in(zone, f"{day} 00:00")
    end = ALWAYS.add_working_time(midnight, hours * 60)
    assert end.astimezone(ZoneInfo(zone)).isoformat(sep=" ")[:16] == (
        f"{date.fromisoformat(day) + timedelta(days=1)} 00:00"
    )
    assert ALWAYS.working_minutes_between(midnight, end) == hours * 60


def test_hours_stay_on_the_wall_when_the_clock_changes() -> None:
    """Friday before summer time to Monday after it: 9 is 8 in UTC, then 7."""
    friday = _in("Europe/Berlin", "2026-03-27 17:00")
    assert BERLIN.add_working_time(friday, 120) == datetime(2026, 3, 30, 8, 0, tzinfo=UTC)


MOMENTS = st.integers(0, 3 * 365 * 24 * 3600).map(
    lambda seconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(0, seconds)
)


@given(start=MOMENTS, minutes=st.integers(0, 30_000))
def test_what_was_added_is_what_lies_between(start: datetime, minutes: int) -> None:
    for when in (CHINA, BERLIN, ALWAYS):
        assert when.working_minutes_between(start, when.add_working_time(start, minutes)) == minutes


@given(day=st.dates(date(2024, 12, 1), date(2025, 3, 1)), number=st.integers(1, 60))
def test_there_and_back_is_the_same_working_day(day: date, number: int) -> None:
    start = CHINA.add_working_days(day, 0)
    assert CHINA.add_working_days(CHINA.add_working_days(start, number), -number) == start
