"""docs/reference says of every object what its declaration says, and its examples are valid."""

import re
from pathlib import Path

import pytest
from graphql import parse, validate

from saas.engine.registry import ObjectType, objects
from saas.schema.build import schema
from saas.schema.limits import check_limits
from scripts.reference_pages.pages import difference, pages

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"


def test_every_page_is_fresh() -> None:
    known = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.md")}
    assert difference(known, pages()) == [], "Run scripts/reference and read the difference."


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
