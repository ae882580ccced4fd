"""The one clock: everything that asks for the time asks here, so that a test can set it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


def _system_time() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system_time
_MINUTE = timedelta(minutes=1)
_dates: dict[str, tuple[datetime, datetime, date]] = {}  # from when until when which date was found last, by zone


def now() -> datetime:
    """The current moment, in UTC."""
    return _source()


def today(zone: str) -> date:
    """The current date where the clock on the wall is that of `zone` (an IANA name)."""
    return date_at(now(), zone)


def date_at(moment: datetime, zone: str) -> date:
    """The date at a moment in UTC where the clock on the wall is that of `zone`."""
    known = _dates.get(zone)  # every request asks
    if known is None or not known[0] <= moment < known[1]:
        minute = moment.replace(second=0, microsecond=0)  # since 1972 no zone is off by less than minutes
        known = _dates[zone] = (minute, minute + _MINUTE, moment.astimezone(ZoneInfo(zone)).date())
    return known[2]


@contextmanager
def stopped_at(moment: datetime) -> Iterator[None]:
    """For tests: inside, the time is `moment`."""
    global _source
    before, _source = _source, lambda: moment
    try:
        yield
    finally:
        _source = before
