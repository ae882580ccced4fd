"""Which plans are kept, how many, and for which variables one may be used again."""

from collections.abc import Callable, Hashable
from enum import Enum, StrEnum
from types import SimpleNamespace
from typing import Any, cast

import pytest

from saas.engine.later import Guard, Later
from saas.engine.plan import kept
from saas.engine.plan.given import as_told_later, shape_of
from saas.engine.plan.kept import Plans, key_of
from saas.engine.plan.plan import Plan
from saas.engine.plan.run import Run
from saas.kit.errors import BadInput
from saas.tenants.reader_statement import Statement


class Colour(Enum):
    RED = 1
    BLUE = 2


class Word(StrEnum):
    ONE = "one"


def run_of(**variables: Any) -> Run:
    return cast(Run, SimpleNamespace(variables=variables))


def plan(*guards: Guard, finds: tuple[Callable[[Any], bytes | None], ...] = ()) -> Plan:
    return Plan(Statement(("1",)), finds, guards, (), (), {}, (), ())


def guard(name: str, seen: Any) -> Guard:
    return Guard(lambda run: run.variables[name], seen)


# --- Shapes ---


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ({}, {}, True),
        ({"a": 1}, {"a": 2}, True),
        ({"a": 1}, {"a": "text"}, True),
        ({"a": 1}, {"b": 1}, False),
        ({"a": 1}, {}, False),
        ({"a": 1}, {"a": None}, False),
        ({"a": None}, {}, False),
        ({"a": None}, {"a": []}, False),
        ({"a": None}, {"a": {}}, False),
        ({"a": True}, {"a": True}, True),
        ({"a": True}, {"a": False}, False),
        ({"a": True}, {"a": 1}, False),
        ({"a": False}, {"a": None}, False),
        ({"a": Colour.RED}, {"a": Colour.RED}, True),
        ({"a": Colour.RED}, {"a": Colour.BLUE}, False),
        ({"a": Word.ONE}, {"a": "one"}, False),
        ({"a": [1]}, {"a": [2, 3]}, True),
        ({"a": [1]}, {"a": []}, False),
        ({"a": [1]}, {"a": 1}, False),
        ({"a": [1]}, {"a": [None]}, False),
        ({"a": [1, None]}, {"a": [2, None]}, True),
        ({"a": [1, None]}, {"a": [None, 2]}, False),
        ({"a": [Colour.RED]}, {"a": [Colour.RED, Colour.RED]}, False),
        ({"a": [True]}, {"a": [False]}, False),
        ({"a": [[1]]}, {"a": [[2, 3]]}, True),
        ({"a": [[1]]}, {"a": [[1], [1]]}, False),
        ({"a": {"x": 1}}, {"a": {"x": 2}}, True),
        ({"a": {"x": 1}}, {"a": {"y": 1}}, False),
        ({"a": {"x": 1}}, {"a": {"x": 1, "y": 1}}, False),
        ({"a": {"x": 1}}, {"a": {"x": None}}, False),
        ({"a": {}}, {"a": []}, None),
        ({"a": [{"x": 1}]}, {"a": [{"x": 2}]}, True),
        ({"a": [{"x": 1}]}, {"a": [{"x": 1}, {"x": 2}]}, False),
        ({"a": "list"}, {"a": ["x"]}, False),
        ({"a": "value"}, {"a": 5}, True),
    ],
)
def test_what_has_the_same_shape(one: dict[str, Any], other: dict[str, Any], is_same: bool | None) -> None:
    if is_same is None:  # no variable is both: a type has either fields or elements
        return
    assert (shape_of(one) == shape_of(other)) is is_same
    assert hash(shape_of(one)) == hash(shape_of(one))


def test_only_single_values_are_told_later() -> None:
    guards: list[Guard] = []
    given = {"a": 1, "b": None, "c": True, "d": Colour.RED, "e": ["x", "y"], "f": [], "g": [{"h": 2, "i": [None, 3]}]}
    told = as_told_later(given, guards).coerced
    assert (told["b"], told["c"], told["d"], told["f"]) == (None, True, Colour.RED, [])
    later = run_of(a=5, e=["z"], g=[{"h": 6, "i": [None, 7]}])
    inner = told["g"][0]
    assert inner["i"][0] is None
    for late, before, after in (
        (told["a"], 1, 5),
        (told["e"], ["x", "y"], ["z"]),
        (inner["h"], 2, 6),
        (inner["i"][1], 3, 7),
    ):
        assert isinstance(late, Later)
        assert (late.value, late.find(later), late.guards) == (before, after, guards)


def test_a_key_tells_operation_variables_rights_and_the_tenants_ways_apart() -> None:
    def key(operation: Hashable = 1, form: str = "f", value: Any = 1, **tenant: str) -> Hashable:
        usual = {"language": "en", "base_currency": "USD", "time_zone": "UTC", "slug": "acme"} | tenant
        parts = {"tenant": SimpleNamespace(**usual), "profile": SimpleNamespace(form=form), "variables": {"a": value}}
        return key_of(operation, cast(Run, SimpleNamespace(**parts)))

    assert key() == key(value=2) == key(slug="rival")
    others = [
        key(operation=2), key(form="g"), key(value=None), key(language="zh"), key(base_currency="EUR"),
        key(time_zone="Asia/Shanghai"),
    ]  # fmt: skip
    assert len({key(), *others}) == 7


# --- Plans ---


def test_a_plan_is_found_by_its_key_and_what_its_guards_see() -> None:
    plans: Any = Plans()
    one, two, any_ = plan(guard("n", 1)), plan(guard("n", 2), guard("m", 0)), plan()
    assert plans.find("k", run_of(n=1)) is None
    plans.keep("k", one)
    plans.keep("k", two)
    plans.keep("other", any_)
    assert plans.find("k", run_of(n=1, m=9)) is one
    assert plans.find("k", run_of(n=2, m=0)) is two
    assert plans.find("k", run_of(n=2, m=1)) is None
    assert plans.find("k", run_of(n=3, m=0)) is None
    assert plans.find("other", run_of()) is any_
    plans.clear()
    assert (len(plans), plans.find("k", run_of(n=1))) == (0, None)


def test_a_value_that_cannot_be_looked_at_is_told() -> None:
    def look(_run: Any) -> Any:
        raise BadInput("no such thing")

    plans: Any = Plans()
    plans.keep("k", plan(Guard(look, 1)))
    with pytest.raises(BadInput, match="no such thing"):
        plans.find("k", run_of())


def test_the_keys_used_last_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "KEPT", 3)
    plans: Any = Plans()
    for key in ("a", "b", "c"):
        plans.keep(key, plan())
    assert plans.find("a", run_of())
    plans.keep("d", plan())
    assert [bool(plans.find(key, run_of())) for key in ("a", "b", "c", "d")] == [True, False, True, True]
    for number in range(100):
        plans.keep(number, plan())
        assert len(plans) == 3


def test_the_variants_made_last_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "VARIANTS", 3)
    plans: Any = Plans()
    for number in range(10):
        plans.keep("k", plan(guard("n", number)))
    assert [number for number in range(10) if plans.find("k", run_of(n=number))] == [7, 8, 9]
    assert (len(plans), len(plans._kept["k"])) == (1, 3)


def test_parameters_are_those_of_the_run() -> None:
    made = plan(finds=(lambda run: run.variables["a"], lambda _run: b"constant"))
    assert made.bound(run_of(a=b"1")) == [b"1", b"constant"]
    assert made.bound(run_of(a=None)) == [None, b"constant"]


def test_answers_are_put_between_what_stands_around_them() -> None:
    made = Plan(Statement(("1", "2")), (), (), (), ("a", "b"), {"t": b'"Query"'}, (),
                (b'{"t":"Query","a":', b',"b":', b"}"))  # fmt: skip
    assert made.data([b"[1]", None], run_of()) == b'{"t":"Query","a":[1],"b":null}'
    assert made.data([b"[1]", b"\x02"], run_of()) is None
    assert made.answers([b"[1]", None], run_of()) == {"a": b"[1]", "b": b"null"}
    assert made.answers([b"[\x02]", None], run_of()) == {"b": b"null"}  # the other is told field by field
