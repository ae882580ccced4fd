"""A small checkout for each test of a rule."""

from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.rules.__main__ import all_rules
from scripts.rules.project import Project

Findings = Callable[..., list[str]]


@pytest.fixture
def findings(tmp_path: Path) -> Findings:
    """`findings("no-any", {"saas/modules/a.py": "…"})` -> the findings as `path:line: message`."""

    def run(rule: str, files: dict[str, str], executable: tuple[str, ...] = ()) -> list[str]:
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text, "utf-8")
        for path in executable:
            (tmp_path / path).chmod(0o755)
        found = all_rules()[rule](Project(tmp_path))
        return [f"{each.path}:{each.line}: {each.message}" for each in sorted(found)]

    return run
