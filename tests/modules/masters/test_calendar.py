"""Calendars: what their rules refuse, and which one deadlines are reckoned by."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from saas.modules.masters.calendar import Calendar
from saas.modules.masters.calendar_day import CalendarDay, CalendarDayKind
from saas.modules.masters.working_calendars import working_time
from tests.world import World

CREATE = """
    mutation($input: CalendarCreateInput!) {
      x: calendarCreate(input: $input) { id problems { code message path } }
    }"""
OFFICE = {"name": "Office", "timeZone": "Europe/Berlin", "workFrom": "09:00", "workTo": "17:00"}


@pytest.mark.parametrize(
    ("values", "path", "message"),
    [
        ({"timeZone": "Berlin"}, "timeZone", "'Berlin' is no time zone such as Asia/Shanghai."),
        ({"timeZone": "../etc"}, "timeZone", "'../etc' is no time zone such as Asia/Shanghai."),
        ({"country": "de"}, "country", "A country is a code of two capital letters, such as CN."),
        ({"workFrom": "9:00"}, "workFrom", "A time of day is HH:MM, such as 08:30."),
        ({"workTo": "24:30"}, "workTo", "A time of day is HH:MM, such as 08:30."),
        ({"workFrom": "17:00"}, "workTo", "Work must end after it begins."),
        (
            dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), False),
            "monday",
            "At least one weekday must be a working day.",
        ),
    ],
)
def test_what_is_no_calendar_is_refused(world: World, values: dict[str, Any], path: str, message: str) -> None:
    refused = world.garage.ada.ask(CREATE, input=OFFICE | values)["x"]
    assert refused == {"id": None, "problems": [{"code": "RULE_BROKEN", "message": message, "path": [path]}]}


def test_a_day_may_end_at_midnight(world: World) -> None:
    made = world.garage.ada.ask(CREATE, input=OFFICE | {"name": "Late", "workTo": "24:00"})["x"]
    assert made["problems"] == []


def test_without_a_calendar_the_week_is_that_of_the_tenant(world: World) -> None:
    rita = world.rival.rita
    (planted,) = rita.ask("{ calendars { nodes { id } } }")["calendars"]["nodes"]
    rita.ask("mutation($id: ID!) { calendarDelete(id: $id) { id } }", **planted)
    with world.rival.scope(write=False) as scope:
        found = working_time(scope)
    rita.ask("mutation($id: ID!) { calendarRestore(id: $id) { id } }", **planted)
    friday = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)  # 17:30 in Berlin
    assert found.add_working_time(friday, 60) == datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


def test_deadlines_are_reckoned_by_the_newest_default_calendar_as_it_is_now(world: World) -> None:
    def works(day: date) -> bool:
        with world.garage.scope(write=False) as scope:
            return working_time(scope).is_working_day(day)

    saturday, sunday = date(2026, 11, 21), date(2026, 11, 22)
    world.garage.make(Calendar, is_default=True, saturday=True)
    assert works(saturday)
    newest = world.garage.make(Calendar, is_default=True)
    assert not works(saturday)
    extra = world.garage.make(CalendarDay, calendar_id=newest, day=saturday, kind=CalendarDayKind.WORKING)
    assert (works(saturday), works(sunday)) == (True, False)
    ada = world.garage.ada
    ada.ask("mutation($id: ID!) { calendarDayUpdate(id: $id, input: { kind: HOLIDAY }) { id } }", id=str(extra))
    assert not works(saturday)
    ada.ask("mutation($id: ID!) { calendarDelete(id: $id) { id } }", id=str(newest))
    assert works(saturday)


def test_a_calendar_may_be_named(world: World) -> None:
    named = world.garage.make(Calendar, sunday=True)
    with world.garage.scope(write=False) as scope:
        assert working_time(scope, named).is_working_day(date(2026, 11, 22))
