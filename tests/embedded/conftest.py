"""Folders, accounts and patience for the tests of the embedded servers."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from saas.cli.embedded.account import NOBODY, Account, choose_account


@pytest.fixture
def data() -> Iterator[Path]:
    """A folder for a cluster, where an ordinary user can reach it: pytest's own folders are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="atrium-embedded-"))
    folder.chmod(0o755)
    yield folder / "data"
    shutil.rmtree(folder)


@pytest.fixture(params=["chosen", "nobody"])
def account(request: pytest.FixtureRequest) -> Account:
    """The account that the launcher chooses here, and the one it falls back to where namespaces are refused."""
    if request.param == "chosen":
        return choose_account()
    if os.geteuid() != 0:
        pytest.skip("only root can run a server as another user")
    return Account(uid=NOBODY)


def until(holds: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Wait until something holds, and fail with its name when it does not."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"after {seconds} s still not: {what}"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    """Whether there is such a process and it is no zombie."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
