"""An import asked for over GraphQL, done by real workers of which one is killed in the middle."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from saas.engine.transfer.run import CHUNK
from tests.tenants.place import with_settings
from tests.workers.fleet import Fleet
from tests.workers.place import eventually
from tests.world import World

ROWS = 15 * CHUNK
START = "mutation($input: ImportRunStartInput!) { importRunStart(input: $input) { id problems { message } } }"
FOLLOW = """query($id: ID!) {
  importRun(id: $id) { state counts { rows created updated unchanged refused warnings } progress { rows done } }
}"""


@pytest.fixture
def fleet(world: World, tmp_path: Path) -> Iterator[Fleet]:
    found = Fleet(tmp_path)
    directory = world.cluster.plain_dsn(world.cluster.name("world_directory"))
    with with_settings(SAAS_REDIS_URL=found.valkey.url, SAAS_DIRECTORY_DSN=directory):
        yield found
    found.end()


def test_every_row_is_in_once_though_the_worker_was_killed(world: World, fleet: Fleet) -> None:
    ada = world.garage.ada
    csv = "code,name\n" + "".join(f"K{i},Part {i}\n" for i in range(ROWS))
    mapping = {"key": ["code"], "columns": [{"field": "code", "column": "code"}, {"field": "name", "column": "name"}]}
    given = {"object": "product", "fileName": "parts.csv", "csv": csv, "mapping": mapping}
    first = fleet.start()
    started = ada.ask(START, input=given)["importRunStart"]
    assert started["problems"] == []

    def run() -> dict[str, Any]:
        found: dict[str, Any] = ada.ask(FOLLOW, id=started["id"])["importRun"]
        return found

    eventually(lambda: run()["progress"]["done"] > 0)
    first.kill()
    killed_at = run()["progress"]["done"]
    assert 0 < killed_at < ROWS
    fleet.start()
    eventually(lambda: run()["state"] == "DONE")
    counts = {"rows": ROWS, "created": ROWS, "updated": 0, "unchanged": 0, "refused": 0, "warnings": 0}
    assert run() == {"state": "DONE", "counts": counts, "progress": {"rows": ROWS, "done": ROWS}}
    assert world.sql(world.garage, "SELECT count(*), count(DISTINCT code) FROM product") == [(ROWS, ROWS)]
    assert world.sql(world.garage, "SELECT count(*) FROM audit WHERE object = 'product'") == [(ROWS,)]
    assert world.rival.rita.ask(FOLLOW, id=started["id"]) == {"importRun": None}
