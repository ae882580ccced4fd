"""Buckets: days as weeks or months on the wall of a time zone, numbers as steps of a scale."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

_FIRST, _LAST = datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)  # noqa: DTZ001  # times on a wall


class DateBucket(StrEnum):
    """How long the span of time is that counts as one; weeks begin on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


def date_bucket(value: ColumnElement[Any], bucket: DateBucket, zone: str) -> ColumnElement[Any]:
    """The first day of the span that `value` lies in; a moment is taken as the clock in `zone` shows it."""
    # A date itself would be truncated in the zone of the session.
    wall = _on_the_wall(value, zone) if isinstance(value.type, sa.DateTime) else sa.cast(value, sa.DateTime())
    return sa.cast(sa.func.date_trunc(bucket.value, wall), sa.Date())


def _on_the_wall(value: ColumnElement[Any], zone: str) -> ColumnElement[Any]:
    """The moment as the clock in `zone` shows it; no zone moves it out of the calendar."""
    wall = sa.func.timezone(zone, value, type_=sa.DateTime())
    within = sa.func.least(sa.func.greatest(wall, _literal(_FIRST)), _literal(_LAST))
    return sa.case((value.is_not(None), within))


def number_bucket(value: ColumnElement[Any], step: Decimal) -> ColumnElement[Any]:
    """The largest multiple of `step` that is not above `value`; exact, for a remainder is and a quotient is not."""
    number, width = sa.cast(value, sa.Numeric()), sa.literal(step, sa.Numeric())
    remainder = sa.func.mod(sa.func.mod(number, width) + width, width)
    return sa.cast(number - remainder, sa.Numeric())


def _literal(moment: datetime) -> ColumnElement[Any]:
    return sa.literal(moment, sa.DateTime())
