"""A disk that fills under the whole installation: writes are 503 until there is room again, and none is half there."""

import os
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from saas.cli.embedded.servers import servers
from tests.databases import RUN, Cluster
from tests.embedded.conftest import data, until  # noqa: F401  # a fixture
from tests.embedded.test_disk import fill
from tests.faults.running import Api, api, lines
from tests.tenants.place import with_settings
from tests.world import World, built

MEGABYTES = 600
BATCH = 20  # customers that are written together
LEAST = 'mutation { customerCreate(input: { name: "late" }) { id problems { code } } }'


@pytest.fixture
def disk(data: Path) -> Iterator[Path]:  # noqa: F811  # the fixture
    """A small disk of its own."""
    data.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(data)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.partition(chr(10))[0]}")
    yield data
    # A test that failed may have left something open there: the disk goes with it.
    subprocess.run(["umount", "--lazy", str(data)], check=True)


@pytest.fixture
def small(disk: Path) -> Iterator[World]:
    """The world on servers whose data are on that disk."""
    with servers(disk / "data") as running:
        cluster = Cluster(running.admin_dsn, running.redis_url, os.environ[RUN], "disk")
        with with_settings(SAAS_REDIS_URL=running.redis_url), built(cluster) as world:
            yield world


def write(served: Api, world: World, batch: str) -> httpx2.Response:
    """Twenty customers in one mutation, each with notes that cannot be compressed."""
    fields = "\n".join(
        f'c{n}: customerCreate(input: {{ name: "{batch}", notes: "{secrets.token_hex(2000)}" }})'
        " { id problems { code } }"
        for n in range(BATCH)
    )
    return served.graphql(world.garage.ada.token, f"mutation {{ {fields} }}")


@pytest.mark.parametrize("processes", ["1", "2"])
@pytest.mark.parametrize("log_is_there_too", [False, True])
def test_a_full_disk_refuses_writes_and_nothing_else(
    small: World, disk: Path, tmp_path: Path, processes: str, log_is_there_too: bool
) -> None:
    log = (disk if log_is_there_too else tmp_path) / "log"
    scratch = disk / "scratch"
    scratch.mkdir()
    kept, refused = set(), set()
    with api(log, "--processes", processes, TMPDIR=str(scratch)) as served:
        assert write(served, small, "before").status_code == 200
        kept.add("before")
        fill(disk / "other", leave_mb=0)
        for number in range(400):
            batch = f"batch {number}"
            answer = write(served, small, batch)
            if answer.status_code == 200:
                assert "errors" not in answer.json(), answer.text[:500]
                kept.add(batch)
                continue
            assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (503, "UNAVAILABLE")
            refused.add(batch)
            if len(refused) == 20:
                break
        assert len(refused) == 20
        for path in ("/healthz", "/readyz", "/metrics", "/", "/sign-in", "/nowhere", "/graphql") * 4:
            assert served.get(path).status_code
        (disk / "other").unlink()

        def works() -> bool:
            return served.graphql(small.garage.ada.token, LEAST).status_code == 200

        until(works, "writes are taken again")
        assert write(served, small, "after").status_code == 200
        kept.add("after")
    found = small.sql(small.garage, "SELECT name, count(*) FROM customer WHERE name <> 'late' GROUP BY name")
    assert dict(found) == dict.fromkeys(kept, BATCH)
    audited = "SELECT count(*) FROM customer c WHERE NOT EXISTS (SELECT FROM audit a WHERE a.record_id = c.id)"
    assert small.sql(small.garage, audited) == [(0,)]
    orphans = "SELECT count(*) FROM audit a WHERE NOT EXISTS (SELECT FROM customer c WHERE c.id = a.record_id)"
    assert small.sql(small.garage, f"{orphans} AND a.object = 'customer'") == [(0,)]
    if not log_is_there_too:
        assert "is full; nothing was written." in log.read_text()
        assert not [line for line in lines(log) if line["event"] in {"unexpected error", "api process lost"}]
