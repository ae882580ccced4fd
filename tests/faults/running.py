"""`saas serve` and a worker as real processes, with a log that may stand anywhere."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from saas.cli.embedded.ports import any_free_port
from tests.embedded.conftest import until

ROOT = Path(__file__).parents[2]
# What nobody answers in this time hangs: the statement that takes longest is ended by Postgres after 30 s.
PATIENCE = 40.0


class Api:
    """A running `saas serve`."""

    def __init__(self, client: httpx2.Client, process: subprocess.Popen[bytes]) -> None:
        self._client = client
        self.process = process

    @property
    def url(self) -> str:
        return str(self._client.base_url).rstrip("/")

    def get(self, path: str) -> httpx2.Response:
        return self._client.get(path)

    def graphql(
        self, token: str, query: str, *, headers: dict[str, str] | None = None, **variables: Any
    ) -> httpx2.Response:
        headers = {"authorization": f"Bearer {token}", **(headers or {})}
        return self._client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)

    def answers(self) -> bool:
        """Whether it lives and its event loop turns."""
        try:
            return self.get("/healthz").status_code == 200
        except httpx2.TransportError:
            return False


@contextmanager
def api(log: Path, *arguments: str, **settings: str) -> Iterator[Api]:
    """`saas serve` with its log in this file; it must end in good order."""
    port = any_free_port()
    with (
        process(log, "saas", "serve", "--port", str(port), *arguments, **settings) as running,
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client,
    ):
        served = Api(client, running)
        until(served.answers, f"the API answers; {log}")
        yield served


@contextmanager
def process(log: Path, module: str, *arguments: str, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Python program of ours; ended by SIGTERM, and its exit code must be 0."""
    with log.open("ab") as out:
        running = subprocess.Popen(
            [sys.executable, "-m", module, *arguments], cwd=ROOT, env={**os.environ, **settings}, stderr=out
        )
    try:
        yield running
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == 0
    finally:
        running.kill()
        running.wait(10)


def lines(log: Path) -> list[dict[str, Any]]:
    """The log, line by line."""
    return [json.loads(line) for line in log.read_text().splitlines()]
