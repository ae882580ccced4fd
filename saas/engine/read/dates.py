"""Relative dates in filters: this month, the last 30 days, as the calendar on the viewer's wall has it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from saas.engine.access.rows import Condition
from saas.engine.field import Kind
from saas.engine.scope import Scope
from saas.kit.errors import BadInput
from saas.kit.periods import Period, Unit, days_of, moved

DATE_KINDS = frozenset({Kind.DATE, Kind.MOMENT})


def is_relative(operator: str, operand: Any) -> bool:
    """Whether this is told from now."""
    return operator in ("last", "next") or isinstance(operand, Period)


def relative(scope: Scope, value: ColumnElement[Any], operator: str, operand: Any, path: tuple[str, ...]) -> Condition:
    """Whether a date or moment lies in a period, or within so many units before or behind now."""
    kind = Kind.DATE if isinstance(value.type, sa.Date) else Kind.MOMENT
    try:
        if operator == "in":
            first, behind = _bounds(scope, kind, operand)
            return sa.and_(value >= first, value < behind)
        here = scope.today if kind is Kind.DATE else scope.now
        there = _away(scope, here, operand, back=operator == "last")
    except BadInput as error:
        error.path = (*path, *error.path)
        raise
    except (OverflowError, ValueError):
        raise BadInput(f"{'.'.join(path)} leads out of the calendar.", path=path) from None
    if operator == "last":
        return sa.and_(value > there, value <= here)
    return sa.and_(value >= here, value < there)


def _bounds(scope: Scope, kind: Kind, period: Period) -> tuple[date, date]:
    first, behind = days_of(period, scope.today)
    if kind is Kind.DATE:
        return first, behind
    return _at(scope, datetime.combine(first, time())), _at(scope, datetime.combine(behind, time()))


def _away(scope: Scope, here: date, span: Mapping[str, Any], *, back: bool) -> date:
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


def _at(scope: Scope, wall: datetime) -> datetime:
    """The moment at which the clock on the viewer's wall tells this."""
    return wall.replace(tzinfo=ZoneInfo(scope.time_zone)).astimezone(UTC)
