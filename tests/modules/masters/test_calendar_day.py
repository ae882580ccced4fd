"""Days of a calendar: each once, and gone with it."""

from datetime import date
from typing import Any

from saas.modules.masters.calendar import Calendar
from saas.modules.masters.calendar_day import CalendarDay
from tests.world import World

CREATE = """
    mutation($calendar: ID!, $day: Date!) {
      x: calendarDayCreate(input: { name: "n", calendarId: $calendar, day: $day }) {
        id calendarDay { kind } problems { code path }
      }
    }"""


def _create(world: World, calendar: str, day: str) -> dict[str, Any]:
    made: dict[str, Any] = world.garage.ada.ask(CREATE, calendar=calendar, day=day)["x"]
    return made


def test_a_day_stands_in_a_calendar_once(world: World) -> None:
    first, second = (str(world.garage.make(Calendar)) for _ in range(2))
    assert _create(world, first, "2026-10-01")["calendarDay"] == {"kind": "HOLIDAY"}
    again = _create(world, first, "2026-10-01")
    assert (again["id"], [problem["code"] for problem in again["problems"]]) == (None, ["DUPLICATE"])
    assert _create(world, second, "2026-10-01")["problems"] == []


def test_days_go_with_their_calendar(world: World) -> None:
    calendar = world.garage.make(Calendar)
    world.garage.make(CalendarDay, calendar_id=calendar, day=date(2026, 5, 1))
    world.garage.ada.ask("mutation($id: ID!) { calendarDelete(id: $id) { id } }", id=str(calendar))
    kept = "SELECT deleted_at IS NULL FROM calendar_day WHERE calendar_id = %s"
    assert world.sql(world.garage, kept, calendar) == [(False,)]
