"""Roles to start from: offered in the company's language, made once, and granting what they say."""

import itertools
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from saas.engine.access.tables import RowScope
from saas.modules.customers.customer import Customer
from saas.modules.organisation.grant_check import grant_problems
from saas.modules.organisation.rights import Grants
from saas.modules.organisation.role import Role
from saas.modules.organisation.specials import specials_given
from saas.modules.sales.opportunity import Opportunity
from saas.modules.starting_roles.making import role_created_from
from saas.modules.starting_roles.templates import TEMPLATES, RoleTemplate, template_named
from tests.contracts.ledger import audited, marks
from tests.engine.people import hire
from tests.world import Person, World, rights

_numbers = itertools.count(1)
OFFERED = """
    { roleTemplates {
      key name description isInUse rights { object operation scope } limits { object fieldGroup } specials { key value }
    } }"""
CREATE = """
    mutation($template: String!, $name: String, $code: String) {
      x: roleCreateFromTemplate(template: $template, name: $name, code: $code) { id problems { code message path } }
    }"""
GRANTS = """
    query($id: ID!) {
      role(id: $id) { name code description }
      roleGrants(id: $id) { rights { object operation scope } specials { key value } }
    }"""
ASSIGN = """
    mutation($id: ID!, $role: ID!) {
      x: employeeAssignRoles(id: $id, roles: [{ roleId: $role }]) { problems { code } }
    }"""


def _hired(world: World, key: str) -> Person:
    """Somebody of sales who holds a role that was made of this template."""
    name = f"{key}-{next(_numbers)}"
    made = world.garage.ada.ask(CREATE, template=key, name=name, code=name)["x"]
    assert made["problems"] == []
    person = hire(world.garage, f"starts-as-{name}", department="sales")
    assert world.garage.ada.ask(ASSIGN, id=str(person.id), role=made["id"])["x"] == {"problems": []}
    return person


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda each: each.key)
def test_each_means_something_and_has_names_in_both_languages(world: World, template: RoleTemplate) -> None:
    with world.garage.scope(write=False) as scope:
        assert grant_problems(scope, template.grants) == []
        values, wrong = specials_given(scope, template.specials.items())
    assert (values, wrong) == (template.specials, [])
    for label in (template.name, template.description):
        assert label.en
        assert label.zh
        assert label.en != label.zh
    assert template_named(template.key) is template


def test_keys_and_names_are_told_apart() -> None:
    for names in ([each.key for each in TEMPLATES], *zip(*((t.name.en, t.name.zh) for t in TEMPLATES), strict=True)):
        assert len(set(names)) == len(TEMPLATES)


def test_they_are_offered_in_the_language_of_the_company(world: World) -> None:
    offered = {each["key"]: each for each in world.rival.rita.ask(OFFERED)["roleTemplates"]}
    assert list(offered) == [each.key for each in TEMPLATES]
    assert offered["auditor"] == {
        "key": "auditor",
        "name": "Auditor",
        "description": "Reads everything and changes nothing.",
        "isInUse": False,
        "rights": [{"object": "*", "operation": "read", "scope": "ALL"}],
        "limits": [],
        "specials": [],
    }
    with world.garage.scope() as scope:
        in_chinese = replace(scope, tenant=replace(scope.tenant, language="zh"))
        (outcome,) = role_created_from(in_chinese, "salesperson", None, None)
        assert isinstance(outcome.record, Role)
        assert (outcome.record.name, outcome.record.code) == ("销售员", "salesperson")
        assert outcome.record.description == "管理自己的客户和商机，但不能转交客户。"
        scope.session.rollback()


def test_a_role_is_made_once_and_never_overwritten(world: World) -> None:
    ada = world.garage.ada
    made = ada.ask(CREATE, template="service")["x"]
    assert made["problems"] == []
    told = ada.ask(GRANTS, id=made["id"])
    assert told["role"] == {
        "name": "Customer service",
        "code": "service",
        "description": "Sees every customer and looks after contacts, but sees neither finances nor opportunities.",
    }
    kinds = [(row["kind"], row["fields"], row["actor_id"]) for row in audited(world, world.garage, made["id"])]
    who = str(ada.id)
    assert kinds == [("created", ["code", "description", "name"], who), ("updated", ["grants"], who)]
    update = """
        mutation($id: ID!) { x: roleGrant(id: $id, input: {
          rights: [{ object: "customer", operation: "read", scope: OWN }] }) { problems { code } } }"""
    assert ada.ask(update, id=made["id"])["x"] == {"problems": []}
    before = marks(world, world.garage)
    for given in ({}, {"name": "Other name"}, {"code": "other-code"}):
        again = ada.ask(CREATE, template="service", **given)["x"]
        assert (again["id"], [each["code"] for each in again["problems"]][:1]) == (None, ["DUPLICATE"])
    assert marks(world, world.garage) == before
    assert [each["isInUse"] for each in ada.ask(OFFERED)["roleTemplates"] if each["key"] == "service"] == [True]
    own = [{"object": "customer", "operation": "read", "scope": "OWN"}]
    assert ada.ask(GRANTS, id=made["id"])["roleGrants"]["rights"] == own
    assert ada.ask(CREATE, template="service", name="Other name", code="other-code")["x"]["problems"] == []


def test_an_unknown_template_is_told_with_those_there_are(world: World) -> None:
    before = marks(world, world.garage)
    refused = world.garage.ada.ask(CREATE, template="king")["x"]
    known = ", ".join(each.key for each in TEMPLATES)
    problem = {"code": "NOT_FOUND", "message": f"There is no template 'king'; there are {known}.", "path": ["template"]}
    assert refused == {"id": None, "problems": [problem]}
    assert marks(world, world.garage) == before


def test_who_may_not_give_out_rights_makes_none(world: World) -> None:
    """The right to create roles alone would make an administrator."""
    maker = hire(world.garage, "maker", Grants(rights(RowScope.ALL, "role", operations=("read", "create"))))
    before = marks(world, world.garage)
    for person in (maker, world.garage.sam):
        refused = person.ask(CREATE, template="administrator", name="Mine", code="mine")["x"]
        assert (refused["id"], [each["code"] for each in refused["problems"]]) == (None, ["FORBIDDEN"])
    assert world.garage.sam.errors(OFFERED)[0]["extensions"]["code"] == "FORBIDDEN"
    assert marks(world, world.garage) == before


# --- What they do ---


def _what(person: Person, id_: Any, deal: Any) -> list[str]:
    """What of a customer and an opportunity the person sees and may do."""
    query = """
        query($id: ID!, $deal: ID!) {
          c: node(id: $id) { ... on Customer { creditLimit { amount } access { canUpdate } } }
          o: node(id: $deal) { ... on Opportunity { amount { amount } access { canUpdate allowedActions } } }
        }"""
    told = person.ask(query, id=str(id_), deal=str(deal))
    found = []
    for name, field in (("c", "creditLimit"), ("o", "amount")):
        record = told[name]
        if record is not None:
            found.append(f"{name} {'with' if record[field] else 'without'} money")
            found += [f"{name} update"] if record["access"]["canUpdate"] else []
            found += [f"{name} win"] if "opportunityWin" in record["access"].get("allowedActions", ()) else []
    return found


@pytest.fixture(scope="module")
def money(world: World) -> dict[str, Any]:
    return {"name": "With money", "department_id": world.garage.departments["north"]}


WHOLE = ["c with money", "c update", "o with money", "o update", "o win"]
LOOK = ["c with money", "o with money"]


@pytest.mark.parametrize(
    ("key", "own", "other"),
    [
        ("administrator", WHOLE, WHOLE),
        ("sales_manager", WHOLE, WHOLE),
        ("salesperson", WHOLE, []),
        ("service", ["c without money"], ["c without money"]),
        ("marketing", ["c without money", "c update", "o without money"], ["c without money", "o without money"]),
        ("personnel", [], []),
        ("data_keeper", [], []),
        ("auditor", LOOK, LOOK),
    ],
)
def test_each_does_what_it_is_for(
    world: World, money: dict[str, Any], key: str, own: list[str], other: list[str]
) -> None:
    """Of what they own, and of what somebody of a department below theirs owns."""
    person = _hired(world, key)
    for owner, expected in ((person, own), (world.garage.sam, other)):
        place = money | {"owner_id": owner.id}
        customer = world.garage.make(Customer, credit_limit=Decimal(5), **place)
        deal = world.garage.make(Opportunity, amount=Decimal(7), **place)
        world.sql(world.garage, "UPDATE opportunity SET stage = 'engaging' WHERE id = %s", deal)
        assert _what(person, customer, deal) == expected


def test_personnel_gives_out_no_rights(world: World) -> None:
    person = _hired(world, "personnel")
    sam = str(world.garage.sam.id)
    update = 'mutation($id: ID!) { x: employeeUpdate(id: $id, input: { jobTitle: "Seller" }) { problems { code } } }'
    assert person.ask(update, id=sam)["x"] == {"problems": []}
    role = str(world.garage.make(Role))
    assert person.ask(ASSIGN, id=str(person.id), role=role)["x"] == {"problems": [{"code": "FORBIDDEN"}]}
    assert person.errors("{ roles { nodes { name } } }")[0]["extensions"]["code"] == "FORBIDDEN"


def test_nobody_but_the_administrator_may_change_roles() -> None:
    for template in TEMPLATES:
        may = {(each.object, each.operation) for each in template.grants.rights}
        gives = bool(may & {(one, operation) for one in ("role", "*") for operation in ("update", "*")})
        assert gives is (template.key == "administrator")


def test_personal_files_are_for_their_owners_personnel_and_auditors() -> None:
    hidden = {each.key for each in TEMPLATES if "personnel" in {limit.field_group for limit in each.grants.limits}}
    assert hidden == {"sales_manager", "salesperson", "service", "marketing", "data_keeper"}
