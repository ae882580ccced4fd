"""What is wrong with a blueprint whatever the tenant looks like."""

import pytest

from saas.modules.organisation.blueprint.wanted import Blueprint, Impossible, Mistake, Wanted, mistakes_within


def department(code: str, parent: str | None = None, name: str | None = None) -> Wanted:
    return Wanted(code, {"name": name or code}, {"parent_id": parent})


def person(code: str, superior: str | None, email: str | None = None) -> Wanted:
    return Wanted(code, {"name": code, "email": email}, {"superior_id": superior})


CIRCLE = [person(*pair) for pair in ("ab", "bc", "ca", "dc")]


def test_a_whole_tree_is_right() -> None:
    departments = [department("b", "a"), department("a"), department("c", "elsewhere")]
    assert mistakes_within(Blueprint(departments, people=[person("x", None), person("y", "x")])) == []


@pytest.mark.parametrize(
    ("_case", "blueprint", "where"),
    [
        ("code, folded", Blueprint([department("a"), department("Ａ", name="b")]), ("department", 1, "code")),
        ("name", Blueprint([department("a", name="x"), department("b", name="X")]), ("department", 1, "name")),
        ("address", Blueprint(people=[person("a", None, "a@b"), person("b", None, "A@b")]), ("employee", 1, "email")),
        ("own parent", Blueprint([department("a", "A")]), ("department", 0, "parent_id")),
        ("a circle with a tail", Blueprint(people=CIRCLE), ("employee", 0, "superior_id")),
    ],
)  # fmt: skip
def test_a_mistake_is_told_once_with_its_place(_case: str, blueprint: Blueprint, where: tuple[str, int, str]) -> None:
    (mistake,) = mistakes_within(blueprint)
    assert (mistake.kind, mistake.number, mistake.field) == where


def test_an_impossible_blueprint_reads_as_its_mistakes() -> None:
    error = Impossible([Mistake("role", 0, "name", "this"), Mistake("role", 1, "name", "that")])
    assert (str(error), len(error.mistakes)) == ("this; that", 2)
