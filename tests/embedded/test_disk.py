"""A disk without room: told before anything is half-made, and survived when it happens later."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from saas.cli.embedded.account import choose_account
from saas.cli.embedded.folder import DataFolder
from saas.cli.embedded.postgres import prepare_cluster
from saas.cli.embedded.programs import postgres_programs
from saas.cli.embedded.servers import servers, start_servers
from saas.kit.errors import Unavailable
from tests.embedded.conftest import until


@pytest.fixture
def small_disk(data: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A disk of the size that the test asks for."""
    data.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={request.param}m", "tmpfs", str(data)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.partition(chr(10))[0]}")
    yield data / "data"
    subprocess.run(["umount", str(data)], check=True)


@pytest.mark.parametrize("small_disk", [40], indirect=True)
def test_too_little_room_is_told_before_a_cluster_is_begun(small_disk: Path) -> None:
    with pytest.raises(Unavailable, match=r"has \d\d MB free, and a new cluster needs 150 MB. Make room"):
        start_servers(small_disk)
    assert not (small_disk / "postgres.partial").exists()


@pytest.mark.parametrize("small_disk", [24], indirect=True)
def test_a_disk_that_fills_while_the_cluster_is_made_leaves_no_half(small_disk: Path) -> None:
    folder = DataFolder(small_disk).hold(for_cluster=False)
    programs, account = postgres_programs(), choose_account()
    with pytest.raises(Unavailable, match=rf"The disk of {small_disk}/.* is full. Make room"):
        prepare_cluster(folder, programs, account, "password", durable=True)
    folder.release()
    left = sorted(path.name for path in small_disk.rglob("*"))
    assert left in (["lock", "logs", "valkey"], sorted(["lock", "logs", "programs", "valkey", programs.version]))


@pytest.mark.parametrize("small_disk", [200], indirect=True)
def test_a_full_disk_is_survived_and_work_goes_on_when_there_is_room_again(small_disk: Path) -> None:
    with servers(small_disk) as running:
        with psycopg.connect(running.admin_dsn) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS number")
        fill(small_disk / "other", leave_mb=0)
        with pytest.raises(psycopg.Error):
            write_much(running.admin_dsn)
        (small_disk / "other").unlink()

        def works() -> bool:
            try:
                with psycopg.connect(running.admin_dsn) as connection:
                    connection.execute("INSERT INTO kept VALUES (2)")
                    return True
            except psycopg.Error:
                return False

        until(works, "Postgres takes writes again", seconds=40)
        with psycopg.connect(running.admin_dsn) as connection:
            assert connection.execute("SELECT number FROM kept ORDER BY 1").fetchall() == [(1,), (2,)]


def write_much(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE big AS SELECT repeat(md5(n::text), 10) FROM generate_series(1, 400000) n")


def fill(file: Path, *, leave_mb: int) -> None:
    """Take all room but so much."""
    room = os.statvfs(file.parent)
    left = room.f_bavail * room.f_frsize - leave_mb * 2**20
    with file.open("wb") as taken:
        while left > 0:
            chunk = min(left, 2**20)
            try:
                taken.write(bytes(chunk))
                taken.flush()
            except OSError:
                return
            left -= chunk
