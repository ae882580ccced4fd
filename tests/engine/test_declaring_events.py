"""Events and reactions that are declared wrongly stop the program at its start, with place and remedy."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from saas.engine.events import Event, changed, created, declared_events, on, reactions_to
from saas.engine.explained import events_explained
from saas.engine.field import Label
from saas.engine.scope import Scope
from saas.kit.errors import BadConfig
from saas.modules.customers.contact import Contact
from saas.modules.customers.customer import Customer
from tests.engine.reacting import reacting

BREWED = Label("Tea brewed", "茶泡好了")


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    with reacting():
        yield


def customer_greet(scope: Scope, customers: Sequence[Customer]) -> None:
    """Say hello."""


def customer_lonely(scope: Scope) -> None: ...


def customer_apart(scope: Scope, *, customers: Sequence[Customer]) -> None: ...


def greet(scope: Scope, customers: Sequence[Customer]) -> None: ...


def either_greet(scope: Scope, records: Sequence[Customer | Contact]) -> None: ...


def tea_pour(scope: Scope, events: Sequence[Event]) -> None: ...


def brewed(name: str = "tea.brewed", **facts: Any) -> type[Event]:
    class Brewed(Event, name=name, label=BREWED):
        """Tea is brewed."""

        __annotations__ = facts or {"pot_id": UUID}

    return Brewed


WRONG: list[tuple[Callable[..., None], list[Any], dict[str, Any], str]] = [
    (customer_greet, [], {}, "it reacts to nothing"),
    (customer_greet, ["customer.created"], {}, "'customer.created' is no event"),
    (customer_greet, [Customer], {}, "is no event"),
    (customer_lonely, [created(Customer)], {}, "it takes the scope and what happened"),
    (customer_apart, [created(Customer)], {}, "it takes the scope and what happened"),
    (customer_greet, [created(Contact)], {}, "it does not take a Contact"),
    (customer_greet, [created(Customer)], {"queue": "bulk", "batch": 3}, "queue, batch is for later ones"),
    (customer_greet, [created(Customer)], {"later": True, "batch": 0}, "batch=0"),
    (customer_greet, [created(Customer)], {"later": True, "batch": 501}, "batch=501"),
    (customer_greet, [created(Customer)], {"later": True, "queue": "A b"}, "there is no queue 'A b'"),
    (customer_greet, [created(Customer)], {"later": True, "attempts": 0}, "attempts=0"),
    (greet, [created(Customer)], {"later": True}, "the name is not `<object>_<verb>`"),
]


@pytest.mark.parametrize(("function", "events", "facts", "sentence"), WRONG)
def test_a_wrong_reaction_names_its_place(
    function: Callable[..., None], events: list[Any], facts: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(BadConfig) as refused:
        on(*events, **facts)(function)
    assert sentence in refused.value.message
    assert f"{__name__}.{function.__qualname__}" in refused.value.message
    assert function not in [each.function for each in reactions_to(created(Customer))]


def test_later_one_reacts_to_records_or_to_one_kind_of_event() -> None:
    for events in ([brewed(), brewed("tea.drunk")], [brewed("tea.spilt"), created(Customer)]):
        with pytest.raises(BadConfig, match="to events of records, or to one of another kind"):
            on(*events, later=True)(lambda_for(events))


def lambda_for(events: Sequence[Any]) -> Callable[[Scope, Sequence[Any]], None]:
    """A function that takes whatever happens."""

    def tea_serve(scope: Scope, things: Sequence[Any]) -> None: ...

    return tea_serve


def test_a_second_later_reaction_of_the_same_name_is_refused() -> None:
    on(created(Customer), later=True)(customer_greet)
    with pytest.raises(BadConfig, match="has the same name"):
        on(changed(Customer, "name"), later=True)(customer_greet)


def test_a_reaction_may_take_several_kinds_of_records() -> None:
    on(created(Customer), created(Contact))(either_greet)
    assert [reactions_to(created(one))[-1].function for one in (Customer, Contact)] == [either_greet] * 2


@pytest.mark.parametrize(
    ("name", "facts", "sentence"),
    [
        ("brewed", {}, "'brewed' is not `<object>.<verb>`"),
        ("Tea.brewed", {}, "'Tea.brewed' is not `<object>.<verb>`"),
        ("tea.", {}, "'tea.' is not `<object>.<verb>`"),
        ("tea.brewed", {"when": date}, "fact 'when' is no id, code or number"),
        ("tea.brewed", {"who": Customer}, "fact 'who' is no id, code or number"),
    ],
)
def test_a_wrong_event_names_its_place(name: str, facts: dict[str, Any], sentence: str) -> None:
    before = declared_events()
    with pytest.raises(BadConfig) as refused:
        brewed(name, **facts)
    assert sentence in refused.value.message
    assert f"{__name__}.brewed.<locals>.Brewed" in refused.value.message
    assert declared_events() == before


def test_an_event_needs_facts_and_a_name_of_its_own() -> None:
    with pytest.raises(BadConfig, match="it has no facts"):

        class Nothing(Event, name="tea.missed", label=BREWED):
            """Nothing to tell."""

    brewed()
    with pytest.raises(BadConfig, match=r"Brewed is 'tea.brewed' too"):
        brewed()


def test_explain_tells_who_reacts_now_and_later() -> None:
    event = brewed()
    on(event, later=True, queue="mail")(tea_pour)
    on(created(Customer), later=True)(customer_greet)
    told = {each.name: each for each in events_explained()}
    (pour,) = told["tea.brewed"].reactions
    assert (told["tea.brewed"].what, told["tea.brewed"].facts) == ("Tea is brewed.", ["pot_id"])
    assert (pour.name, pour.when, pour.kind, pour.queue) == ("tea_pour", "later", "atomic", "mail")
    now, *_, greeting = told["customer.created"].reactions
    assert (now.when, now.kind, now.queue) == ("now", None, None)
    assert (greeting.name, greeting.what, greeting.when) == ("customer_greet", "Say hello.", "later")


def test_every_event_has_a_name_of_its_own() -> None:
    names = [each.name for each in events_explained()]
    assert sorted(set(names)) == sorted(names)
