"""Telling people of something: to whom, once, as one for many, and only if the transaction commits."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest

from saas.engine.field import Label
from saas.engine.notifications import notification_kind, notify
from saas.engine.notifications.kinds import kind_named
from saas.engine.scope import Scope, open_scope
from saas.kit.errors import BadConfig, BadInput
from saas.modules.customers.customer import Customer
from tests.engine.people import hire
from tests.world import Person, World

WORDS = Label("Tea is ready", "茶好了")
TO = Label("Whoever drinks tea.", "喝茶的人。")

READY = notification_kind(
    "test_tea_ready",
    WORDS,
    text=Label("{cups} cups of {sort} tea for this {object}.", "{sort}茶{cups}杯，{object}。"),
    to=TO,
    facts={"cups": int, "sort": {"green": Label("green", "绿"), "black": Label("black", "红")}, "pot_id": UUID},
)
MANY = notification_kind(
    "test_tea_many",
    WORDS,
    text=Label("Tea for this {object}.", "{object}有茶。"),
    many=Label("Tea for {count} {objects}.", "{count}个{object}有茶。"),
    to=TO,
)
POT = UUID("00000000-0000-4000-8000-000000000001")


@contextmanager
def acting(person: Person, request_id: str = "") -> Iterator[Scope]:
    with open_scope(person.tenant, person.id, write=True, request_id=request_id) as scope:
        yield scope


def told(world: World, who: Person, kind: str = "test_tea_ready") -> list[tuple[Any, ...]]:
    statement = "SELECT object, record_id, actor_id, count, facts, read_at FROM notification"
    return world.sql(world.garage, f"{statement} WHERE recipient_id = %s AND kind = %s ORDER BY id", who.id, kind)


def customer(world: World) -> UUID:
    return world.garage.make(Customer, owner_id=world.garage.ada.id)


def test_people_are_told_with_facts_in_the_writing_transaction(world: World) -> None:
    ada, mona, sam = world.garage.ada, world.garage.mona, world.garage.sam
    id_ = customer(world)
    facts: dict[str, Any] = {"cups": 3, "sort": "green", "pot_id": POT}
    with acting(ada) as scope:
        about = scope.session.get_one(Customer, id_)
        notify(scope, [mona.id, sam.id, mona.id], READY, about=about, **facts)
    kept = {"cups": 3, "sort": "green", "pot_id": str(POT)}
    assert told(world, mona) == told(world, sam) == [("customer", id_, ada.id, 1, kept, None)]
    assert world.sql(world.rival, "SELECT count(*) FROM notification WHERE kind LIKE 'test_tea%%'") == [(0,)]


def test_nobody_is_told_of_what_was_not_committed(world: World) -> None:
    nick = world.garage.nick

    def tell_and_fail() -> None:
        with acting(world.garage.ada) as scope:
            notify(scope, [nick.id], READY, cups=1, sort="black", pot_id=POT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        tell_and_fail()
    assert told(world, nick) == []


def test_who_has_left_and_who_does_not_want_it_are_not_told(world: World) -> None:
    gone, unwilling = hire(world.garage, "teagone"), hire(world.garage, "teanot")
    world.sql(world.garage, "UPDATE principal SET is_active = false WHERE id = %s", gone.id)
    world.sql(world.garage, "INSERT INTO notification_off VALUES (%s, 'test_tea_ready')", unwilling.id)
    with acting(world.garage.ada) as scope:
        notify(scope, [gone.id, unwilling.id], READY, cups=1, sort="black", pot_id=POT)
        notify(scope, [unwilling.id], MANY)
    assert told(world, gone) == told(world, unwilling) == []
    assert len(told(world, unwilling, "test_tea_many")) == 1


def test_many_of_a_request_are_one_and_count(world: World) -> None:
    drinker = hire(world.garage, "teamany")
    ids = [customer(world), customer(world)]
    for request, id_, count in (("r1", ids[0], 2), ("r1", ids[1], 3), ("r2", ids[1], 1)):
        with acting(world.garage.ada, request) as scope:
            notify(scope, [drinker.id], MANY, about=scope.session.get_one(Customer, id_), count=count)
        world.sql(world.garage, "UPDATE notification SET read_at = now() WHERE recipient_id = %s", drinker.id)
        if id_ == ids[0]:
            read = told(world, drinker, "test_tea_many")[0][-1]
            assert read is not None
    of = [(object_name, record, count) for object_name, record, _, count, _, _ in told(world, drinker, "test_tea_many")]
    assert of == [("customer", ids[0], 5), ("customer", ids[1], 1)]


def test_what_is_told_again_is_unread_again_and_new_to_who_follows(world: World) -> None:
    drinker = hire(world.garage, "teaagain")
    look = "SELECT xid::text::bigint, read_at FROM notification WHERE recipient_id = %s"
    seen = []
    for _ in range(2):
        with acting(world.garage.ada, "again") as scope:
            notify(scope, [drinker.id], MANY)
        seen += world.sql(world.garage, look, drinker.id)
        world.sql(world.garage, "UPDATE notification SET read_at = now() WHERE recipient_id = %s", drinker.id)
    (first, unread), (second, unread_again) = seen
    assert second > first
    assert (unread, unread_again) == (None, None)


def test_what_is_told_once_is_told_once(world: World) -> None:
    drinker = hire(world.garage, "teaonce")
    for pot in ("a", "a", "b"):
        with acting(world.garage.ada, "same") as scope:
            notify(scope, [drinker.id], MANY, once=pot)
    assert [row[3] for row in told(world, drinker, "test_tea_many")] == [1, 1]


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"cups": 1, "sort": "green"},
        {"cups": 1, "sort": "oolong", "pot_id": POT},
        {"cups": True, "sort": "green", "pot_id": POT},
        {"cups": 1, "sort": "green", "pot_id": "x"},
        {"cups": 1, "sort": "green", "pot_id": POT, "milk": 1},
    ],
)
def test_other_facts_than_declared_are_refused(world: World, facts: dict[str, Any]) -> None:
    with acting(world.garage.ada) as scope, pytest.raises(BadInput):
        notify(scope, [world.garage.vera.id], READY, **facts)
    assert told(world, world.garage.vera) == []


def test_the_sentence_is_in_both_languages() -> None:
    facts = {"cups": 3, "sort": "green", "pot_id": str(POT)}
    of = Label("Customer", "客户"), Label("Customers", "客户")
    assert READY.sentence("en", 1, facts, *of) == "3 cups of green tea for this customer."
    assert READY.sentence("zh", 1, facts, *of) == "绿茶3杯，客户。"
    assert MANY.sentence("en", 7, {}, *of) == "Tea for 7 customers."
    assert MANY.sentence("en", 1, {}, *of) == "Tea for this customer."


@pytest.mark.parametrize(
    ("name", "text", "facts"),
    [
        ("tea", "Tea.", {}),
        ("test_tea_ready", "Tea.", {}),
        ("tea_new", "{milk} in it.", {}),
        ("tea_new", "Tea.", {"about": int}),
        ("tea_new", "Tea.", {"sort": float}),
    ],
)
def test_a_kind_that_is_declared_wrongly_is_refused(name: str, text: str, facts: dict[str, Any]) -> None:
    before = kind_named(name)
    with pytest.raises(BadConfig, match=f"'{name}'"):
        notification_kind(name, WORDS, text=Label(text, text), to=TO, facts=facts)
    assert kind_named(name) is before
