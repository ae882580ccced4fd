"""Public holidays: compared with what governments announced, and added to calendars once."""

from datetime import date

import pytest

from saas.kit.errors import BadInput
from saas.modules.masters.calendar import Calendar
from saas.modules.masters.calendar_day import CalendarDay, CalendarDayKind
from saas.modules.masters.public_holidays import add_to_all, public_days
from tests.world import World

HOLIDAY, WORKING = CalendarDayKind.HOLIDAY, CalendarDayKind.WORKING
# General Office of the State Council, 国办发明电〔2024〕12号.
CHINA_2025_WORKED = ("01-26", "02-08", "04-27", "09-28", "10-11")
CHINA_2025_FREE = (
    *("01-01", "01-28", "01-29", "01-30", "01-31", "02-03", "02-04", "04-04", "05-01", "05-02", "05-05"),
    *("06-02", "10-01", "10-02", "10-03", "10-06", "10-07", "10-08"),
)
# As the library says, from the announcement of November 2025; not compared with its text.
CHINA_2026_WORKED = ("01-04", "02-14", "02-28", "05-09", "09-20", "10-10")


def _of(kind: CalendarDayKind, year: int, *, weekday: bool) -> list[date]:
    days = public_days("CN", [year], "zh")
    return sorted(day for day, (found, _) in days.items() if found is kind and (day.weekday() < 5) is weekday)


def _dates(year: int, *days: str) -> list[date]:
    return [date.fromisoformat(f"{year}-{day}") for day in days]


def test_china_2025_is_as_announced() -> None:
    assert _of(WORKING, 2025, weekday=False) == _dates(2025, *CHINA_2025_WORKED)
    assert _of(HOLIDAY, 2025, weekday=True) == _dates(2025, *CHINA_2025_FREE)
    assert _of(WORKING, 2025, weekday=True) == []


def test_china_2026_has_its_days_that_make_up() -> None:
    assert _of(WORKING, 2026, weekday=False) == _dates(2026, *CHINA_2026_WORKED)


def test_china_2027_has_holidays_and_nothing_announced_yet() -> None:
    assert _of(WORKING, 2027, weekday=False) == []
    assert {date(2027, 1, 1), date(2027, 2, 8), date(2027, 10, 1)} <= set(_of(HOLIDAY, 2027, weekday=True))


@pytest.mark.parametrize(
    ("country", "language", "day", "name"),
    [
        ("CN", "zh", "2026-10-01", "国庆节"),
        ("CN", "en", "2026-10-01", "National Day"),
        ("CN", "zh", "2026-02-14", "调休上班"),
        ("DE", "en", "2026-10-03", "German Unity Day"),
        ("DE", "zh", "2026-10-03", "German Unity Day"),
        ("US", "en", "2026-11-26", "Thanksgiving Day"),
    ],
)
def test_days_have_names_in_the_tenants_language_where_there_are_any(
    country: str, language: str, day: str, name: str
) -> None:
    assert public_days(country, [2026], language)[date.fromisoformat(day)][1] == name


def test_a_country_that_is_none_is_refused() -> None:
    with pytest.raises(BadInput, match="No public holidays are known of 'XX'"):
        public_days("XX", [2026], "en")
    with pytest.raises(BadInput, match="Holidays are known from 2000 to 2100"):
        public_days("CN", [1200], "en")


def test_what_was_changed_or_deleted_stays_so(world: World) -> None:
    china = world.garage.make(Calendar, name="China", country="CN")
    world.garage.make(Calendar, name="None", country=None)
    world.garage.make(CalendarDay, name="ours", calendar_id=china, day=date(2025, 10, 1), kind=WORKING)
    gone = world.garage.make(CalendarDay, name="gone", calendar_id=china, day=date(2025, 10, 2))
    world.garage.ada.ask("mutation($id: ID!) { calendarDayDelete(id: $id) { id } }", id=str(gone))
    with world.garage.scope() as scope:
        # Besides the weekdays a Saturday that is a holiday, and the five that are worked.
        assert add_to_all(scope, [2025])["China"] == len(CHINA_2025_FREE) + 1 + len(CHINA_2025_WORKED) - 2
    with world.garage.scope() as scope:
        assert add_to_all(scope, [2025])["China"] == 0
    query = "query($id: ID!) { calendar(id: $id) { days(first: 500) { nodes { day kind name } } } }"
    days = world.garage.ada.ask(query, id=str(china))["calendar"]["days"]["nodes"]
    assert {"day": "2025-10-01", "kind": "WORKING", "name": "ours"} in days
    assert {"day": "2025-01-26", "kind": "WORKING", "name": "Working day instead of a holiday"} in days
    assert "2025-10-02" not in [each["day"] for each in days]
