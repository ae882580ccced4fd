"""The API and the worker of a demo, kept running beside the servers."""

import http.client
import json
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from saas.cli.embedded.ports import LOOPBACK
from saas.cli.embedded.supervisor import Child
from saas.gateways.heartbeat import worker_heartbeats
from saas.kit.errors import AtriumError, Unavailable

QUERY = "{ viewer { name } customers(first: 3) { nodes { name } totalCount { value } } }"


def api_child(port: int, environment: Mapping[str, str], logs: Path) -> Child:
    """`saas serve`, ready when everything behind it is: schema, cells, Redis, worker."""
    return Child(
        name="api",
        command=(sys.executable, "-m", "saas", "serve", "--port", str(port)),
        log=logs / "api.log",
        ready=lambda: _readiness(port)[0] == 200,
        environment=environment,
        explain=lambda _: _why_not_ready(port),
        start_seconds=120,  # a busy machine takes its time
        stop_seconds=30,  # it finishes the answers that are under way
    )


def worker_child(environment: Mapping[str, str], logs: Path) -> Child:
    """`saas worker`, ready when it says so in Redis."""
    return Child(
        name="worker",
        command=(sys.executable, "-m", "saas", "worker"),
        log=logs / "worker.log",
        ready=_worker_lives,
        environment=environment,
        start_seconds=120,
        stop_seconds=15,
    )


def ask(graphql: str, token: str, query: str = QUERY) -> str:
    """The answer of the running API, as it comes."""
    parts = urlsplit(graphql)
    connection = http.client.HTTPConnection(parts.hostname or LOOPBACK, parts.port, timeout=30)
    try:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        connection.request("POST", parts.path, json.dumps({"query": query}), headers)
        return connection.getresponse().read().decode()
    except OSError as error:
        raise Unavailable(f"{graphql} does not answer: {error}.") from None
    finally:
        connection.close()


def curl(graphql: str, token: str, query: str = QUERY) -> str:
    """The same as a command to copy."""
    body = shlex.quote(json.dumps({"query": query}))
    return (
        f"curl {graphql} \\\n  -H 'Authorization: Bearer {token}' \\\n"
        f"  -H 'Content-Type: application/json' \\\n  -d {body}"
    )


def _worker_lives() -> bool:
    try:
        return bool(worker_heartbeats())
    except Unavailable:
        return False


def _readiness(port: int) -> tuple[int, str]:
    """Status and text of /readyz; (0, "") where nobody answers."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        return response.status, response.read().decode()
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


def _why_not_ready(port: int) -> AtriumError | None:
    _, said = _readiness(port)
    return Unavailable(f"The API runs and is not ready: {said}") if said else None
