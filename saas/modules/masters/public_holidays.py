"""Public holidays of a country in a calendar, with the days that make up for them where a country has such days."""

from collections.abc import Sequence
from datetime import date

import holidays
import sqlalchemy as sa

from saas.engine.registry import object_of
from saas.engine.scope import Scope
from saas.engine.write.create import create
from saas.kit.errors import BadInput, Conflict
from saas.modules.masters.calendar import Calendar
from saas.modules.masters.calendar_day import CalendarDay, CalendarDayKind

_LANGUAGES = {"en": "en_US", "zh": "zh_CN"}
_MADE_UP = {"en": "Working day instead of a holiday", "zh": "调休上班"}
_FIRST, _LAST = 2000, 2100


def public_days(country: str, years: Sequence[int], language: str) -> dict[date, tuple[CalendarDayKind, str]]:
    """The days of these years on which the country does not follow its weekdays, and what they are called."""
    if not all(_FIRST <= year <= _LAST for year in years):
        raise BadInput(f"Holidays are known from {_FIRST} to {_LAST}.")
    try:
        found = holidays.country_holidays(country, years=years, language=_LANGUAGES[language])
    except NotImplementedError:
        raise BadInput(
            f"No public holidays are known of {country!r}.", remedy="Correct the country of the calendar, or clear it."
        ) from None
    days = {day: (CalendarDayKind.HOLIDAY, name) for day, name in found.items()}
    made_up = (day for day in found.weekend_workdays if day.year in years)
    return days | dict.fromkeys(made_up, (CalendarDayKind.WORKING, _MADE_UP[language]))


def add_public_holidays(scope: Scope, calendar: Calendar, years: Sequence[int]) -> int:
    """Add those that the calendar does not hold yet, and how many; days that somebody changed or deleted stay so."""
    if calendar.country is None:
        return 0
    wanted = public_days(calendar.country, years, scope.tenant.language)
    there = sa.select(CalendarDay.day).where(CalendarDay.calendar_id == calendar.id, CalendarDay.day.in_(wanted))
    held = set(scope.session.execute(there).scalars())
    rows = [
        {"calendar_id": calendar.id, "day": day, "kind": kind, "name": name}
        for day, (kind, name) in sorted(wanted.items())
        if day not in held
    ]
    if not rows:
        return 0
    outcomes = create(scope, object_of(CalendarDay), rows)
    for problem in (problem for outcome in outcomes for problem in outcome.problems):
        raise Conflict(f"The holidays cannot be written: {problem.message}")
    return len(rows)


def add_to_all(scope: Scope, years: Sequence[int]) -> dict[str, int]:
    """The same for every calendar that has a country: how many days were added, by the calendar's name."""
    living = sa.select(Calendar).where(Calendar.deleted_at.is_(None), Calendar.country.is_not(None))
    calendars = scope.session.execute(living.order_by(Calendar.id)).scalars().all()
    return {each.name: add_public_holidays(scope, each, years) for each in calendars}
