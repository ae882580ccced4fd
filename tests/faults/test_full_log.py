"""A log that takes nothing stops nobody: neither the start, nor an answer, nor the end."""

from pathlib import Path

import pytest

from saas.gateways.heartbeat import Heartbeats
from saas.kit.settings import settings
from tests.faults.running import api, process
from tests.workers.place import eventually
from tests.world import World

FULL = Path("/dev/full")  # every write to it fails as on a full disk


@pytest.mark.parametrize("processes", ["1", "2"])
def test_the_api_starts_answers_and_ends_with_a_full_log(world: World, processes: str) -> None:
    with api(FULL, "--processes", processes) as served:
        answer = served.graphql(world.garage.sam.token, "{ viewer { name } }")
        assert (answer.status_code, answer.json()["data"]) == (200, {"viewer": {"name": "sam"}})
        assert served.graphql("nonsense", "{ viewer { name } }").status_code == 401


def test_a_bug_is_answered_with_a_full_log(world: World) -> None:
    world.sql(world.garage, "ALTER TABLE product RENAME TO elsewhere")
    try:
        with api(FULL) as served:
            answer = served.graphql(world.garage.ada.token, "{ products { nodes { id } } }")
            assert answer.json()["errors"][0]["extensions"]["code"] == "INTERNAL"
            assert served.graphql(world.garage.sam.token, "{ viewer { name } }").status_code == 200
    finally:
        world.sql(world.garage, "ALTER TABLE elsewhere RENAME TO product")


def test_a_worker_lives_with_a_full_log(world: World) -> None:
    hearts = Heartbeats(settings().redis_url)
    with process(FULL, "saas", "worker") as running:
        eventually(lambda: [each for each in hearts.alive() if f":{running.pid}:" in each.name])
