"""The calendar as people say it: month ends, leap days, weeks over the turn of a year."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saas.kit.periods import Period, Unit, days_of, moved


@pytest.mark.parametrize(
    ("today", "period", "first", "last"),
    [
        ("2024-02-29", "TODAY", "2024-02-29", "2024-02-29"),
        ("2024-03-01", "YESTERDAY", "2024-02-29", "2024-02-29"),
        ("2023-12-31", "TOMORROW", "2024-01-01", "2024-01-01"),
        ("2024-01-01", "THIS_WEEK", "2024-01-01", "2024-01-07"),  # a Monday
        ("2023-12-31", "THIS_WEEK", "2023-12-25", "2023-12-31"),  # a Sunday
        ("2024-01-03", "LAST_WEEK", "2023-12-25", "2023-12-31"),
        ("2024-12-31", "NEXT_WEEK", "2025-01-06", "2025-01-12"),
        ("2024-02-10", "THIS_MONTH", "2024-02-01", "2024-02-29"),
        ("2024-03-31", "LAST_MONTH", "2024-02-01", "2024-02-29"),
        ("2023-01-31", "NEXT_MONTH", "2023-02-01", "2023-02-28"),
        ("2024-12-31", "NEXT_MONTH", "2025-01-01", "2025-01-31"),
        ("2024-02-29", "THIS_QUARTER", "2024-01-01", "2024-03-31"),
        ("2024-02-29", "LAST_QUARTER", "2023-10-01", "2023-12-31"),
        ("2024-12-01", "NEXT_QUARTER", "2025-01-01", "2025-03-31"),
        ("2024-02-29", "THIS_YEAR", "2024-01-01", "2024-12-31"),
        ("2024-02-29", "LAST_YEAR", "2023-01-01", "2023-12-31"),
        ("2024-02-29", "NEXT_YEAR", "2025-01-01", "2025-12-31"),
    ],
)
def test_a_period_has_a_first_and_a_last_day(today: str, period: str, first: str, last: str) -> None:
    expected = date.fromisoformat(first), date.fromisoformat(last) + timedelta(days=1)
    assert days_of(Period(period), date.fromisoformat(today)) == expected


@pytest.mark.parametrize(
    ("day", "number", "unit", "expected"),
    [
        ("2024-02-29", 1, Unit.YEAR, "2025-02-28"),
        ("2024-02-29", -4, Unit.YEAR, "2020-02-29"),
        ("2024-01-31", 1, Unit.MONTH, "2024-02-29"),
        ("2024-03-31", -1, Unit.MONTH, "2024-02-29"),
        ("2024-01-15", -13, Unit.MONTH, "2022-12-15"),
        ("2024-05-31", 1, Unit.QUARTER, "2024-08-31"),
        ("2024-11-30", 1, Unit.QUARTER, "2025-02-28"),
        ("2024-02-28", 2, Unit.DAY, "2024-03-01"),
        ("2024-12-30", 1, Unit.WEEK, "2025-01-06"),
    ],
)
def test_a_day_is_moved_by_units(day: str, number: int, unit: Unit, expected: str) -> None:
    assert moved(date.fromisoformat(day), number, unit) == date.fromisoformat(expected)
    at_noon = datetime.fromisoformat(f"{day}T12:34:56.789000")
    assert moved(at_noon, number, unit) == datetime.fromisoformat(f"{expected}T12:34:56.789000")


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.sampled_from(("WEEK", "MONTH", "QUARTER", "YEAR")))
def test_last_this_and_next_lie_side_by_side(today: date, unit: str) -> None:
    last, this, following = (days_of(Period(f"{which}_{unit}"), today) for which in ("LAST", "THIS", "NEXT"))
    assert last[1] == this[0] <= today < this[1] == following[0]
    assert days_of(Period(f"THIS_{unit}"), this[1] - timedelta(days=1)) == this
