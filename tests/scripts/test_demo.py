"""`scripts/demo`, the first command of a newcomer: told on stderr, one line on stdout, ended by one signal."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.embedded.conftest import is_running, until

ROOT = Path(__file__).parents[2]


def below(pid: int) -> list[int]:
    """Its children, whichever of its threads has started them."""
    return [int(child) for file in Path(f"/proc/{pid}/task").glob("*/children") for child in file.read_text().split()]


@pytest.mark.slow
def test_it_tells_how_far_it_is_and_ends_with_all_it_started() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SAAS_")}
    process = subprocess.Popen(
        [ROOT / "scripts" / "demo", "--size", "none", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd="/",
        env=environment,
    )
    assert process.stdout is not None
    report = json.loads(process.stdout.readline() or "{}")
    started = below(process.pid)
    process.send_signal(signal.SIGTERM)
    said, told = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, ""), told
    assert report["pid"] == process.pid  # the script has become the demo
    steps = [line.partition(" s  ")[2] for line in told.splitlines()]
    wanted = ["Starting Postgres and Valkey", "Migrating", "Starting worker and API", "Ready", "Stopped"]
    assert [step for step in steps if step in wanted] == wanted
    assert len(started) == 4
    until(lambda: not any(is_running(pid) for pid in started), "all that it started has ended")
