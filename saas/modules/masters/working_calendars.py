"""The calendars of a company, ready to reckon with."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from saas.engine.crons import tell_working_days
from saas.engine.customised import Customised, customisation_changed
from saas.engine.events import created, deleted, on, restored, updated
from saas.engine.scope import Scope
from saas.modules.masters.calendar import WEEKDAYS, Calendar, clock_time
from saas.modules.masters.calendar_day import CalendarDay, CalendarDayKind
from saas.modules.masters.working_time import WorkingTime

_NINE, _SIX = timedelta(hours=9), timedelta(hours=18)


@dataclass(frozen=True, slots=True)
class _Calendars:
    by_id: Mapping[UUID, WorkingTime]
    default: WorkingTime | None


def _load(session: Session) -> _Calendars:
    days: dict[UUID, dict[date, bool]] = defaultdict(dict)
    for each in session.execute(sa.select(CalendarDay).where(CalendarDay.deleted_at.is_(None))).scalars():
        days[each.calendar_id][each.day] = each.kind is CalendarDayKind.WORKING
    living = sa.select(Calendar).where(Calendar.deleted_at.is_(None)).order_by(Calendar.id)
    calendars = session.execute(living).scalars().all()
    by_id = {each.id: _reckoned(each, days[each.id]) for each in calendars}
    defaults = [by_id[each.id] for each in calendars if each.is_default]
    return _Calendars(by_id, defaults[-1] if defaults else None)


def _reckoned(calendar: Calendar, days: Mapping[date, bool]) -> WorkingTime:
    weekdays = frozenset(number for number, name in enumerate(WEEKDAYS) if getattr(calendar, name))
    opens, closes = clock_time(calendar.work_from) or _NINE, clock_time(calendar.work_to) or _SIX
    return WorkingTime(calendar.time_zone, weekdays, opens, closes, days)


_calendars = Customised(_load)


def working_time(scope: Scope, calendar_id: UUID | None = None) -> WorkingTime:
    """That of the calendar, else of the default one; without any: Monday to Friday, 9 to 18, in the tenant's zone."""
    found = _calendars.of(scope)
    standard = found.default or WorkingTime(scope.tenant.time_zone, frozenset(range(5)), _NINE, _SIX)
    return standard if calendar_id is None else found.by_id.get(calendar_id, standard)


@on(created(Calendar), updated(Calendar), deleted(Calendar), restored(Calendar))
@on(created(CalendarDay), updated(CalendarDay), deleted(CalendarDay), restored(CalendarDay))
def deadlines_follow_the_calendar(scope: Scope, _changed: Sequence[Calendar | CalendarDay]) -> None:
    """From now on time is reckoned by the calendar as it is."""
    customisation_changed(scope)


tell_working_days(lambda scope, day: working_time(scope).is_working_day(day))
