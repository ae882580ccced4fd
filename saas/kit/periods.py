"""Spans of the calendar as people say them: this month, the last 30 days. Weeks begin on Monday."""

import calendar
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeVar


class Unit(StrEnum):
    """What time is counted in."""

    HOUR = "HOUR"
    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"
    QUARTER = "QUARTER"
    YEAR = "YEAR"


class Period(StrEnum):
    """A span of the calendar, told from today."""

    TODAY = "TODAY"
    YESTERDAY = "YESTERDAY"
    TOMORROW = "TOMORROW"
    THIS_WEEK = "THIS_WEEK"
    LAST_WEEK = "LAST_WEEK"
    NEXT_WEEK = "NEXT_WEEK"
    THIS_MONTH = "THIS_MONTH"
    LAST_MONTH = "LAST_MONTH"
    NEXT_MONTH = "NEXT_MONTH"
    THIS_QUARTER = "THIS_QUARTER"
    LAST_QUARTER = "LAST_QUARTER"
    NEXT_QUARTER = "NEXT_QUARTER"
    THIS_YEAR = "THIS_YEAR"
    LAST_YEAR = "LAST_YEAR"
    NEXT_YEAR = "NEXT_YEAR"


_MONTHS = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: 12}
_DAYS = {Unit.DAY: 1, Unit.WEEK: 7}
_AWAY = {"LAST": -1, "THIS": 0, "NEXT": 1}
_NAMED = {Period.TODAY: 0, Period.YESTERDAY: -1, Period.TOMORROW: 1}
DayT = TypeVar("DayT", bound=date)


def days_of(period: Period, today: date) -> tuple[date, date]:
    """The first day of the period and the first one behind it."""
    if period in _NAMED:
        unit, away = Unit.DAY, _NAMED[period]
    else:
        which, _, name = period.partition("_")
        unit, away = Unit(name), _AWAY[which]
    start = moved(_beginning(unit, today), away, unit)
    return start, moved(start, 1, unit)


def moved(day: DayT, number: int, unit: Unit) -> DayT:
    """So many days, weeks, months, quarters or years on; the last day of a month where it has no such day."""
    if unit in _DAYS:
        return day + timedelta(days=number * _DAYS[unit])
    year, month = divmod(day.year * 12 + day.month - 1 + number * _MONTHS[unit], 12)
    _, last = calendar.monthrange(year, month + 1)
    return day.replace(year=year, month=month + 1, day=min(day.day, last))


def _beginning(unit: Unit, day: date) -> date:
    """The first day of the week, month, quarter or year that the day lies in."""
    if unit is Unit.DAY:
        return day
    if unit is Unit.WEEK:
        return day - timedelta(days=day.weekday())
    months = _MONTHS[unit]
    return day.replace(month=(day.month - 1) // months * months + 1, day=1)
