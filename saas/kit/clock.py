"""The one clock: everything that asks for the time asks here, so that a test can set it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def _system_time() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system_time


def now() -> datetime:
    """The current moment, in UTC."""
    return _source()


def today(zone: str) -> date:
    """The current date where the clock on the wall is that of `zone` (an IANA name)."""
    return now().astimezone(ZoneInfo(zone)).date()


@contextmanager
def stopped_at(moment: datetime) -> Iterator[None]:
    """For tests: inside, the time is `moment`."""
    global _source
    before, _source = _source, lambda: moment
    try:
        yield
    finally:
        _source = before
