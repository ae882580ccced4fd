"""docs/add-an-object.md is carried out to the letter, in a copy of the checkout."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.rules.project import Project

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "add-an-object.md").read_text("utf-8")
FILES = dict(re.findall(r"Write `([^`]+)`:\n\n```python\n(.*?)```", PAGE, re.DOTALL))
COMMANDS = [line for block in re.findall(r"Run:\n\n```\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]


def run(command: str, folder: Path) -> str:
    done = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, timeout=280, check=False)  # noqa: S602  # commands of the page
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what git knows or would add."""
    for path in Project(ROOT).paths:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    return tmp_path


@pytest.mark.slow
@pytest.mark.timeout(300)  # all checks and contracts run in it, twice as long where two cores are slow
def test_the_page_can_be_carried_out(checkout: Path) -> None:
    assert [Path(path).name for path in FILES] == ["competitor.py", "__init__.py", "test_competitor.py"]
    assert COMMANDS == [
        'scripts/migration "competitor"',
        "scripts/schema",
        "scripts/check --fix",
        "scripts/test -k competitor",
    ]
    for path, text in FILES.items():
        (checkout / path).parent.mkdir(parents=True, exist_ok=True)
        (checkout / path).write_text(text, "utf-8")
    written = Path(run(COMMANDS[0], checkout).splitlines()[-1])
    (check,) = re.findall(r"```python\n(check = .*)\n```", PAGE)
    migration = written.read_text("utf-8")
    assert "op.create_table(" in migration
    written.write_text(re.sub(r"^check = .*$", check, migration, flags=re.MULTILINE), "utf-8")
    run(COMMANDS[1], checkout)
    assert "type Competitor implements Node" in (checkout / "schema.graphql").read_text("utf-8")
    # Not `scripts/check` and `scripts/test`: whoever runs this is in the middle of them. The quick half of check.
    run("git init --quiet", checkout)
    run(".venv/bin/python -m ruff check --fix --quiet . || true", checkout)
    for tool in ("ruff format --quiet .", "ruff check .", "scripts.rules"):
        run(f".venv/bin/python -m {tool}", checkout)
    told = run(".venv/bin/python -m pytest -q -p no:randomly tests/modules/customers/test_competitor.py", checkout)
    assert "4 passed" in told
