"""docs/security.md covers each attack of RFC 9700, section 4, and names tests that are there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
ROWS = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if re.match(r"\| (?!attack|---)", line)]


def functions_in(path: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.FunctionDef)}


def test_every_attack_of_the_section_is_told_in_its_order() -> None:
    numbers = [int(found[1]) for row in ROWS if (found := re.match(r"4\.(\d+) ", row[0]))]
    assert numbers == list(range(1, 18))


def test_every_test_that_is_named_is_there() -> None:
    for attack, _, tests in ROWS:
        named = re.findall(r"`([^`]+)`", tests)
        assert named, attack
        for name in named:
            path, _, function = name.partition("::")
            place = ROOT / path if "/" in path else ROOT / "tests" / "web" / "oauth" / path
            assert place.is_file(), name
            assert not function or function in functions_in(place), name
