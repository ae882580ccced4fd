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
    done = CliRunner().invoke(command, ["garage"])
    assert (done.exit_code, done.output) == (0, "No calendar has a country.\n")
    world.garage.make(Calendar, name="Berlin", country="DE")
    # New Year, Good Friday, Easter Monday, Labour Day, Ascension, Whit Monday, Unity, two of Christmas.
    added = [{"calendar": "Berlin", "added": 9}]
    told = {"years": [2026], "added": added}
    assert _told("--year", "2026", "--dry-run") == told | {"dry_run": True}
    assert _days(world) == 0
    assert _told("--year", "2026") == told | {"dry_run": False}
    assert _days(world) == 9
    assert _told("--year", "2026")["added"] == [{"calendar": "Berlin", "added": 0}]
    assert len(_told()["years"]) == 2
