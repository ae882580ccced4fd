"""`saas demo`: everything on one machine, kept running, and gone without a trace."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from saas.cli.demo_report import DemoReport, DemoTenant, DemoUser, tenants_as_json, tenants_from_json
from saas.cli.embedded.ports import any_free_port
from tests.databases import Cluster
from tests.embedded.conftest import is_running, until

# The first test waits for a whole demo, seeding included.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

QUICK = ("--size", "small", "--world", "invented")


@dataclass
class Demo:
    """A demo that runs in a process of its own."""

    process: subprocess.Popen[str]
    report: dict[str, Any]
    data: Path

    def what_is_missing(self, since: datetime | None = None) -> str:
        """What `/readyz` says is not well, looked at after `since`; nothing where everything is ready."""
        try:
            answer = httpx2.get(f"{self.report['url']}/readyz", timeout=30)
        except httpx2.HTTPError as error:
            return repr(error)
        if since and datetime.fromisoformat(answer.json()["lookedAt"]) <= since:
            return "an answer from before"
        return "" if answer.status_code == 200 else answer.text

    def below(self) -> dict[str, int]:
        """The processes that it started, by the last word that tells them apart."""
        found = {}
        for process in Path("/proc").iterdir():
            if process.name.isdigit() and (line := command_line(process)) and parent(process) == self.process.pid:
                found[next((word for word in ("postgres", "valkey", "worker", "serve") if word in line), line)] = int(
                    process.name
                )
        return found

    def stop(self) -> tuple[int, str]:
        """The exit code, and what it said on stdout since the line."""
        self.process.terminate()
        said, _ = self.process.communicate(timeout=90)
        return self.process.returncode, said


def command_line(process: Path) -> str:
    try:
        return (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def signed_in_as(demo: Demo, token: str) -> str:
    """The name that the API knows the owner of the token by."""
    answer = httpx2.post(
        demo.report["graphql"], json={"query": "{ viewer { name } }"}, headers={"Authorization": f"Bearer {token}"}
    )
    return str(answer.json()["data"]["viewer"]["name"])


def sign_in(demo: Demo, tenant: dict[str, Any], user: dict[str, Any]) -> httpx2.Response:
    body = {"tenant": tenant["slug"], "email": user["email"], "password": user["password"]}
    return httpx2.post(f"{demo.report['url']}/sign-in", json=body, timeout=10)


def works(demo: Demo, since: datetime) -> bool:
    """Ready as it says, by what it saw after `since`, and signing in, which asks the directory now."""
    tenant = demo.report["tenants"][0]
    try:
        return not demo.what_is_missing(since) and sign_in(demo, tenant, tenant["users"][0]).status_code == 200
    except httpx2.HTTPError:
        return False


def start(data: Path, *options: str, settings: dict[str, str] | None = None) -> Demo:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SAAS_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "saas", "demo", "--json", "--data", str(data), *options],
        stdout=subprocess.PIPE,
        text=True,
        env=environment | (settings or {}),
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        process.communicate()
        pytest.fail(f"the demo ended with exit code {process.returncode} before it was ready")
    return Demo(process, json.loads(line), data)


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with reachable_folder() as folder:
        running = start(folder / "data", "--port", str(any_free_port()), *QUICK)
        yield running
        running.stop()


@pytest.fixture
def starts() -> Iterator[Callable[..., Demo]]:
    """`start`, whose demos end with the test, however that ends."""
    with ExitStack() as ends:

        def start_for_test(data: Path, *options: str, settings: dict[str, str] | None = None) -> Demo:
            demo = start(data, *options, settings=settings)
            ends.callback(demo.stop)
            return demo

        yield start_for_test


@contextmanager
def reachable_folder() -> Iterator[Path]:
    """A folder where an ordinary user can reach the cluster: pytest's own are closed to others."""
    with tempfile.TemporaryDirectory(prefix="atrium-test-of-demo-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def data() -> Iterator[Path]:
    with reachable_folder() as folder:
        yield folder / "data"


def test_the_line_is_what_programs_expect(demo: Demo) -> None:
    assert list(demo.report) == ["url", "graphql", "pid", "mailbox", "sms", "tenants"]
    assert demo.report["pid"] == demo.process.pid
    assert demo.report["graphql"] == demo.report["url"] + "/graphql"
    # Until there is such a gateway: docs/decisions/0006.
    assert (demo.report["mailbox"], demo.report["sms"]) == (demo.report["url"] + "/mailbox", None)
    assert [tenant["slug"] for tenant in demo.report["tenants"]] == ["halden", "yunfan"]
    for tenant in demo.report["tenants"]:
        assert list(tenant) == ["slug", "name", "users"]
        for user in tenant["users"]:
            assert list(user) == ["email", "password", "roles", "token"]
    assert demo.what_is_missing() == ""


def test_every_token_and_every_password_works(demo: Demo) -> None:
    for tenant in demo.report["tenants"]:
        for user in tenant["users"][::3]:
            assert signed_in_as(demo, user["token"])
            answer = sign_in(demo, tenant, user)
            assert answer.status_code == 200, answer.text
            assert signed_in_as(demo, answer.json()["token"]) == signed_in_as(demo, user["token"])


@pytest.mark.parametrize("name", ["serve", "worker", "postgres", "valkey"])
def test_whatever_is_killed_comes_back(demo: Demo, name: str) -> None:
    until(lambda: name in demo.below(), f"{name} runs")
    os.kill(killed := demo.below()[name], signal.SIGKILL)
    since = datetime.now(UTC)
    until(lambda: demo.below().get(name, killed) != killed and works(demo, since), f"{name} is back and all is ready")


def test_the_settings_for_commands_are_the_owner_s_only(demo: Demo) -> None:
    file = demo.data / "settings.env"
    assert file.stat().st_mode & 0o777 == 0o600
    listed = subprocess.run(
        ["bash", "-c", f". {file} && {sys.executable} -m saas cell list --json"], capture_output=True, text=True
    )
    assert (listed.returncode, listed.stderr) == (0, "")
    assert '"main"' in listed.stdout


def test_a_second_demo_on_the_same_folder_is_refused_and_the_first_goes_on(demo: Demo) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SAAS_")}
    second = subprocess.run(
        [sys.executable, "-m", "saas", "demo", "--data", str(demo.data)],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert second.returncode == 5
    assert second.stderr.startswith(f"saas: The data folder {demo.data} is in use by another run (process ")
    assert demo.what_is_missing() == ""


def test_a_port_in_use_is_told_and_nothing_keeps_running() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SAAS_")}
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = subprocess.run(
            [sys.executable, "-m", "saas", "demo", "--json", "--port", str(port)],
            capture_output=True,
            text=True,
            env=environment,
        )
    assert (refused.returncode, refused.stdout) == (5, "")
    told = json.loads(refused.stderr.splitlines()[-1])["error"]
    assert told["message"] == f"Port {port} on 127.0.0.1, which the API was to listen on, is in use by another program."


def test_a_killed_demo_takes_everything_down_and_starts_again_with_what_it_had(
    data: Path, starts: Callable[..., Demo]
) -> None:
    first = starts(data, *QUICK)
    below = list(first.below().values())
    assert len(below) == 4
    first.process.kill()
    first.process.communicate()
    again = starts(data, *QUICK)  # at once
    assert not any(is_running(pid) for pid in below)
    assert without_tokens(again) == without_tokens(first)
    assert signed_in_as(again, again.report["tenants"][0]["users"][0]["token"])
    below = list(again.below().values())
    assert again.stop() == (0, "")
    assert not any(is_running(pid) for pid in below)


def without_tokens(demo: Demo) -> list[tuple[str, str, list[str]]]:
    return [
        (tenant["slug"], tenant["name"], [user["email"] for user in tenant["users"]])
        for tenant in demo.report["tenants"]
    ]


def test_with_servers_of_one_s_own_none_is_started(
    cluster: Cluster, tmp_path: Path, starts: Callable[..., Demo]
) -> None:
    settings = {name: value for name, value in os.environ.items() if name.startswith("SAAS_")}
    settings["SAAS_DIRECTORY_DSN"] = cluster.plain_dsn(cluster.name("demo_directory"))
    running = starts(tmp_path / "data", "--size", "none", settings=settings)
    assert sorted(running.below()) == ["serve", "worker"]
    assert running.what_is_missing() == ""
    assert not (tmp_path / "data" / "postgres").exists()
    assert running.stop() == (0, "")


def test_the_companies_survive_being_written_down() -> None:
    tenants = (DemoTenant("garage", "车行", (DemoUser("a@garage.example", "pass word", ("admin",), "token"),)),)
    assert tenants_from_json(tenants_as_json(tenants)) == tenants
    line = DemoReport("http://h", "http://h/graphql", 7, None, None, tenants).as_json()
    assert "\n" not in line
    assert json.loads(line)["tenants"][0]["users"][0]["roles"] == ["admin"]
