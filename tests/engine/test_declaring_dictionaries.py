"""Mistakes in dictionaries stop the program at its start, each with its place and the remedy."""

from collections.abc import Callable
from typing import Any

import pytest

from saas.engine import field
from saas.engine.field import DictionaryFacts, Entry, Label
from saas.engine.registry import ObjectType, check_all
from saas.kit.errors import BadConfig
from tests.engine.synthetic import synthetic

NAME = Label("Colour", "颜色")
RED, BLUE = Entry("red", Label("Red", "红")), Entry("blue", Label("Blue", "蓝"))
GOOD = DictionaryFacts("colour", NAME, (RED, BLUE))
CODE = "A code is a small letter, then small letters, digits and _, at most 40 together: it never changes."
LABEL = 'Write Label("English", "中文").'


def _thing(of: DictionaryFacts, *, name: str = "thing", code: int = 0x600, **facts: Any) -> ObjectType:
    plural = Label(f"{name}s", "东西")
    colour = field.dictionary("Colour", "颜色", of, **facts)
    return ObjectType(synthetic(name, facts={"code": code, "plural": plural}, colour=colour))


def _of(*entries: Entry) -> Callable[[], tuple[ObjectType, ...]]:
    return lambda: (_thing(DictionaryFacts("colour", NAME, entries)),)


def _called(code: str, label: Label = NAME) -> Callable[[], tuple[ObjectType, ...]]:
    return lambda: (_thing(DictionaryFacts(code, label, (RED, BLUE))),)


def _twice() -> tuple[ObjectType, ...]:
    other = DictionaryFacts("colour", NAME, (BLUE, RED))
    return _thing(GOOD), _thing(other, name="toy", code=0x601)


@pytest.mark.parametrize(
    ("case", "declare", "what", "remedy"),
    [
        ("declared twice", _twice, "is declared twice", "Declare it once and import it."),
        ("no entry", _of(), "begins with 0 entries", "Declare two or more."),
        ("one entry", _of(RED), "begins with 1 entries", "Declare two or more."),
        ("one code twice", _of(RED, RED), "has two entries of the code 'red'", "Give each a code of its own."),
        ("a code in capitals", _of(RED, Entry("BLUE", BLUE.label)), "has an entry 'BLUE'", CODE),
        ("a code with a space", _of(RED, Entry("light blue", BLUE.label)), "has an entry 'light blue'", CODE),
        ("an endless code", _of(RED, Entry("b" * 41, BLUE.label)), f"has an entry {'b' * 41!r}", CODE),
        ("no code", _called(""), "has no code for programs", CODE),
        ("a code with a hyphen", _called("light-blue"), "has no code for programs", CODE),
        ("no label", _called("colour", Label("Colour", "")), "does not name the dictionary in both languages", LABEL),
        (
            "an entry without a label",
            _of(RED, Entry("blue", Label(" ", "蓝"))),
            "does not name the entry 'blue' in both languages",
            LABEL,
        ),
        (
            "one label twice",
            _of(RED, Entry("blue", Label("Blue", "红"))),
            "calls two entries '红'",
            "Give each a label of its own: an import chooses by it too.",
        ),
        (
            "an unknown default",
            lambda: (_thing(GOOD, default="green"),),
            "has no entry 'green' to begin with",
            "Take one of its codes: red, blue.",
        ),
        (
            "an unknown example",
            lambda: (_thing(GOOD, examples=("red", "pink")),),
            "has no entry 'pink' to begin with",
            "Take one of its codes: red, blue.",
        ),
    ],
)
def test_a_mistake_is_told_with_place_and_remedy(
    case: str, declare: Callable[[], tuple[ObjectType, ...]], what: str, remedy: str
) -> None:
    found = declare()
    with pytest.raises(BadConfig) as told:
        check_all(found)
    wrong = found[-1].record
    of = wrong.fields["colour"].dictionary
    assert of is not None, case
    place = f"{wrong.__module__}.{wrong.__name__} chooses 'colour' from the dictionary {of.code!r}, which"
    assert told.value.message == f"{place} {what}."
    assert told.value.remedy == remedy


def test_without_a_mistake_it_is_accepted() -> None:
    check_all((_thing(GOOD, default="red"), _thing(GOOD, name="toy", code=0x601)))
