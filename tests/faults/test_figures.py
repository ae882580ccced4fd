"""`/metrics` of a running API after a real query and a real job."""

from pathlib import Path

import pytest
import redis
from sqlalchemy import text

from saas.engine.scope import open_scope
from saas.kit.settings import settings
from saas.tenants.cells import as_owner
from tests.embedded.conftest import until
from tests.faults.running import Api, api, process
from tests.workers.marks import mark_fail, mark_set
from tests.world import World


def figures(served: Api) -> dict[str, float]:
    """What `/metrics` shows, by the name with its labels."""
    told = served.get("/metrics").text.splitlines()
    names = [line for line in told if line.startswith("# TYPE")]
    assert len(names) == len(set(names))
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in told if line[:1] != "#")}


@pytest.mark.parametrize("processes", ["1", "2"])
def test_requests_connections_and_jobs_are_shown(world: World, tmp_path: Path, processes: str) -> None:
    redis.Redis.from_url(settings().redis_url).flushdb()
    tenant = world.garage.tenant
    with as_owner(tenant.cell) as connection:
        connection.execute(text(f'CREATE TABLE IF NOT EXISTS "{tenant.schema}".mark (id uuid PRIMARY KEY, name text)'))
    with api(tmp_path / "log", "--processes", processes) as served:
        assert served.graphql(world.garage.sam.token, "{ viewer { name } }").status_code == 200
        seen = figures(served)
        assert seen['atrium_requests_total{door="graphql",operation="query",status="200"}'] == 1
        assert seen['atrium_request_seconds_count{door="graphql",operation="query"}'] == 1
        for database in ("main", "directory"):
            assert seen[f'atrium_connections{{database="{database}",state="idle"}}'] == 1
            assert seen[f'atrium_connections{{database="{database}",state="busy"}}'] == 0
        assert not [name for name in seen if name.startswith("atrium_job")]
        with process(tmp_path / "worker", "tests.workers.worker_process"):
            with open_scope(tenant, None, write=True) as scope:
                for name in ("one", "two"):
                    scope.later(mark_set, name=name)
                scope.later(mark_fail, name="three")
            dead = 'atrium_jobs_total{outcome="dead",task="mark_fail"}'
            until(lambda: figures(served).get(dead) == 1, "the dead job is counted", seconds=30)
        seen = figures(served)  # also when the worker has ended
        assert seen['atrium_jobs_total{outcome="done",task="mark_set"}'] == 2
        assert seen['atrium_jobs_total{outcome="failed",task="mark_fail"}'] == 1
        assert seen['atrium_job_seconds_count{task="mark_set"}'] == 2
        assert seen['atrium_job_seconds_bucket{le="+Inf",task="mark_fail"}'] == 2
        assert seen['atrium_job_seconds_sum{task="mark_set"}'] > 0


def test_without_redis_the_other_figures_are_still_shown(world: World, tmp_path: Path) -> None:
    with api(tmp_path / "log", SAAS_REDIS_URL="redis://127.0.0.1:1/0") as served:
        served.graphql(world.garage.sam.token, "{ viewer { name } }")
        seen = figures(served)
        assert seen['atrium_requests_total{door="graphql",operation="query",status="200"}'] == 1
        assert not [name for name in seen if name.startswith("atrium_job")]
