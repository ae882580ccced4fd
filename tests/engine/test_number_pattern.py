"""Patterns of numbers: what they make on a day, when counting begins again, and what is no pattern."""

from datetime import date

import pytest

from saas.engine.number_pattern import Pattern, Resets, mistake

DAY = date(2026, 3, 7)


@pytest.mark.parametrize(
    ("text", "around"),
    [
        ("{seq}", ("", 1, "")),
        ("C-{seq:06}", ("C-", 6, "")),
        ("C-{seq:6}", ("C-", 6, "")),
        ("Q-{year}-{seq:05}", ("Q-2026-", 5, "")),
        ("{yy}{month}{day}/{seq:3}/{year}", ("260307/", 3, "/2026")),
        ("编{seq:12}号", ("编", 12, "号")),
    ],
)
def test_a_pattern_is_filled_in_on_a_day(text: str, around: tuple[str, int, str]) -> None:
    assert mistake(Pattern(text)) == ""
    assert Pattern(text).around(DAY) == around


@pytest.mark.parametrize(
    ("resets", "period"),
    [(Resets.NEVER, ""), (Resets.YEAR, "2026"), (Resets.MONTH, "2026-03"), (Resets.DAY, "2026-03-07")],
)
def test_a_period_is_counted_by_itself(resets: Resets, period: str) -> None:
    assert Pattern("{year}{month}{day}{seq}", resets).period(DAY) == period


PARTS = "The parts are {seq} or {seq:06}, {year}, {yy}, {month}, {day}."
ONCE = "A pattern has the part {seq} exactly once, not"
SIGNS = "A pattern has at most 60 signs, no spaces, and braces only around its parts."


@pytest.mark.parametrize(
    ("text", "resets", "told"),
    [
        ("", Resets.NEVER, f"{ONCE} 0 times."),
        ("{year}", Resets.NEVER, f"{ONCE} 0 times."),
        ("{seq}{seq:2}", Resets.NEVER, f"{ONCE} 2 times."),
        ("{seq:13}", Resets.NEVER, "The count has at most 12 digits."),
        ("{week}{seq}", Resets.NEVER, "There is no part {week}. " + PARTS),
        ("{seq:x}", Resets.NEVER, "There is no part {seq:x}. " + PARTS),
        ("{seq:0}", Resets.NEVER, "There is no part {seq:0}. " + PARTS),
        ("C {seq}", Resets.NEVER, SIGNS),
        ("C{{seq}", Resets.NEVER, SIGNS),
        ("C" * 56 + "{seq}", Resets.NEVER, SIGNS),
        ("C-{seq}", Resets.YEAR, "Numbers that begin again each year must hold {year} or {yy}."),
        ("{yy}{seq}", Resets.MONTH, "Numbers that begin again each month must hold {month}."),
        ("{year}{month}{seq}", Resets.DAY, "Numbers that begin again each day must hold {day}."),
    ],
)
def test_what_is_no_pattern_is_told(text: str, resets: Resets, told: str) -> None:
    assert mistake(Pattern(text, resets)) == told
