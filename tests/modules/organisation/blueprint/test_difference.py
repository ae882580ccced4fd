"""The difference between a blueprint and the organisation is told before anything is changed."""

import pytest

from saas.engine.access.tables import RowScope
from saas.modules.organisation.blueprint.difference import Step, Verb, difference
from saas.modules.organisation.blueprint.present import Present, present
from saas.modules.organisation.blueprint.wanted import Blueprint, Impossible, Wanted
from saas.modules.organisation.rights import Grants, Right
from tests.world import World

READS = Grants(frozenset({Right("customer", "read", RowScope.ALL)}))


def test_in_an_empty_tenant_everything_is_new() -> None:
    blueprint = Blueprint(
        [Wanted("b", {"name": " B  b "}, {"parent_id": "a"}), Wanted("a", {"name": "A"})],
        [Wanted("r", {"name": "R"})],
        [Wanted("p", {"name": "P"}, {"department_id": "B"})],
        {"r": READS},
        {"p": {"r": None}},
    )
    assert difference(blueprint, Present()) == [
        Step("department", "b", Verb.CREATE, {"code": (None, "b"), "name": (None, "B b"), "parent_id": (None, "a")}),
        Step("department", "a", Verb.CREATE, {"code": (None, "a"), "name": (None, "A")}),
        Step(
            "role", "r", Verb.CREATE,
            {"code": (None, "r"), "name": (None, "R"), "grants": ([], ["customer.read:all"])},
        ),
        Step(
            "employee", "p", Verb.CREATE,
            {"code": (None, "p"), "name": (None, "P"), "department_id": (None, "B"), "roles": ([], ["r"])},
        ),
    ]  # fmt: skip


def test_what_is_not_mentioned_is_no_difference(world: World) -> None:
    blueprint = Blueprint(people=[Wanted("sam", {"name": "sam", "email": "sam@garage.test"})])
    with world.garage.scope(write=False) as scope:
        steps = difference(blueprint, present(scope, blueprint))
    assert steps == [Step("employee", "sam", Verb.UPDATE, {"code": ("E-0003", "sam")})]


def test_references_and_roles_are_told_as_people_know_them(world: World) -> None:
    sam = Wanted("sam", {"name": "sam", "email": "sam@garage.test"}, {"superior_id": None, "department_id": "new"})
    blueprint = Blueprint([Wanted("new", {"name": "New"})], people=[sam], holds={"sam": {}})
    with world.garage.scope(write=False) as scope:
        _, step = difference(blueprint, present(scope, blueprint))
    assert step.changes == {
        "code": ("E-0003", "sam"),
        "superior_id": ("E-0002", None),
        "department_id": ("north", "new"),
        "roles": (["seller"], []),
    }


def test_all_mistakes_are_told_together() -> None:
    people = [
        Wanted("a", {"name": None}, {"department_id": "nowhere"}),
        Wanted("b", {"name": "B", "email": "no address"}, {"superior_id": "nobody"}),
    ]
    with pytest.raises(Impossible) as impossible:
        difference(Blueprint(people=people, holds={"a": {"none": None}}), Present())
    places = [(mistake.number, mistake.field) for mistake in impossible.value.mistakes]
    assert places == [(0, "name"), (0, "department_id"), (0, "roles"), (1, "email"), (1, "superior_id")]
