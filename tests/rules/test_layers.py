"""The layer contracts are whole: no layer and no library is forgotten, and a broken one is noticed."""

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
CONTRACTS: list[dict[str, Any]] = SETTINGS["tool"]["importlinter"]["contracts"]
LAYERS = {"app", "cli", "schema", "workers", "web", "modules", "engine", "tenants", "gateways", "kit"}

# What a dependency is imported as, where that is not its own name.
IMPORTED_AS = {
    "dnspython": "dns",
    "strawberry-graphql": "strawberry", "graphql-core": "graphql", "psycopg[binary]": "psycopg", "pyyaml": "yaml",
    "redis[hiredis]": "redis", "argon2-cffi": "argon2", "pillow": "PIL",
    "opentelemetry-sdk": "opentelemetry", "opentelemetry-exporter-otlp-proto-http": "opentelemetry",
}  # fmt: skip


def homes() -> dict[str, set[str]]:
    """For each library the layers that may import it, read from the contract's name and from its list."""
    found = {}
    for contract in CONTRACTS:
        if contract["type"] == "forbidden":
            (library,) = contract["forbidden_modules"]
            refused = {source.removeprefix("saas.") for source in contract["source_modules"]}
            named = contract["name"].removeprefix(f"{library} lives in ").partition(":")[0]
            assert LAYERS - refused == set(named.split(", ")), f"{library}: the name and the list differ"
            found[library] = LAYERS - refused
    return found


def test_the_stack_names_every_layer() -> None:
    stack = next(contract for contract in CONTRACTS if contract["id"] == "stack")
    assert {name.strip() for line in stack["layers"] for name in line.split("|")} == LAYERS | {"(__main__)"}


def test_every_dependency_has_a_home() -> None:
    extras = SETTINGS["project"]["optional-dependencies"].values()
    every = [*SETTINGS["project"]["dependencies"], *(line for extra in extras for line in extra)]
    dependencies = {line.partition(">=")[0] for line in every}
    libraries = {IMPORTED_AS.get(name, name).replace("-", "_") for name in dependencies}
    assert libraries == set(homes())


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A small project under the contracts of this one."""
    for layer in LAYERS - {"app"}:
        (tmp_path / "saas" / layer).mkdir(parents=True)
        (tmp_path / "saas" / layer / "__init__.py").write_text('"""A layer."""\n')
    (tmp_path / "saas" / "__init__.py").write_text('"""The product."""\n')
    (tmp_path / "saas" / "app.py").write_text('"""The application."""\n')
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text("utf-8"), "utf-8")
    return tmp_path


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, env={"COLUMNS": "200"})


def test_the_small_project_keeps_the_contracts(copy: Path) -> None:
    done = lint(copy)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("layer", "line", "contract"),
    [
        ("kit", "import saas.engine", "The stack: each layer knows only those below it"),
        ("modules", "import strawberry", "strawberry lives in schema"),
        ("web", "import psycopg", "psycopg lives in tenants, workers, cli"),
        ("modules/sales", "import saas.schema", "The stack"),
        ("modules/finance", "x = 1", "not listed"),
    ],
)
def test_a_broken_contract_is_noticed(copy: Path, layer: str, line: str, contract: str) -> None:
    (copy / "saas" / layer).mkdir(exist_ok=True)
    (copy / "saas" / layer / "__init__.py").write_text(f"{line}\n")
    done = lint(copy)
    assert done.returncode == 1
    assert contract in " ".join(done.stdout.split())
