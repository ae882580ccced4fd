"""Children are kept: started again, asked once to stop, and never outlive a stop."""

import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from saas.cli.embedded.supervisor import Child, Supervisor
from saas.kit.errors import Unavailable
from tests.embedded.conftest import is_running, until

# Says "up", then each time that it is asked; ends when the gate, a pipe, is opened and closed.
POLITE = """
import signal
signal.signal(signal.SIGTERM, lambda *_: print("asked", flush=True))
print("up", flush=True)
open({gate!r}).read()
"""
DEAF = """
import os, signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
helper = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
print("up", os.getpid(), helper.pid, flush=True)
signal.pause()
"""
# Lives until it is told to die; when the gate is there it dies at once.
MORTAL = """
import os, signal
def end(*_):
    raise SystemExit(3)
signal.signal(signal.SIGUSR1, end)
print("up", flush=True)
if not os.path.exists({gate!r}):
    signal.pause()
end()
"""


def child(code: str, log: Path, name: str = "api", stop_seconds: float = 10) -> Child:
    return Child(
        name=name,
        command=(sys.executable, "-c", code),
        log=log,
        ready=lambda: log.exists() and "up" in log.read_text(),
        stop_seconds=stop_seconds,
        start_seconds=10,
    )


def test_a_child_is_asked_once_to_stop(tmp_path: Path) -> None:
    gate, log = tmp_path / "gate", tmp_path / "log"
    os.mkfifo(gate)
    supervisor = Supervisor()
    supervisor.start(child(POLITE.format(gate=str(gate)), log))
    with ThreadPoolExecutor(1) as pool:
        stopped = pool.submit(supervisor.stop)
        until(lambda: "asked" in log.read_text(), "it was asked")
        gate.write_text("")
        stopped.result()
    assert log.read_text() == "up\nasked\n"


def test_a_child_that_does_not_listen_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    told: list[str] = []
    supervisor = Supervisor(told.append)
    supervisor.start(child(DEAF, tmp_path / "log", stop_seconds=0.3))
    pids = [int(pid) for pid in (tmp_path / "log").read_text().split()[1:]]
    assert [is_running(pid) for pid in pids] == [True, True]
    supervisor.stop()
    until(lambda: not any(is_running(pid) for pid in pids), "both are gone")
    assert told == ["api did not stop within 0 s and was killed"]


def test_what_a_killed_child_started_ends_before_it_is_started_again(tmp_path: Path) -> None:
    supervisor = Supervisor()
    supervisor.start(child(DEAF, tmp_path / "log", stop_seconds=0.3))
    leader, helper = (int(pid) for pid in (tmp_path / "log").read_text().split()[1:])
    os.kill(leader, signal.SIGKILL)
    until(lambda: (tmp_path / "log").read_text().count("up") == 2, "the child was started again")
    assert [is_running(leader), is_running(helper)] == [False, False]
    supervisor.stop()


def test_a_child_that_keeps_dying_is_started_less_and_less_often(tmp_path: Path) -> None:
    told: list[str] = []
    supervisor = Supervisor(told.append)
    supervisor.start(child(MORTAL.format(gate=str(tmp_path / "gate")), tmp_path / "log"))
    (tmp_path / "gate").touch()
    os.kill(supervisor.pid("api"), signal.SIGUSR1)
    until(lambda: len(told) >= 3, "three deaths")
    supervisor.stop()
    assert told[:3] == [f"api ended with exit code 3; started again in {wait} s" for wait in ("0.1", "0.2", "0.4")]


def test_a_child_that_dies_before_it_is_ready_is_an_error_with_its_last_words(tmp_path: Path) -> None:
    supervisor = Supervisor()
    with pytest.raises(Unavailable, match=r"(?s)api ended before it was ready.*no such table.*The whole log: .*log"):
        supervisor.start(child("raise SystemExit('no such table')", tmp_path / "log"))
    assert supervisor.names() == []


def test_the_last_started_stops_first(tmp_path: Path) -> None:
    order = tmp_path / "order"
    code = """
import signal
def asked(*_):
    open({order!r}, "a").write({name!r} + " ")
    raise SystemExit
signal.signal(signal.SIGTERM, asked)
print("up", flush=True)
signal.pause()
"""
    supervisor = Supervisor()
    for name in ("postgres", "worker", "api"):
        supervisor.start(child(code.format(order=str(order), name=name), tmp_path / name, name))
    supervisor.stop()
    assert order.read_text() == "api worker postgres "
