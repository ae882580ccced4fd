"""docs/reference says of every object what its declaration says, and its examples are valid."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from graphql import parse, validate

from saas.engine.registry import ObjectType, objects
from saas.schema.build import schema
from saas.schema.limits import check_limits
from scripts.reference_pages.pages import difference

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "reference"


def test_every_page_is_fresh() -> None:
    """In a process of its own: tests declare reactions of theirs, which are none of the pages' business."""
    command = [sys.executable, "-m", "scripts.reference_pages", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


@pytest.mark.parametrize("one", objects(), ids=lambda one: one.name)
def test_every_example_is_valid(one: ObjectType) -> None:
    found = re.findall(r"```graphql\n(.*?)```", (FOLDER / f"{one.name}.md").read_text("utf-8"), re.DOTALL)
    assert found
    for document in map(parse, found):
        check_limits(document)
        assert validate(schema(), document) == []


def test_a_stale_page_is_noticed() -> None:
    assert difference({"a.md": "1", "b.md": "2", "gone.md": ""}, {"a.md": "1", "b.md": "3", "new.md": ""}) == [
        "b.md",
        "gone.md",
        "new.md",
    ]
