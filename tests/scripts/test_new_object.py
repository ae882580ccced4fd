"""scripts/new-object: what it writes passes every check and its own test, after a migration."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.rules.project import Project

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what git knows or would add."""
    folder = tmp_path_factory.mktemp("checkout")
    for path in Project(ROOT).paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, folder / path)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


def run(checkout: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(checkout)}
    return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)


def done(checkout: Path, *command: str) -> str:
    told = run(checkout, *command)
    assert told.returncode == 0, f"{command}\n{told.stdout[-3000:]}\n{told.stderr[-3000:]}"
    return told.stdout


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("shoes", "boot"), "There is no module 'shoes'. There are: catalog, customers, "),
        (("customers", "customer"), "There is an object 'customer' already, or a file of it."),
        (("customers", "PriceList"), "'PriceList' is no name for an object."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_nothing_written(checkout: Path, arguments: tuple[str, ...], reason: str) -> None:
    before = sorted(checkout.rglob("*.py"))
    told = run(checkout, "scripts/new-object", *arguments, "--zh", "物")
    assert told.returncode == 2
    assert told.stderr.startswith(f"scripts/new-object: {reason}")
    assert sorted(checkout.rglob("*.py")) == before


@pytest.mark.slow
def test_what_it_writes_is_whole(checkout: Path) -> None:
    told = done(
        checkout, "scripts/new-object", "customers", "price_wish", "--zh", "价格意愿", "--plural", "Price wishes"
    )
    assert told.splitlines()[:3] == [
        "wrote saas/modules/customers/price_wish.py",
        "wrote tests/modules/customers/test_price_wish.py",
        "wrote saas/modules/customers/__init__.py",
    ]
    migration = Path(done(checkout, "scripts/migration", "price_wish").splitlines()[-1])
    text = migration.read_text("utf-8")
    migration.write_text(re.sub(r"to_regclass\('…'\)", "to_regclass('price_wish')", text), "utf-8")
    done(checkout, "git", "init", "--quiet")
    python = ".venv/bin/python"
    run(checkout, python, "-m", "ruff", "check", "--fix", "--quiet", ".")
    for tool in (["ruff", "format", "--quiet", "."], ["ruff", "check", "."], ["scripts.rules"]):
        done(checkout, python, "-m", *tool)
    shown = done(checkout, python, "-m", "saas", "explain", "price_wish")
    assert shown.startswith("Price wish / 价格意愿 (price_wish, code 0x")
    assert "  priceWishes\n" in shown
    passed = done(
        checkout, python, "-m", "pytest", "-q", "-p", "no:randomly", "tests/modules/customers/test_price_wish.py"
    )
    assert "3 passed" in passed
