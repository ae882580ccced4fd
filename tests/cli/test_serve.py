"""`saas serve` as a real process: it replaces what is lost, finishes what is under way, and leaves nothing behind."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from saas.kit import metrics
from tests.embedded.conftest import is_running, until

ROOT = Path(__file__).parents[2]
LOOPBACK = "127.0.0.1"


class Serving:
    """A running `saas serve` on a port of its own."""

    def __init__(self, processes: int, log: Path) -> None:
        self.port = free_port()
        self.log = log
        command = [sys.executable, "-m", "saas", "serve", "--port", str(self.port), "--processes", str(processes)]
        with log.open("wb") as out:
            self.process = subprocess.Popen(command, cwd=ROOT, stderr=out, stdout=out)
        until(lambda: self.get("/healthz") == 200, f"answers; {log}")

    def get(self, path: str, **headers: str) -> int:
        """The status of the answer, 0 where there is none."""
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=10)
        try:
            connection.request("GET", path, headers=headers)
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def children(self) -> list[int]:
        """The process ids of the forked processes."""
        told = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(child) for child in told.read_text().split()] if told.exists() else []

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@contextmanager
def serving(processes: int, log: Path) -> Iterator[Serving]:
    served = Serving(processes, log)
    try:
        yield served
    finally:
        # Its children go with it: a test below makes sure.
        served.process.kill()
        served.process.wait(10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def test_one_process_serves_and_ends_in_good_order(tmp_path: Path) -> None:
    with serving(1, tmp_path / "log") as served:
        assert served.children() == []
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(10) == 0
        lines = served.lines()
        assert [line["path"] for line in lines if line["event"] == "request"][-1] == "/healthz"
        assert [line for line in lines if line["level"] in {"warning", "error"}] == []


def test_a_port_in_use_is_told_before_anything_else(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "saas", "serve", "--port", str(port)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 5
    assert done.stderr == (
        f"saas: Cannot listen on 127.0.0.1:{port}: Address already in use."
        " Choose another with --port, or stop the program that has it.\n"
    )


def test_an_address_that_is_not_ours_is_told(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "saas", "serve", "--host", "no such host", "--port", "0"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 6
    assert done.stderr.startswith("saas: Cannot listen on no such host:0: ")


def test_a_process_that_is_killed_is_replaced_and_the_port_goes_on_answering(tmp_path: Path) -> None:
    with serving(2, tmp_path / "log") as served:
        until(lambda: len(served.children()) == 2, "two children")
        lost = served.children()[0]
        os.kill(lost, signal.SIGKILL)
        until(lambda: len(served.children()) == 2 and lost not in served.children(), "a new child")
        assert [served.get("/healthz") for _ in range(10)] == [200] * 10
        told = [line for line in served.lines() if line["event"] == "api process lost"]
        assert [(line["pid"], line["exit"]) for line in told] == [(lost, -signal.SIGKILL)]


def shared_figures(processes: list[int]) -> set[Path]:
    """The folders of the figures that these processes have mapped into their memory."""
    maps = "".join(Path(f"/proc/{process}/maps").read_text() for process in processes)
    files = [line.split()[-1] for line in maps.splitlines()]
    return {Path(file).parent for file in files if "/atrium-metrics-" in file}


def test_on_sigterm_all_end_and_the_figures_are_cleared_away(tmp_path: Path) -> None:
    with serving(2, tmp_path / "log") as served:
        until(lambda: len(served.children()) == 2, "two children")
        children = served.children()
        # Figures are mapped when there is something to count, so with the first answer.
        until(lambda: served.get("/healthz") == 200 and bool(shared_figures(children)), "figures are shared")
        (folder,) = shared_figures(children)
        assert folder.parent == Path(metrics.folder_in_memory() or tempfile.gettempdir())
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(15) == 0
        assert [is_running(child) for child in children] == [False, False]
    assert not folder.exists()


def test_what_is_under_way_is_finished_before_the_end(tmp_path: Path) -> None:
    with serving(2, tmp_path / "log") as served:
        body = b'{"tenant": "acme"}'
        with socket.create_connection((LOOPBACK, served.port), timeout=10) as line:
            head = f"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
            line.sendall(head.encode())
            assert line.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"  # so it has begun
            line.sendall(body[:5])
            served.process.send_signal(signal.SIGTERM)
            until(lambda: b"Shutting down" in served.log.read_bytes(), "the end has begun")
            line.sendall(body[5:])
            answer = b"".join(iter(lambda: line.recv(4096), b""))
        assert answer.startswith(b"HTTP/1.1 400 Bad Request")
        assert b"email: is missing." in answer
        assert served.process.wait(15) == 0


def test_when_the_parent_is_killed_its_children_go_too_and_the_next_one_cleans_up(tmp_path: Path) -> None:
    with serving(2, tmp_path / "log") as served:
        until(lambda: len(served.children()) == 2, "two children")
        children = served.children()
        until(lambda: served.get("/healthz") == 200 and bool(shared_figures(children)), "figures are shared")
        (folder,) = shared_figures(children)
        served.process.kill()
        served.process.wait(10)
        until(lambda: not any(is_running(child) for child in children), "no child is left")
        assert served.get("/healthz") == 0
    assert folder.exists()
    with serving(2, tmp_path / "next log"):
        assert not folder.exists()


@pytest.mark.parametrize("arguments", [["--port", "70000"], ["--processes", "0"], ["--workers", "2"]])
def test_a_wrong_option_is_told(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "saas", "serve", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 2
    assert arguments[0] in done.stderr


@pytest.mark.parametrize(("proxies", "statuses"), [("127.0.0.1", [200, 200, 429]), ("", [200, 429, 429])])
def test_who_comes_through_a_proxy_is_told_apart_where_it_is_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, proxies: str, statuses: list[int]
) -> None:
    monkeypatch.setenv("SAAS_PROXIES", proxies)
    monkeypatch.setenv("SAAS_ADDRESS_RATE", "1")
    monkeypatch.setenv("SAAS_REDIS_URL", "redis://127.0.0.1:1/0")  # counted by this process alone
    with serving(1, tmp_path / "log") as served:
        came = ["203.0.113.7", "203.0.113.8", "203.0.113.8"]
        assert [served.get("/account/sign-in", **{"X-Forwarded-For": each}) for each in came] == statuses
