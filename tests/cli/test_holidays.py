"""`saas tenant holidays`: told first, done once."""

import json
from typing import Any

from click.testing import CliRunner

from saas.cli.holidays import command
from saas.modules.masters.calendar import Calendar
from tests.world import World


def _told(*arguments: str) -> dict[str, Any]:
    done = CliRunner().invoke(command, ["garage", *arguments, "--json"])
    assert done.exit_code == 0, done.output
    told: dict[str, Any] = json.loads(done.output)
    return told


def _days(world: World) -> int:
    return int(world.sql(world.garage, "SELECT count(*) FROM calendar_day")[0][0])


def test_holidays_are_told_then_added_once(world: World) -> None:
    world.garage.make(Calendar, name="Berlin", country="DE")
    before = _days(world)
    # New Year, Good Friday, Easter Monday, Labour Day, Ascension, Whit Monday, Unity, two of Christmas.
    added = [{"calendar": "Working calendar", "added": 9}, {"calendar": "Berlin", "added": 9}]
    told = {"years": [2051], "added": added}
    assert _told("--year", "2051", "--dry-run") == told | {"dry_run": True}
    assert _days(world) == before
    assert _told("--year", "2051") == told | {"dry_run": False}
    assert _days(world) == before + 18
    assert [each["added"] for each in _told("--year", "2051")["added"]] == [0, 0]
    assert len(_told()["years"]) == 2


def test_without_a_country_there_are_none(world: World) -> None:
    world.sql(world.rival, "UPDATE calendar SET country = NULL")
    done = CliRunner().invoke(command, ["rival"])
    world.sql(world.rival, "UPDATE calendar SET country = 'DE'")
    assert (done.exit_code, done.output) == (0, "No calendar has a country.\n")
