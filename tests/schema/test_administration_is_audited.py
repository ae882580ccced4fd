"""Every act by which rights change hands leaves an entry: who, on whom, what was before and what is now."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from strawberry.types import get_object_definition

from saas.kit.text import camel
from saas.modules.customers.customer import Customer
from saas.modules.organisation.business_line import BusinessLine
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.role import Role
from saas.schema.deputies import DeputyMutation
from saas.schema.grants import GrantMutation
from saas.schema.role_templates import RoleTemplateMutation
from saas.schema.sharing import SharingMutation
from tests.contracts.ledger import audited
from tests.world import World

FAMILIES = (GrantMutation, DeputyMutation, RoleTemplateMutation, SharingMutation)


@dataclass(frozen=True)
class Things:
    """What acts are done to: made anew for each, with nothing said of it."""

    role: UUID
    person: UUID
    other: UUID
    line: UUID
    customer: UUID


@dataclass(frozen=True)
class Act:
    """An act, the record that its entry is about (None: the one it answers), the field, and its two sides."""

    arguments: str
    on: str | None
    field: str
    before: Callable[[Things], list[str]]
    after: Callable[[Things], list[str]]
    first: str = ""  # what is done before, so that there is something to take back


def _nothing(_: Things) -> list[str]:
    return []


SHARE = "recordShare(id: $customer, withId: $person, access: WRITE)"
TAKE_PART = "recordAddParticipant(id: $customer, personId: $person)"
ACTS = {
    "roleGrant": Act(
        '(id: $role, input: { rights: [{ object: "customer", operation: "read", scope: OWN }] })',
        "role",
        "grants",
        _nothing,
        lambda _: ["customer.read:own"],
    ),
    "employeeAssignRoles": Act(
        '(id: $person, roles: [{ roleId: $role, until: "2099-01-01" }])',
        "person",
        "roles",
        _nothing,
        lambda of: [f"{of.role} until 2099-01-01"],
    ),
    "employeeGrantSpecials": Act(
        '(id: $person, specials: [{ key: "customer.limit", value: 3 }])',
        "person",
        "specials",
        _nothing,
        lambda _: ["customer.limit:3"],
    ),
    "employeeAssignBusinessLines": Act(
        "(id: $person, businessLines: [$line])", "person", "business_lines", _nothing, lambda of: [str(of.line)]
    ),
    "employeeAssignDeputies": Act(
        '(id: $person, deputies: [{ deputyId: $other, startsOn: "2099-01-01", endsOn: "2099-01-02" }])',
        "person",
        "deputies",
        _nothing,
        lambda of: [f"{of.other} 2099-01-01 to 2099-01-02"],
    ),
    "roleCreateFromTemplate": Act(
        '(template: "auditor", name: "Audited", code: "audited")', None, "grants", _nothing, lambda _: ["*.read:all"]
    ),
    "recordShare": Act(
        SHARE.removeprefix("recordShare"), "customer", "shares", _nothing, lambda of: [f"{of.person} write"]
    ),
    "recordUnshare": Act(
        "(id: $customer, withId: $person)", "customer", "shares", lambda of: [f"{of.person} write"], _nothing, SHARE
    ),
    "recordAddParticipant": Act(
        TAKE_PART.removeprefix("recordAddParticipant"),
        "customer",
        "participants",
        _nothing,
        lambda of: [str(of.person)],
    ),
    "recordRemoveParticipant": Act(
        "(id: $customer, personId: $person)",
        "customer",
        "participants",
        lambda of: [str(of.person)],
        _nothing,
        TAKE_PART,
    ),
}


@pytest.fixture
def things(world: World) -> Things:
    make = world.garage.make
    return Things(make(Role), make(Employee), make(Employee), make(BusinessLine), make(Customer))


def _done(world: World, call: str, things: Things) -> Any:
    names = [name for name in ("role", "person", "other", "line", "customer") if f"${name}" in call]
    declared = f"({', '.join(f'${name}: ID!' for name in names)})" if names else ""
    given = {name: str(getattr(things, name)) for name in names}
    told = world.garage.ada.ask(f"mutation{declared} {{ x: {call} {{ id problems {{ message }} }} }}", **given)["x"]
    assert told["problems"] == []
    return told["id"]


def test_every_act_there_is_is_looked_at() -> None:
    fields = {
        camel(field.python_name) for family in FAMILIES for field in get_object_definition(family, strict=True).fields
    }
    assert fields == ACTS.keys()


@pytest.mark.parametrize("name", ACTS)
def test_it_tells_who_did_what_to_whom(world: World, things: Things, name: str) -> None:
    act = ACTS[name]
    if act.first:
        _done(world, act.first, things)
    answered = _done(world, f"{name}{act.arguments}", things)
    on = UUID(answered) if act.on is None else getattr(things, act.on)
    row = audited(world, world.garage, on)[-1]
    assert (row["kind"], row["actor_id"]) == ("updated", str(world.garage.ada.id))
    assert row["changes"] == {act.field: [act.before(things), act.after(things)]}


@pytest.mark.parametrize("name", [name for name in ACTS if name != "roleCreateFromTemplate"])
def test_what_changes_nothing_tells_nothing(world: World, things: Things, name: str) -> None:
    act = ACTS[name]
    if act.first:
        _done(world, act.first, things)
    _done(world, f"{name}{act.arguments}", things)
    before = audited(world, world.garage)
    _done(world, f"{name}{act.arguments}", things)
    assert audited(world, world.garage) == before
