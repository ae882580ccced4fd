"""Subscriptions to changes, as their followers hear them: rights, filters, cursors; two companies."""

from typing import Any

import pytest

from saas.kit.errors import AtriumError
from saas.modules.customers.customer import Customer
from tests.engine.horizon import settled
from tests.live.ear import CUSTOMERS, END, Ear
from tests.schema.following import DELETE, RESTORE, SHARE, UNSHARE, customer, update
from tests.world import World


def test_what_is_made_changed_and_deleted_is_told(world: World) -> None:
    ada = world.garage.ada
    with Ear(ada) as ear:
        id_ = customer(world, name="Early")
        made = ear.next()
        assert (made["id"], made["kind"], made["version"]) == (id_, "CREATED", 1)
        assert made["customer"] == {"name": "Early"}
        assert "name" in made["changedFields"]
        update(world, id_, name="Later")
        changed = ear.next()
        assert changed.pop("cursor")
        assert changed == {
            "id": id_, "kind": "UPDATED", "version": 2, "changedFields": ["name"], "customer": {"name": "Later"},
        }  # fmt: skip
        ada.ask(DELETE, id=id_)
        gone = ear.next()
        assert (gone["kind"], gone["customer"], gone["changedFields"]) == ("DELETED", None, [])
        ada.ask(RESTORE, id=id_)
        assert ear.told()[:2] == (id_, "CREATED")


def test_each_hears_as_much_as_they_may_see(world: World) -> None:
    sam, vera, rita = world.garage.sam, world.garage.vera, world.rival.rita
    with Ear(sam) as his, Ear(vera) as hers, Ear(rita) as theirs:
        other = customer(world, world.garage.sue, name="Of Sue")
        own = customer(world, sam, name="Of Sam")
        assert [hers.told()[0] for _ in range(2)] == [other, own]
        assert his.told()[0] == own
        foreign = str(world.rival.make(Customer, name="Foreign"))
        assert theirs.told()[0] == foreign
        assert his.is_silent()
        assert hers.is_silent()


def test_what_comes_into_sight_and_goes_is_told(world: World) -> None:
    ada, sam = world.garage.ada, world.garage.sam
    id_ = customer(world, world.garage.sue)
    settled(world)
    with Ear(sam) as ear:
        ada.ask(SHARE, id=id_, **{"with": str(sam.id)})
        assert ear.told()[:2] == (id_, "CREATED")
        ada.ask(UNSHARE, id=id_, **{"with": str(sam.id)})
        lost = ear.next()
        assert (lost["kind"], lost["version"], lost["customer"], lost["changedFields"]) == (
            "OUT_OF_SIGHT",
            None,
            None,
            [],
        )


def test_one_record_alone(world: World) -> None:
    one, other = customer(world), customer(world)
    settled(world)
    with Ear(world.garage.ada, id=one) as ear:
        update(world, other, name="Not this")
        update(world, one, name="This")
        assert ear.told() == (one, "UPDATED", ["name"])
        assert ear.is_silent()


def test_a_list_with_a_filter(world: World) -> None:
    inside, outside = customer(world, language="de"), customer(world, language="fr")
    settled(world)
    with Ear(world.garage.ada, filter={"language": {"eq": "de"}}) as ear:
        update(world, outside, name="Never in it")
        update(world, inside, name="Stays in it")
        assert ear.told() == (inside, "UPDATED", ["name"])
        update(world, outside, language="de")
        assert ear.told() == (outside, "UPDATED", ["language"])
        update(world, outside, language="fr")
        assert ear.told() == (outside, "OUT_OF_SIGHT", [])
        world.garage.ada.ask(DELETE, id=outside)
        world.garage.ada.ask(DELETE, id=inside)
        assert ear.told() == (inside, "DELETED", [])


def test_who_comes_back_goes_on_without_a_gap(world: World) -> None:
    ada = world.garage.ada
    with Ear(ada) as ear:
        first = customer(world)
        heard = ear.next()
        assert heard["id"] == first
    missed = [customer(world) for _ in range(3)]
    settled(world)
    with Ear(ada, after=heard["cursor"]) as ear, Ear(ada) as fresh:
        assert [ear.told()[0] for _ in missed] == missed
        update(world, first, name="For both")
        assert ear.told() == fresh.told() == (first, "UPDATED", ["name"])


def test_events_of_one_moment_are_told_again_to_who_leaves_between_them(world: World) -> None:
    with Ear(world.garage.ada) as ear:
        ids = {str(each) for each in world.garage.make_many(Customer, [{}, {}, {}])}
        told = [ear.next() for _ in ids]
        assert {each["id"] for each in told} == ids
        assert told[0]["cursor"] == told[1]["cursor"] != told[2]["cursor"]
    with Ear(world.garage.ada, after=told[0]["cursor"]) as ear:
        assert {ear.told()[0] for _ in ids} == ids
    with Ear(world.garage.ada, after=told[2]["cursor"]) as ear:
        last = customer(world)
        assert ear.told()[0] == last


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"filter": {"name": {"eq": None}}}, "BAD_INPUT"),
        ({"id": "no id"}, "BAD_INPUT"),
        ({"after": "no cursor"}, "BAD_INPUT"),
    ],
)
def test_what_cannot_be_followed_is_refused(world: World, variables: dict[str, Any], code: str) -> None:
    with Ear(world.garage.ada, **variables) as ear:
        answer = ear.answer()
        if isinstance(answer, AtriumError):
            assert answer.code == code
        else:
            assert answer["errors"][0]["extensions"]["code"] == code
        assert ear.answer() is END


def test_without_the_right_there_is_nothing_to_follow(world: World) -> None:
    with Ear(world.garage.nick, CUSTOMERS) as ear:
        answer = ear.answer()
        assert isinstance(answer, AtriumError)
        assert answer.code == "FORBIDDEN"
