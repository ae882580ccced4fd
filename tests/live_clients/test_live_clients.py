"""The reference clients, graphql-ws and graphql-sse of npm, follow a list while the server goes and comes back."""

import json
import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from saas.cli.embedded.ports import any_free_port
from tests.faults.running import ROOT, process
from tests.npm import installed
from tests.tenants.place import until
from tests.world import World

HERE = Path(__file__).parent
NOW = '{ changes(objects: ["customer"], from: NOW, first: 0) { cursor } }'
CREATE = "mutation($name: String!) { customerCreate(input: { name: $name }) { id } }"
PATIENCE = 60.0  # seconds after which the test has waited in vain


class Clients:
    """Both clients in one process of node, and what they have printed."""

    def __init__(self, running: subprocess.Popen[str]) -> None:
        self._running = running
        self._lines: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.names: dict[str, list[str]] = {"ws": [], "sse": []}
        self.closed: list[int] = []
        self.connected: list[str] = []

    def _read(self) -> None:
        assert self._running.stdout
        for line in self._running.stdout:
            self._lines.put(json.loads(line))

    def take(self) -> None:
        """Put the next line where it belongs."""
        told = self._lines.get(timeout=PATIENCE)
        if "name" in told:
            assert told["kind"] == "CREATED"
            self.names[told["by"]].append(told["name"])
        elif "closed" in told:
            self.closed.append(told["closed"])
        elif "connected" in told:
            self.connected.append(told["by"])
        else:
            raise AssertionError(told)

    def until_both_heard(self, names: list[str]) -> None:
        while not all(len(told) >= len(names) for told in self.names.values()):
            self.take()


@contextmanager
def clients(given: dict[str, str]) -> Iterator[Clients]:
    packages = installed(HERE)
    shutil.copy(HERE / "client.mjs", packages)
    command = ["node", "client.mjs", json.dumps(given)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=packages, **pipes) as running:
        try:
            yield Clients(running)
        finally:
            running.kill()


@contextmanager
def serving(port: int, log: Path) -> Iterator[None]:
    with process(log, "saas", "serve", "--port", str(port)):
        until(lambda: answers(port), "the server answers", PATIENCE)
        yield


@contextmanager
def killed(port: int) -> Iterator[None]:
    """A server that ends without a farewell."""
    command = [sys.executable, "-m", "saas", "serve", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as running:
        try:
            until(lambda: answers(port), "the server answers", PATIENCE)
            yield
        finally:
            running.kill()


def answers(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
    except httpx2.TransportError:
        return False


@pytest.mark.slow
@pytest.mark.timeout(300)  # it starts three servers
def test_both_follow_through_a_restart_without_a_gap(world: World, tmp_path: Path) -> None:
    ada, port, log = world.garage.ada, any_free_port(), tmp_path / "log"
    after = ada.ask(NOW)["changes"]["cursor"]
    given = {"url": f"http://127.0.0.1:{port}/graphql", "token": ada.token, "after": after}
    made: list[str] = []

    def make(*names: str) -> None:
        for name in names:
            assert ada.ask(CREATE, name=name)["customerCreate"]["id"]
            made.append(name)

    world.rival.rita.ask(CREATE, name="Foreign")
    with clients(given) as both:
        with serving(port, log):
            make("A", "B")
            both.until_both_heard(made)
        make("C", "D", "E")  # while nobody serves
        with serving(port, log):
            make("F")
            both.until_both_heard(made)
        with killed(port):
            make("G")
            both.until_both_heard(made)
        make("H")
        with serving(port, log):
            both.until_both_heard(made)
    assert both.names == {"ws": made, "sse": made}
    assert both.closed.count(1012) == 2  # in good order, and once not
    assert 1006 in both.closed
