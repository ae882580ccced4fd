"""Mistakes in states and actions stop the program at its start, each with its place and the remedy."""

from collections.abc import Callable
from datetime import time
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import pytest

from saas.engine import field
from saas.engine.actions import action, action_of
from saas.engine.events import acted
from saas.engine.field import Choices, Label
from saas.engine.line_list import LineList
from saas.engine.record import Record
from saas.engine.registry import ObjectType, check_one
from saas.engine.scope import Scope
from saas.kit.errors import BadConfig
from saas.modules.customers.customer import Customer
from saas.modules.sales.opportunity import Opportunity, OpportunityStage, opportunity_win
from tests.engine.synthetic import synthetic

Mistake = Callable[[], Any]
MISTAKES: dict[str, tuple[Mistake, str, str]] = {}


def mistake(what: str, remedy: str) -> Callable[[Mistake], Mistake]:
    def note(make: Mistake) -> Mistake:
        MISTAKES[make.__name__] = (make, what, remedy)
        return make

    return note


def declare(function: Callable[..., None], **facts: Any) -> None:
    action(Opportunity, "Try", "试", **{"done": "tried", **facts})(function)


@mistake("is an action of 'opportunity' by another name", "Call it opportunity_<verb>.")
def named_like_another_object() -> None:
    def quote_accept(_scope: Scope, _opportunity: Opportunity) -> None:
        """Accept it."""

    declare(quote_accept)


@mistake("takes the name of what every object has: 'delete'", "Choose another verb.")
def named_like_a_standard_verb() -> None:
    def opportunity_delete(_scope: Scope, _opportunity: Opportunity) -> None:
        """Delete it."""

    declare(opportunity_delete)


@mistake("is declared twice", "Choose another verb for one of the two.")
def declared_twice() -> None:
    def opportunity_win(_scope: Scope, _opportunity: Opportunity) -> None:
        """Win it."""

    declare(opportunity_win)


@mistake("takes the name of an action on many records: 'bulk_win'", "the bulk mutation comes by itself")
def for_many() -> None:
    def opportunity_bulk_win(_scope: Scope, _opportunity: Opportunity) -> None:
        """Win many."""

    declare(opportunity_bulk_win)


@mistake("has no docstring", "Say in one sentence what it does; it becomes API text.")
def without_a_docstring() -> None:
    def opportunity_try(_scope: Scope, _opportunity: Opportunity) -> None: ...

    declare(opportunity_try)


@mistake("has no event of its own: done='won'", "Give the past participle of the verb")
def with_the_event_of_another_action() -> None:
    def opportunity_try(_scope: Scope, _opportunity: Opportunity) -> None:
        """Try it."""

    declare(opportunity_try, done="won")


@mistake("has no event of its own: done='updated'", "Give the past participle of the verb")
def with_a_standard_event() -> None:
    def opportunity_try(_scope: Scope, _opportunity: Opportunity) -> None:
        """Try it."""

    declare(opportunity_try, done="updated")


@mistake("does not take (scope, record, *, …)", "def opportunity_try(scope: Scope, opportunity: Opportunity, *, …)")
def of_another_record() -> None:
    def opportunity_try(_scope: Scope, _customer: Customer) -> None:
        """Try it."""

    declare(opportunity_try)


@mistake("does not take (scope, record, *, …)", "put every input behind the star")
def with_an_input_before_the_star() -> None:
    def opportunity_try(_scope: Scope, _opportunity: Opportunity, notes: str) -> None:
        """Try it."""

    declare(opportunity_try)


@mistake("is given lines of another object than Opportunity", "Write LineList[…] of the class with line_of=")
def with_lines_of_another_object() -> None:
    def opportunity_try(_scope: Scope, _opportunity: Opportunity, _lines: LineList[Customer]) -> None:
        """Try it."""

    declare(opportunity_try)


@mistake("has an input 'at' of a type that the API does not know", "Take one of str, int, Decimal, date")
def with_an_unknown_type() -> None:
    def opportunity_try(_scope: Scope, _opportunity: Opportunity, *, at: Annotated[time, Label("At", "于")]) -> None:
        """Try it."""

    declare(opportunity_try)


@mistake("has an input 'why' without a name for people", "Write why: Annotated[…, Label('English', '中文')]")
def with_an_input_without_a_label() -> None:
    def opportunity_try(_scope: Scope, _opportunity: Opportunity, *, why: str = "") -> None:
        """Try it."""

    declare(opportunity_try)


@mistake("does not say which object 'rival' refers to", "Write rival: Annotated[UUID, To(Customer)].")
def with_a_reference_to_nothing() -> None:
    def opportunity_try(
        _scope: Scope, _opportunity: Opportunity, *, rival: Annotated[UUID | None, Label("Rival", "对手")] = None
    ) -> None:
        """Try it."""

    declare(opportunity_try)


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_an_action_is_told_with_place_and_remedy(name: str) -> None:
    make, what, remedy = MISTAKES[name]
    with pytest.raises(BadConfig) as told:
        make()
    assert told.value.message.startswith(f"{__name__}.")
    assert told.value.message.endswith(f" {what}.")
    assert remedy in told.value.remedy


def test_a_plain_function_is_no_action() -> None:
    with pytest.raises(BadConfig, match="is no action"):
        acted(declare)
    assert action_of(opportunity_win).key == "opportunity.win"
    assert acted(opportunity_win).name == "opportunity.won"


class Light(Choices):
    RED = "red", "Red", "红"
    GREEN = "green", "Green", "绿"


class Odd(Choices):
    Red = "red", "Red", "红"


class Nameless(Choices):
    DIM = "dim", "Dim"


class Plain(StrEnum):
    DIM = "dim"


def _light(**facts: Any) -> Any:
    return field.states("Light", "灯", Light, **{"initial": Light.RED, "entry": tuple(Light), **facts})


def _moving(name: str, moves: dict[Any, Any], **columns: Any) -> type[Record]:
    """An object with one action `<name>_go` that makes these moves."""
    record = synthetic(name, **columns)

    def go(_scope: Scope, _record: Any) -> None:
        """Go."""

    go.__name__ = f"{name}_go"
    go.__annotations__["_record"] = record
    action(record, "Go", "走", moves=moves, done="gone")(go)
    return record


def _choosing(name: str) -> type[Record]:
    """An object with one action that is given a choice without names."""
    record = synthetic(name)

    def go(_scope: Scope, _record: Any, *, how: Annotated[Nameless, Label("How", "如何")]) -> None:
        """Go."""

    go.__name__ = f"{name}_go"
    go.__annotations__["_record"] = record
    action(record, "Go", "走", done="gone")(go)
    return record


@pytest.mark.parametrize(
    ("declare", "what", "remedy"),
    [
        (
            lambda: synthetic("two_states", light=_light(), other=_light()),
            "has more than one state: 'light' and 'other'",
            "Keep one states() field; make the others choices.",
        ),
        (
            lambda: synthetic("hidden_state", light=_light(group="secret")),
            "hides its state 'light' in the group 'secret'",
            "Leave the group out: what may be done with a record follows from its state, so it cannot be hidden.",
        ),
        (
            lambda: synthetic("strange_beginning", light=_light(initial=OpportunityStage.WON)),
            "begins 'light' with <OpportunityStage.WON: 'won'>, which is no state of it",
            "Use the members of Light.",
        ),
        (
            lambda: synthetic("unreached", light=_light(entry=())),
            "has the state GREEN, which nothing reaches",
            "Let an action move there, or name it in entry=(…).",
        ),
        (
            lambda: synthetic("small_letters", odd=field.states("Odd", "怪", Odd, initial=Odd.Red)),
            "has a state 'Red' that is not UPPER_CASE",
            "The API spells states so: rename it.",
        ),
        (
            lambda: synthetic("nameless", dim=field.choice("Dim", "暗", Nameless, default=Nameless.DIM)),
            f"lets choose {__name__}.Nameless.DIM, which has no name in both languages",
            'Write class Nameless(Choices), and in it DIM = "dim", "English", "中文".',
        ),
        (
            lambda: synthetic("plain", dim=field.choice("Dim", "暗", Plain, default=Plain.DIM)),
            f"lets choose {__name__}.Plain.DIM, which has no name in both languages",
            'Write class Plain(Choices), and in it DIM = "dim", "English", "中文".',
        ),
        (
            lambda: _choosing("chosen_by_an_action"),
            f"lets choose {__name__}.Nameless.DIM, which has no name in both languages",
            'Write class Nameless(Choices), and in it DIM = "dim", "English", "中文".',
        ),
        (
            lambda: _moving("stateless", {Light.RED: Light.GREEN}),
            "has no state that stateless_go could move",
            "Declare a states() field, or leave moves out.",
        ),
        (
            lambda: _moving("strange_moves", {Light.RED: OpportunityStage.WON}, light=_light()),
            "has no state <OpportunityStage.WON: 'won'>, which strange_moves_go moves",
            "Use the members of Light.",
        ),
    ],
    ids=lambda value: value.split(" ", 1)[1][:20] if isinstance(value, str) else "",
)
def test_a_mistake_in_states_stops_the_start(declare: Callable[[], type[Record]], what: str, remedy: str) -> None:
    record = declare()
    with pytest.raises(BadConfig) as told:
        check_one(ObjectType(record))
    assert (told.value.message, told.value.remedy) == (f"{record.__module__}.{record.__name__} {what}.", remedy)


def test_states_and_moves_without_a_mistake_are_let_pass() -> None:
    check_one(ObjectType(_moving("lamp", {Light.RED: Light.GREEN}, light=_light(entry=()))))
