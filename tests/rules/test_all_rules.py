"""The rules as a whole: each has a test, the command speaks plainly, and this checkout keeps them."""

import subprocess
import sys
from pathlib import Path

from scripts.rules.__main__ import all_rules

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scripts.rules", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_every_rule_has_a_test_file() -> None:
    tests = {path.stem.removeprefix("test_").replace("_", "-") for path in Path(__file__).parent.glob("test_*.py")}
    assert set(all_rules()) - tests == set()


def test_the_command_names_file_line_rule_and_remedy(tmp_path: Path) -> None:
    (tmp_path / "saas").mkdir()
    (tmp_path / "saas" / "utils.py").write_text('"""Odds and ends."""\n')
    done = run(str(tmp_path))
    assert done.returncode == 1
    assert done.stdout == (
        "saas/utils.py:1: file-names: the name 'utils' says nothing. Name the file by the one idea in it.\n"
    )


def test_this_checkout_keeps_all_rules() -> None:
    done = run()
    assert done.stdout.splitlines()[-1].endswith("files."), done.stdout
    assert done.returncode == 0
