"""A blueprint is carried out whole or not at all, in whatever order it is written."""

from dataclasses import replace

import pytest

from saas.engine.access.tables import Access, Relation, RowScope
from saas.modules.customers.limit import CUSTOMER_LIMIT
from saas.modules.organisation.blueprint.carry_out import carry_out
from saas.modules.organisation.blueprint.difference import Verb, difference
from saas.modules.organisation.blueprint.present import present
from saas.modules.organisation.blueprint.wanted import Blueprint, Impossible, Wanted
from saas.modules.organisation.position import Position
from saas.modules.organisation.rights import Grants, Limit, Right, grants_of, role_grant
from saas.modules.organisation.role import Role
from saas.modules.organisation.specials import grant_specials, specials_granted
from tests.world import World


def carried(world: World, blueprint: Blueprint) -> None:
    with world.garage.scope() as scope:
        carry_out(scope, blueprint, present(scope, blueprint))


def tree(world: World) -> dict[str, str | None]:
    rows = world.sql(
        world.garage,
        "SELECT d.code, p.code FROM department d LEFT JOIN department p ON p.id = d.parent_id"
        " WHERE d.code ~ '^x-[0-9]'",
    )
    return {row[0]: row[1] for row in rows}


def department(code: str, parent: str | None, name: str = "") -> Wanted:
    return Wanted(code, {"name": name or code}, {"parent_id": parent})


def test_a_tree_may_be_written_upside_down_and_turned_over(world: World) -> None:
    carried(world, Blueprint([department("x-3", "x-2"), department("x-2", "x-1"), department("x-1", None)]))
    assert tree(world) == {"x-1": None, "x-2": "x-1", "x-3": "x-2"}
    turned = Blueprint(
        [department("x-1", "x-2"), department("x-2", "x-3"), department("x-3", "x-4"), department("x-4", None)]
    )
    carried(world, turned)
    assert tree(world) == {"x-1": "x-2", "x-2": "x-3", "x-3": "x-4", "x-4": None}
    with world.garage.scope(write=False) as scope:
        assert {step.verb for step in difference(turned, present(scope, turned))} == {Verb.UNCHANGED}


def test_a_name_may_go_from_one_to_a_new_one(world: World) -> None:
    carried(world, Blueprint([department("x-old", None, "Wanted name")]))
    carried(world, Blueprint([department("x-new", None, "Wanted name"), department("x-old", "x-new", "Other name")]))
    rows = world.sql(world.garage, "SELECT code, name FROM department WHERE code IN ('x-old', 'x-new') ORDER BY code")
    assert rows == [("x-new", "Wanted name"), ("x-old", "Other name")]


def test_superiors_may_come_later_and_be_outside_the_blueprint(world: World) -> None:
    people = [
        Wanted("y-2", {"name": "Two"}, {"superior_id": "y-1"}),
        Wanted("y-1", {"name": "One", "email": "mona@garage.test"}),
    ]
    carried(world, Blueprint(people=people))
    carried(world, Blueprint(people=[Wanted("y-3", {"name": "Three"}, {"superior_id": "y-2"})]))
    query = (
        "SELECT e.code, s.code, s.id FROM employee e JOIN employee s ON s.id = e.superior_id"
        " WHERE e.code IN ('y-2', 'y-3') ORDER BY 1"
    )
    (two, three) = world.sql(world.garage, query)
    assert (two[:2], two[2], three[:2]) == (("y-2", "y-1"), world.garage.mona.id, ("y-3", "y-2"))


def test_what_a_file_cannot_speak_of_stays(world: World) -> None:
    position = world.garage.make(Position)
    bare = Right("customer", "read", RowScope.OWN)
    bound = Right("customer", "read", RowScope.ALL, position_id=position)
    limit = Limit("customer", "finance", Relation.OTHERS, Access.HIDDEN)
    hidden = replace(limit, position_id=position)
    role_id = world.garage.make(Role, code="z-1")
    with world.garage.scope() as scope:
        role = scope.session.get_one(Role, role_id)
        role_grant(scope, role, Grants(frozenset({bare, bound}), frozenset({limit, hidden})))
        grant_specials(scope, role, {CUSTOMER_LIMIT.key: 5})
    other = Right("contact", "read", RowScope.OWN)
    blueprint = Blueprint(roles=[Wanted("z-1", {"name": "Z"})], grants={"z-1": Grants(frozenset({other}), frozenset())})
    with world.garage.scope(write=False) as scope:
        (step,) = difference(blueprint, present(scope, blueprint))
    assert step.changes["grants"] == (["customer.read:own", str(limit)], ["contact.read:own"])
    carried(world, blueprint)
    with world.garage.scope(write=False) as scope:
        assert grants_of(scope, role_id) == Grants(frozenset({other, bound}), frozenset({hidden}))
        assert specials_granted(scope, role_id) == {CUSTOMER_LIMIT.key: 5}
        assert [each.verb for each in difference(blueprint, present(scope, blueprint))] == [Verb.UNCHANGED]


def test_what_the_engine_refuses_names_the_thing_and_undoes_all(world: World) -> None:
    carried(world, Blueprint([department("x-a", None), department("x-b", "x-a")]))
    before = world.sql(world.garage, "SELECT count(*) FROM audit")
    # Neither half of this circle is wrong alone: the other half is in the tenant.
    with pytest.raises(Impossible) as impossible:
        carried(world, Blueprint([department("x-c", None), department("x-a", "x-b")]))
    (mistake,) = impossible.value.mistakes
    assert (mistake.kind, mistake.number, mistake.field) == ("department", 1, "parent_id")
    assert world.sql(world.garage, "SELECT count(*) FROM audit") == before
    assert world.sql(world.garage, "SELECT 1 FROM department WHERE code = 'x-c'") == []
