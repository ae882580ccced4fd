"""Relative dates in filters: this month, the last 30 days, as the calendar on the viewer's wall has it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from saas.engine.access.rows import Condition
from saas.engine.asker import Asker
from saas.engine.field import Kind
from saas.engine.later import at, bound, then
from saas.kit.errors import BadInput
from saas.kit.periods import Period, Unit, days_of, moved

DATE_KINDS = frozenset({Kind.DATE, Kind.MOMENT})


def is_relative(operator: str, operand: Any) -> bool:
    """Whether this is told from now."""
    return operator in ("last", "next") or isinstance(operand, Period)


def relative(scope: Asker, value: ColumnElement[Any], operator: str, operand: Any, path: tuple[str, ...]) -> Condition:
    """Whether a date or moment lies in a period, or within so many units before or behind now."""
    kind = Kind.DATE if isinstance(value.type, sa.Date) else Kind.MOMENT

    def ends(asker: Asker) -> tuple[date, date]:
        """From the first to before the second; of what lies back, behind the first and up to the second."""
        try:
            if operator == "in":
                return _bounds(asker, kind, operand)
            here = asker.today if kind is Kind.DATE else asker.now
            span = {name: at(each, asker) for name, each in operand.items()}
            there = _away(asker, here, span, back=operator == "last")
            return (there, here) if operator == "last" else (here, there)
        except BadInput as error:
            error.path = (*path, *error.path)
            raise
        except (OverflowError, ValueError):
            raise BadInput(f"{'.'.join(path)} leads out of the calendar.", path=path) from None

    both = scope.told(ends)
    first, second = (bound(then(both, itemgetter(number)), value.type) for number in (0, 1))
    if operator == "last":
        return sa.and_(value > first, value <= second)
    return sa.and_(value >= first, value < second)


def _bounds(scope: Asker, kind: Kind, period: Period) -> tuple[date, date]:
    first, behind = days_of(period, scope.today)
    if kind is Kind.DATE:
        return first, behind
    return _at(scope, datetime.combine(first, time())), _at(scope, datetime.combine(behind, time()))


def _away(scope: Asker, here: date, span: Mapping[str, Any], *, back: bool) -> date:
    """So many units from here. Days and longer keep the time of day; hours count as they pass."""
    number, unit = span["n"], Unit(span["unit"])
    if number < 1:
        raise BadInput(f"n must be at least 1, not {number}.", path=("n",))
    number = -number if back else number
    if not isinstance(here, datetime):
        return moved(here, number, unit)
    if unit is Unit.HOUR:
        return here + timedelta(hours=number)
    return _at(scope, moved(here.astimezone(ZoneInfo(scope.time_zone)).replace(tzinfo=None), number, unit))


def _at(scope: Asker, wall: datetime) -> datetime:
    """The moment at which the clock on the viewer's wall tells this."""
    return wall.replace(tzinfo=ZoneInfo(scope.time_zone)).astimezone(UTC)
