"""docs/catalog.md has every row it is about once, and the tests that it names are there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
PAGE = (TESTS.parent / "docs" / "catalog.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if re.match(r"\| [A-Z]+-\d", line)
]
WANTED = [
    *(f"ORG-{number:02}" for number in range(1, 9)),
    *(f"SEC-{number:02}" for number in range(1, 19)),
    *("INT-02", "CUST-19", "PART-05"),
    *("NOTI-02", "NOTI-07"),
]
NOT_YET = re.compile(r"Not yet: .*\bneeds? \w+")


@cache
def functions_in(path: str) -> frozenset[str]:
    """The tests of a file."""
    tree = ast.parse((TESTS / path).read_text("utf-8"))
    return frozenset(each.name for each in tree.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))


def test_every_row_stands_there_once() -> None:
    assert [row[0] for row in ROWS] == WANTED
    assert {len(row) for row in ROWS} == {4}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_names_tests_or_what_it_waits_for(row: list[str]) -> None:
    _, asks, what, shown = row
    assert asks
    named = re.findall(r"`([\w/]+\.py)::(test_\w+)`", shown)
    assert len(named) == shown.count("`") // 2, "each test stands as `path::name`"
    for path, name in named:
        assert (TESTS / path).is_file(), path
        assert name in functions_in(path), f"{path}::{name}"
    if not named:
        assert what.startswith("Not yet: "), "without a test nothing is said to be there"
    if "Not yet" in what:
        assert NOT_YET.search(what), "what is missing is named"
