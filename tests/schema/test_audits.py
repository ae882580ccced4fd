"""What strangers demand: the audits of graphql-http against a real server, relay-compiler against the schema."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from saas.schema.build import sdl
from tests.npm import installed, no_network
from tests.served import serving
from tests.world import World

HERE = Path(__file__).parent / "audits"


@pytest.fixture(scope="module")
def packages() -> Path:
    """The folder with the auditors; skips where they cannot be had."""
    return installed(HERE)


def test_only_a_missing_network_excuses_the_auditors() -> None:
    assert no_network("npm error code EAI_AGAIN\nnpm error syscall getaddrinfo")
    assert not no_network("npm error code EINTEGRITY\nnpm error sha512 mismatch")
    assert not no_network("npm error code EUSAGE\nnpm error package.json and package-lock.json are not in sync")


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
