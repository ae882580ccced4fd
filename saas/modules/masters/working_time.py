"""Working days and hours: what "in three working days" and "within four working hours" mean."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """When work is done: on which weekdays (Monday is 0), from when to when on the clock of the zone, but for `days`.

    `days` are single days that differ: True is a working day (such as a Sunday that makes up for a holiday).
    """

    zone: str
    weekdays: frozenset[int]
    opens: timedelta  # since midnight
    closes: timedelta
    days: Mapping[date, bool] = field(default_factory=dict)

    def is_working_day(self, day: date) -> bool:
        return self.days.get(day, day.weekday() in self.weekdays)

    def add_working_days(self, day: date, number: int) -> date:
        """The `number`-th working day after `day`, before it where negative; 0: `day`, or else the next one."""
        step = -_DAY if number < 0 else _DAY
        left = abs(number)
        found = day if number else day - _DAY
        while left or not number:
            found += step
            if self.is_working_day(found):
                left -= 1
                if left <= 0:
                    break
        return found

    def add_working_time(self, moment: datetime, minutes: int) -> datetime:
        """The moment, in UTC, when so many minutes of work will have passed; `moment` has a zone."""
        left = minutes * _MINUTE
        moment = moment.astimezone(UTC)  # within one zone Python reckons by the wall, not by what passes
        for opens, closes in self._spans(moment):
            begins = max(opens, moment)
            if begins < closes and left <= closes - begins:
                return begins + left
            left -= max(closes - begins, timedelta())
        raise AssertionError("there is always a next working day")

    def working_minutes_between(self, start: datetime, end: datetime) -> int:
        """The whole minutes of work between two moments; negative where `end` comes first."""
        if end < start:
            return -self.working_minutes_between(end, start)
        worked = timedelta()
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        for opens, closes in self._spans(start):
            if opens >= end:
                break
            worked += max(min(closes, end) - max(opens, start), timedelta())
        return worked // _MINUTE

    def _spans(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Beginning and end of work, in UTC, on each working day from that of `moment` on."""
        zone = ZoneInfo(self.zone)
        day = moment.astimezone(zone).date()
        while True:
            if self.is_working_day(day):
                yield self._at(day, self.opens, zone), self._at(day, self.closes, zone)
            day += _DAY

    def _at(self, day: date, clock: timedelta, zone: ZoneInfo) -> datetime:
        """A time on the wall as a moment; midnight at the end of the day is that of the next."""
        wall = datetime(day.year, day.month, day.day) + clock  # noqa: DTZ001  # the zone follows
        return wall.replace(tzinfo=zone).astimezone(UTC)
