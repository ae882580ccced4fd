"""The order of rows that refer to each other, and what happens to keys that repeat."""

from saas.engine.transfer.mapping import mapping_from
from saas.engine.transfer.plan import plan_for
from saas.engine.transfer.rows import Line, arrange
from saas.engine.transfer.sheet import read_sheet


def arranged(text: str) -> tuple[Line, ...]:
    sheet = read_sheet("code,name,parent\n" + text)
    reference = {"column": "parent", "reference": {"by": "code"}}
    mapping = {"object": "department", "columns": {"code": "code", "name": "name", "parent": reference}}
    return arrange(sheet, plan_for(mapping_from(mapping), sheet.header))


def order(lines: tuple[Line, ...]) -> list[tuple[int, str]]:
    """(level, code or code of the refusal), as they will be written."""
    return [(line.level, line.refused.code if line.refused else line.texts[0]) for line in lines]


def test_whoever_is_referred_to_comes_first() -> None:
    assert order(arranged("a,A,b\nb,B,c\nc,C,\nd,D,c\n")) == [(0, "c"), (1, "b"), (1, "d"), (2, "a")]


def test_a_circle_is_refused_and_what_hangs_below_it_comes_last() -> None:
    assert order(arranged("a,A,b\nb,B,a\nc,C,b\nd,D,c\ne,E,\nf,F,f\n")) == [
        (0, "CIRCLE"),
        (0, "CIRCLE"),
        (0, "e"),
        (0, "CIRCLE"),
        (1, "c"),
        (1, "d"),
    ]


def test_long_chains_and_long_circles_are_arranged_as_well() -> None:
    number = 10_000
    chain = arranged("".join(f"k{i},K,k{i + 1}\n" for i in range(number)))
    circle = arranged("".join(f"k{i},K,k{(i + 1) % number}\n" for i in range(number)))
    assert [chain[0].level, chain[-1].level] == [0, number - 1]
    assert {line.refused.code for line in circle if line.refused} == {"CIRCLE"}
    assert all(line.refused for line in circle)
