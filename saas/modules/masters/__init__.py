"""What the records of all modules share: numbers, choices, currencies, industries and areas, working time."""

from saas.modules.masters import (
    area,
    calendar,
    calendar_day,
    dictionary,
    duplicate_rule,
    industry,
    number_rule,
    standard_calendar,
    standard_entries,
    tag,
    trading_currency,
    working_calendars,
)

__all__ = [
    "area",
    "calendar",
    "calendar_day",
    "dictionary",
    "duplicate_rule",
    "industry",
    "number_rule",
    "standard_calendar",
    "standard_entries",
    "tag",
    "trading_currency",
    "working_calendars",
]
