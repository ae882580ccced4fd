"""What strangers demand: the audits of graphql-http against a real server, relay-compiler against the schema."""

import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn

from saas.app import create_app
from saas.schema.build import sdl
from tests.tenants.place import until
from tests.world import World

HERE = Path(__file__).parent / "audits"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "atrium-audits"


@pytest.fixture(scope="module")
def packages() -> Path:
    """The folder with `node_modules`, installed once per lock file; skips without node, npm or network only."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node and npm are not on this machine")
    lock = (HERE / "package-lock.json").read_bytes()
    folder = CACHE / hashlib.sha256(lock).hexdigest()[:16]
    if not (folder / "complete").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, folder)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100, check=False)
        if done.returncode:
            said = done.stderr.strip()[-600:]
            if no_network(done.stderr):
                pytest.skip(f"npm does not reach its registry: {said}")
            pytest.fail(f"npm cannot install the auditors: {said}")
        (folder / "complete").touch()
    return folder


def no_network(said: str) -> bool:
    """Whether npm failed because nothing answers; a wrong lock file or a full disk is somebody's mistake."""
    return bool(re.search(r"code (ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH)\b", said))


def test_only_a_missing_network_excuses_the_auditors() -> None:
    assert no_network("npm error code EAI_AGAIN\nnpm error syscall getaddrinfo")
    assert not no_network("npm error code EINTEGRITY\nnpm error sha512 mismatch")
    assert not no_network("npm error code EUSAGE\nnpm error package.json and package-lock.json are not in sync")


@contextmanager
def serving() -> Iterator[str]:
    """The address of the whole application behind a real server."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(), log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        until(lambda: server.started, "the server serves")
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()


@pytest.mark.slow
def test_all_audits_of_graphql_http_are_green(world: World, packages: Path) -> None:
    shutil.copy(HERE / "http.mjs", packages)
    with serving() as url:
        command = ["node", "http.mjs", f"{url}/graphql", world.garage.ada.token]
        done = subprocess.run(command, cwd=packages, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert {name: said for name, said in told.items() if said != "ok"} == {}
    assert len(told) == 61


@pytest.mark.slow
def test_relay_compiler_accepts_the_schema(packages: Path, tmp_path: Path) -> None:
    for source in (HERE / "relay").iterdir():
        shutil.copy(source, tmp_path)
    (tmp_path / "schema.graphql").write_text(sdl(), "utf-8")
    artifacts = tmp_path / "artifacts"
    artifacts.mkdir()
    compiler = packages / "node_modules" / "relay-compiler" / "cli.js"
    command = ["node", str(compiler), "--noWatchman", "relay.config.json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert sorted(file.name.removesuffix(".graphql.js") for file in artifacts.iterdir()) == [
        "CustomersCardQuery",
        "CustomersCreateMutation",
        "CustomersNextPageQuery",
        "CustomersQuery",
        "Customers_card",
        "Customers_list",
    ]
