"""`saas tenant rebuild`: told first, then queued once for each tenant."""

import json
from typing import Any

from click.testing import CliRunner

from saas.cli.rebuild import command
from tests.world import World

_JOBS = "SELECT tenant_id FROM platform.job WHERE task = 'records_rebuild'"


def _told(*arguments: str) -> list[dict[str, Any]]:
    done = CliRunner().invoke(command, [*arguments, "--json"])
    assert done.exit_code == 0, done.output
    told: list[dict[str, Any]] = json.loads(done.output)["tenants"]
    return told


def test_it_is_told_then_queued_once(world: World) -> None:
    assert _told("garage", "--dry-run") == [{"tenant": "garage", "job": None}]
    assert world.sql(world.garage, _JOBS) == []
    (first,) = _told("garage")
    (again,) = _told("garage")
    assert first == again
    assert world.sql(world.garage, _JOBS) == [(world.garage.tenant.id,)]
    assert {each["tenant"] for each in _told()} == {"garage", "rival"}
    assert {id_ for (id_,) in world.sql(world.garage, _JOBS)} == {world.garage.tenant.id, world.rival.tenant.id}
