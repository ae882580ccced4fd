"""What the records of all modules share: numbers, what fields are chosen from, and when one works."""

from saas.modules.masters import calendar, calendar_day, dictionary, number_rule, standard_entries, working_calendars

__all__ = ["calendar", "calendar_day", "dictionary", "number_rule", "standard_entries", "working_calendars"]
