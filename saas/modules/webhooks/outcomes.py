"""What came back from a try, and what follows from it: delivered, once more later, given up, switched off."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from uuid import UUID

GONE = 410
_LATER = (429, 503)
# What says that this message is no good, rather than that the server is not: another try seldom helps.
_THIS_MESSAGE = (400, 413, 422)
# Seconds until the next try, about a day in all; then the message is given up, and the next one goes.
WAITS = (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 28800)
WAITS_OF_THIS_MESSAGE = 4
_SPREAD = 0.2
_LONGEST_WAIT = 86_400.0  # seconds
OFF_AFTER = timedelta(hours=72)  # without a single success


@dataclass(frozen=True, slots=True)
class Tried:
    """One try of one message, which may hold several deliveries.

    status  what the server answered; None: nothing usable, `error` tells why
    answer  the beginning of what it said
    wait    how many seconds it asked to be left in peace
    """

    delivery_ids: tuple[UUID, ...]
    at: datetime
    ms: int
    status: int | None = None
    answer: str = ""
    error: str = ""
    wait: float | None = None

    @property
    def is_good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def told(self) -> str:
        """What went wrong, in a few words."""
        return self.error or f"The server answered {self.status}."


def wait_after(tried: Tried, attempts: int) -> timedelta | None:
    """How long until the next try after so many; None: that was the last one."""
    most = WAITS_OF_THIS_MESSAGE if tried.status in _THIS_MESSAGE else len(WAITS)
    if attempts > most:
        return None
    if tried.wait is not None and tried.status in _LATER:
        return timedelta(seconds=min(max(1.0, tried.wait), _LONGEST_WAIT))
    return timedelta(seconds=WAITS[attempts - 1] * random.uniform(1 - _SPREAD, 1 + _SPREAD))


def retry_after(header: str | None, now: datetime) -> float | None:
    """What `Retry-After` says, in seconds; None where it says nothing that can be read."""
    if header is None:
        return None
    try:
        if header.strip().isdigit():
            return float(header)
        until = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return None
    return max(0.0, ((until if until.tzinfo else until.replace(tzinfo=UTC)) - now).total_seconds())
