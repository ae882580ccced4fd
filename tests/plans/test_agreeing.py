"""The comparison itself can fail, and says where."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.plans import agreeing
from tests.plans.agreeing import COMPILED, NOTHING, ORACLE, Answer, Question, agree, difference
from tests.plans.place import Place

QUERY = '{ customers(first: 2) { nodes { id name } totalCount { value } } customer(id: "x") { id } }'
TAMPERED: dict[str, tuple[Callable[[Answer], Answer], str]] = {
    "status": (lambda told: replace(told, status=400), "status"),
    "media-type": (lambda told: replace(told, kind="text/plain"), "kind"),
    "cost": (lambda told: replace(told, rest={"extensions": {"cost": None}}), "rest.extensions.cost"),
    "code": (lambda told: replace(told, errors=[told.errors[0] | {"code": "NOT_FOUND"}]), "errors.0.code"),
    "path": (lambda told: replace(told, errors=[told.errors[0] | {"path": None}]), "errors.0.path"),
    "error-more": (lambda told: replace(told, errors=told.errors * 2), "errors.1"),
    "error-less": (lambda told: replace(told, errors=[]), "errors.0"),
    "value": (lambda told: _with(told, name="another"), "data.customers.nodes.1.name"),
    "null": (lambda told: _with(told, name=None), "data.customers.nodes.1.name"),
    "key-more": (lambda told: _with(told, more=1), "data.customers.nodes.1.more"),
    "order-of-keys": (lambda told: _with(told, backwards=True), "data.customers.nodes.1.(order of keys)"),
    "number": (lambda told: _counted(told, 1.0), "data.customers.totalCount.value"),
    "record-less": (lambda told: _counted(told, None), "data.customers.nodes.1"),
    "no-data": (lambda told: replace(told, data=NOTHING), "data"),
}


def _with(told: Answer, *, backwards: bool = False, **values: Any) -> Answer:
    """With other values in the second record, or its keys turned around."""
    first, second = told.data["customers"]["nodes"]
    second = dict(reversed(second.items())) if backwards else {**second, **values}
    return replace(told, data=told.data | {"customers": told.data["customers"] | {"nodes": [first, second]}})


def _counted(told: Answer, value: float | None) -> Answer:
    customers = told.data["customers"]
    changed = {"nodes": customers["nodes"][:1]} if value is None else {"totalCount": {"value": value}}
    return replace(told, data=told.data | {"customers": customers | changed})


@pytest.mark.parametrize("what", TAMPERED)
def test_a_difference_is_told(place: Place, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    tamper, path = TAMPERED[what]
    asked = agreeing.answer
    ways: list[str] = []

    def tampered(person: Any, question: Question, way: str) -> Answer:
        ways.append(way)
        told = asked(person, question, way)
        return tamper(told) if len(ways) == len(COMPILED) + 1 else told  # the last way that is asked

    monkeypatch.setattr(agreeing, "answer", tampered)
    with pytest.raises(AssertionError) as told:
        agree(place.people["ada"], Question(QUERY, {"unused": 1}))
    lines = str(told.value).splitlines()
    assert lines[0] == f"{COMPILED[-1]} differs from {ORACLE} at {path}"
    assert "asked by ada" in lines[3]
    assert QUERY in lines
    assert '"unused": 1' in str(told.value)
    assert ways == [ORACLE, *COMPILED]


def test_what_agrees_is_no_difference(place: Place) -> None:
    first, second = (agreeing.answer(place.people["ada"], Question(QUERY, {}), ORACLE) for _ in range(2))
    assert difference(first, second) is None
