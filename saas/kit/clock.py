"""The one clock: everything that asks for the time asks here, so that a test can set it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def _system_time() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system_time
_dates: dict[str, tuple[datetime, date]] = {}  # the minute asked for last, by zone: every request asks


def now() -> datetime:
    """The current moment, in UTC."""
    return _source()


def today(zone: str) -> date:
    """The current date where the clock on the wall is that of `zone` (an IANA name)."""
    return date_at(now(), zone)


def date_at(moment: datetime, zone: str) -> date:
    """The date at a moment in UTC where the clock on the wall is that of `zone`."""
    minute = moment.replace(second=0, microsecond=0)  # since 1972 no zone is off by less than minutes
    known = _dates.get(zone)
    if known is None or known[0] != minute:
        known = _dates[zone] = (minute, moment.astimezone(ZoneInfo(zone)).date())
    return known[1]


@contextmanager
def stopped_at(moment: datetime) -> Iterator[None]:
    """For tests: inside, the time is `moment`."""
    global _source
    before, _source = _source, lambda: moment
    try:
        yield
    finally:
        _source = before
