"""The calendar that a company begins with: that of its country, with the holidays of this year and the next."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from saas.engine.field import Label
from saas.engine.record import Record, new_record
from saas.engine.seeds import There, seed
from saas.kit import clock, ids
from saas.kit.countries import country_of
from saas.modules.masters.calendar import WEEKDAYS, Calendar
from saas.modules.masters.calendar_day import CalendarDay, CalendarDayKind
from saas.modules.masters.public_holidays import public_days
from saas.tenants.tenant import Tenant

NAME = Label("Working calendar", "工作日历")
_WORKED = frozenset(WEEKDAYS[:5])


@seed(sa.select(Calendar.id).limit(1))
def plant_calendar(_session: Session, tenant: Tenant, there: There) -> Iterator[Record]:
    """Add a default calendar where there is none and never was; the time zone tells the country."""
    if there:
        return
    country = country_of(tenant.time_zone)
    year = clock.now().astimezone(ZoneInfo(tenant.time_zone)).year
    days = _days(country, year, tenant.language) if country else ()
    calendar_id = ids.new_id(Calendar.facts.code)
    values = {
        "id": calendar_id,
        "name": NAME.in_language(tenant.language),
        "time_zone": tenant.time_zone,
        "country": country,
        "work_from": "09:00",
        "work_to": "18:00",
        "is_default": True,
    }
    yield new_record(Calendar, values | {weekday: weekday in _WORKED for weekday in WEEKDAYS})
    for day, kind, name in days:
        yield new_record(CalendarDay, {"calendar_id": calendar_id, "day": day, "kind": kind, "name": name})


@cache
def _days(country: str, year: int, language: str) -> tuple[tuple[date, CalendarDayKind, str], ...]:
    """The days of this year and the next that differ: worked out once, a tenant is made in milliseconds."""
    found = public_days(country, [year, year + 1], language)
    return tuple((day, kind, name) for day, (kind, name) in sorted(found.items()))
