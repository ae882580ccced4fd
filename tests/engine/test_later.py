"""Values that a plan takes anew each time it runs, and the guards of whoever looks at one."""

from collections.abc import Callable
from operator import itemgetter
from typing import Any

import pytest
import sqlalchemy as sa

from saas.engine.later import Guard, Later, at, bound, now, pinned, then, whole
from saas.engine.sql.encode import encoder_of
from saas.engine.sql.text import Parameters
from saas.kit.errors import BadInput


def variable(name: str, value: Any, guards: list[Guard] | None) -> Later:
    """As the variables of a request: a run is a mapping here."""
    return Later(value, lambda run: run[name], guards)


def test_a_value_is_that_of_the_run() -> None:
    late = variable("a", 1, [])
    assert (late(), now(late), at(late, {"a": 2}), at(late, {"a": None})) == (1, 1, 2, None)
    assert (now(5), at(5, {"a": 2})) == (5, 5)


def test_what_is_made_of_it_is_made_anew_in_each_run() -> None:
    guards: list[Guard] = []
    late = then(then(variable("a", "x", guards), str.upper), lambda text: text * 2)
    assert isinstance(late, Later)
    assert (now(late), at(late, {"a": "é"}), at(late, {"a": ""})) == ("XX", "ÉÉ", "")
    assert (late.guards is guards, guards) == (True, [])
    assert then("x", str.upper) == "X"


def test_a_change_that_fails_fails_in_the_run() -> None:
    late = then(variable("a", "1", []), int)
    with pytest.raises(ValueError, match="invalid literal"):
        at(late, {"a": "one"})
    with pytest.raises(ValueError, match="invalid literal"):
        then(variable("a", "one", []), int)


def test_who_looks_at_a_value_binds_the_plan_to_what_was_seen() -> None:
    guards: list[Guard] = []
    late = variable("a", "long", guards)
    assert pinned(late, len) == 4
    assert pinned(late) == "long"
    by_length, by_value = guards
    assert [by_length.holds({"a": value}) for value in ("long", "text", "short", "")] == [True, True, False, False]
    assert [by_value.holds({"a": value}) for value in ("long", "text")] == [True, False]


def test_one_looks_at_what_was_made_of_a_value() -> None:
    guards: list[Guard] = []
    assert pinned(then(variable("a", "a b", guards), str.split), len) == 2
    (guard,) = guards
    assert [guard.holds({"a": value}) for value in ("x y", " x  y ", "x", "x y z")] == [True, True, False, False]


def test_a_guard_that_cannot_look_says_why() -> None:
    guards: list[Guard] = []

    def look(value: int) -> bool:
        if value < 0:
            raise BadInput("less than nothing")
        return value > 10

    assert pinned(variable("a", 11, guards), look) is True
    with pytest.raises(BadInput, match="less than nothing"):
        guards[0].holds({"a": -1})
    with pytest.raises(BadInput, match="less than nothing"):
        pinned(variable("a", -1, guards), look)
    assert len(guards) == 1


def test_a_plain_value_is_looked_at_without_a_guard() -> None:
    assert (pinned("long", len), pinned(None), pinned([1])) == (4, None, [1])


def test_nobody_looks_at_what_depends_on_the_viewer() -> None:
    with pytest.raises(TypeError, match="depends on the viewer"):
        pinned(variable("me", 1, None))
    with pytest.raises(TypeError, match="depends on the viewer"):
        pinned(then(variable("me", 1, None), str))


def test_a_list_with_late_elements_is_one_late_value() -> None:
    guards: list[Guard] = []
    late = whole([variable("a", 1, guards), 5, None, variable("b", 2, guards)])
    assert isinstance(late, Later)
    assert (now(late), at(late, {"a": 8, "b": 9})) == ([1, 5, None, 2], [8, 5, None, 9])
    assert late.guards is guards


@pytest.mark.parametrize("value", [[], [1, 2], None, "text", [[1]], {"a": 1}, (1,)])
def test_what_holds_nothing_late_stays_as_it_is(value: Any) -> None:
    assert whole(value) is value


def test_a_late_list_stays_as_it_is() -> None:
    late = variable("a", [1], [])
    assert whole(late) is late


def test_bound_values_are_parameters() -> None:
    plain, late = bound("x", sa.Text()), bound(variable("a", "y", []), sa.Text())
    assert (plain.effective_value, late.effective_value) == ("x", "y")
    assert isinstance(late.callable, Later)
    assert plain.callable is None
    assert isinstance(plain.type, sa.Text)
    assert str(sa.select(plain, bound("x", sa.Text()))).count(":param") == 2  # each is one of its own


def _numbers(make: Callable[[int], Any]) -> list[int]:
    parameters, encode = Parameters(), encoder_of(sa.Text()).encode
    return [parameters.number(make(number), encode) for number in range(8)]


def test_late_values_are_parameters_of_their_own_even_if_they_live_for_a_moment() -> None:
    parameters, encode = Parameters(), encoder_of(sa.Text()).encode
    finds = [itemgetter(number) for number in range(8)]
    # Each is forgotten before the next is made: its place in memory is free again.
    assert [parameters.number(Later("x", find, []), encode) for find in finds] == [*range(1, 9)]
    assert [find([*"abcdefgh"]) for find in parameters.made] == [each.encode() for each in "abcdefgh"]


def test_the_same_value_is_one_parameter() -> None:
    late = variable("a", "x", [])
    assert _numbers(lambda _: late) == [1] * 8
    assert _numbers(lambda _: "constant") == [1] * 8
    assert _numbers(lambda number: f"constant {number}") == [*range(1, 9)]
    assert _numbers(lambda _: Later("x", lambda run: run["me"], key="me")) == [1] * 8
    assert _numbers(lambda number: Later("x", lambda run: run["me"], key=f"{number % 2}")) == [1, 2] * 4


def test_one_value_as_two_types_is_two_parameters() -> None:
    parameters, late = Parameters(), variable("a", "x", [])
    one, many = encoder_of(sa.Text()), encoder_of(sa.Text(), many=True)
    assert [parameters.number(late, each.encode) for each in (one, many, one)] == [1, 2, 1]
