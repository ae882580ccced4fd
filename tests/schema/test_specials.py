"""Special permissions through the front door: granted, told, heeded, audited, and of one company only."""

from typing import Any
from uuid import UUID

import pytest

from saas.engine.access import specials
from saas.engine.access.specials import Special, SpecialKind, special
from saas.engine.access.tables import RowScope
from saas.engine.field import Label
from saas.kit.errors import BadConfig
from saas.modules.organisation.department import Department
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.rights import Grants
from saas.modules.organisation.role import Role
from tests.contracts.ledger import audited
from tests.engine.people import hire
from tests.world import Person, World, rights

GRANT = """
    mutation($id: ID!, $input: RoleGrantInput!) {
      x: roleGrant(id: $id, input: $input) { id problems { code message path } }
    }"""
OWN = """
    mutation($id: ID!, $specials: [SpecialInput!]!) {
      x: employeeGrantSpecials(id: $id, specials: $specials) { id problems { code message path } }
    }"""
TOLD = """
    query($role: ID!, $person: ID!) {
      roleGrants(id: $role) { rights { object } specials { key value } }
      employeeSpecials(id: $person) { key value }
      effectiveAccess(person: $person) { specials { key value } }
    }"""
MINE = "{ viewer { specials { key value } } }"
EVERYTHING = Grants(rights(RowScope.ALL, "customer", "employee"))
LIMIT = "customer.limit"


def given(**values: Any) -> list[dict[str, Any]]:
    return [{"key": key.replace("_", ".", 1), "value": value} for key, value in values.items()]


def mine(person: Person) -> dict[str, Any]:
    return {each["key"]: each["value"] for each in person.ask(MINE)["viewer"]["specials"]}


def changed(world: World, id_: UUID | str) -> list[Any]:
    """What the audit tells of the special permissions, before and after."""
    return [row["changes"]["specials"] for row in audited(world, world.garage, id_) if "specials" in row["fields"]]


def roles_of(world: World, person: Person) -> list[str]:
    rows = world.sql(
        world.garage, "SELECT role_id::text FROM principal_role WHERE principal_id = %s ORDER BY 1", person.id
    )
    return [role for (role,) in rows]


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two special permissions of a test, besides those of the product."""
    monkeypatch.setattr(specials, "_declared", dict(specials._declared))
    special("test.print", Label("Print", "打印"), SpecialKind.BOOLEAN)
    special("test.departments", Label("Departments", "部门"), SpecialKind.IDS, Department)


def test_roles_and_people_are_granted_and_all_of_it_adds_up(world: World, declared: None) -> None:
    ada = world.garage.ada
    person = hire(world.garage, "stella", EVERYTHING, EVERYTHING)
    first, second = roles_of(world, person)
    sales, service = sorted(str(world.garage.departments[name]) for name in ("sales", "service"))
    assert mine(person) == {}

    def role(id_: str, **values: Any) -> None:
        input_ = {"rights": [{"object": "*", "operation": "*", "scope": "ALL"}], "specials": given(**values)}
        assert ada.ask(GRANT, id=id_, input=input_)["x"] == {"id": id_, "problems": []}

    role(first, customer_limit=7, test_print=False, test_departments=[sales])
    role(second, customer_limit=9, test_print=True, test_departments=[service, sales])
    assert mine(person) == {LIMIT: 9, "test.print": True, "test.departments": [sales, service]}
    own = given(customer_limit=3, test_print=False, test_departments=[])
    assert ada.ask(OWN, id=str(person.id), specials=own)["x"] == {"id": str(person.id), "problems": []}
    assert mine(person) == {LIMIT: 3, "test.print": True, "test.departments": [sales, service]}
    told = ada.ask(TOLD, role=first, person=str(person.id))
    by_key = sorted(given(customer_limit=7, test_print=False, test_departments=[sales]), key=str)
    assert told["roleGrants"]["specials"] == by_key
    assert told["employeeSpecials"] == sorted(own, key=str)
    assert told["effectiveAccess"]["specials"] == person.ask(MINE)["viewer"]["specials"]
    assert ada.ask(OWN, id=str(person.id), specials=[])["x"]["problems"] == []
    assert mine(person)[LIMIT] == 9
    words = ["customer.limit:3", "test.departments:", "test.print:false"]
    assert changed(world, person.id) == [[[], words], [words, []]]
    assert changed(world, first) == [[[], ["customer.limit:7", f"test.departments:{sales}", "test.print:false"]]]


def test_a_role_ends_and_its_specials_with_it(world: World) -> None:
    person = hire(world.garage, "endo", EVERYTHING)
    (role,) = roles_of(world, person)
    input_ = {"rights": [], "specials": given(customer_limit=1)}
    assert world.garage.ada.ask(GRANT, id=role, input=input_)["x"]["problems"] == []
    assert mine(person) == {LIMIT: 1}
    assign = "mutation($id: ID!, $roles: [HeldRoleInput!]!) { x: employeeAssignRoles(id: $id, roles: $roles) { id } }"
    world.garage.ada.ask(assign, id=str(person.id), roles=[{"roleId": role, "until": "2020-01-01"}])
    assert mine(person) == {}


def test_what_is_not_mentioned_stays(world: World) -> None:
    role = str(world.garage.make(Role))
    inputs: list[dict[str, Any]] = [{"rights": [], "specials": given(customer_limit=4)}, {"rights": []}]
    for input_ in inputs:
        assert world.garage.ada.ask(GRANT, id=role, input=input_)["x"]["problems"] == []
    told = world.garage.ada.ask(TOLD, role=role, person=str(world.garage.sam.id))
    assert told["roleGrants"] == {"rights": [], "specials": given(customer_limit=4)}
    assert world.garage.ada.ask(GRANT, id=role, input={"rights": [], "specials": []})["x"]["problems"] == []
    assert world.sql(world.garage, "SELECT * FROM special_grant WHERE holder_id = %s", role) == []


def test_what_means_nothing_is_refused(world: World, declared: None) -> None:
    ada, sam = world.garage.ada, str(world.garage.sam.id)
    foreign = str(world.rival.make(Department))
    before = audited(world, world.garage)
    wrong: tuple[tuple[list[dict[str, Any]], str], ...] = (
        (given(customer_limits=1), "There is no special permission 'customer.limits'."),
        (given(customer_limit=True), "customer.limit is of the kind integer, its value cannot be True."),
        (given(customer_limit=-1), "customer.limit is of the kind integer, its value cannot be -1."),
        (given(customer_limit=2**31), "customer.limit is of the kind integer, its value cannot be 2147483648."),
        (given(customer_limit=[]), "customer.limit is of the kind integer, its value cannot be []."),
        (given(test_print=1), "test.print is of the kind boolean, its value cannot be 1."),
        (given(test_departments=["x"]), "test.departments is of the kind ids, its value cannot be ['x']."),
        (given(test_departments=[foreign]), f"There is no department {foreign} in your sight."),
        (given(customer_limit=1) * 2, "customer.limit stands there twice."),
    )
    for values, message in wrong:
        problem = {"code": "BAD_INPUT", "message": message, "path": ["specials"]}
        assert ada.ask(OWN, id=sam, specials=values)["x"] == {"id": None, "problems": [problem]}
        role = roles_of(world, world.garage.sam)[0]
        assert ada.ask(GRANT, id=role, input={"rights": [], "specials": values})["x"]["problems"] == [problem]
    assert ada.errors(OWN, id=sam, specials=given(customer_limit=1.5))
    assert ada.errors(OWN, id=sam, specials=given(customer_limit={"most": 1}))
    assert audited(world, world.garage) == before


def test_only_who_may_change_roles_grants_and_only_in_their_company(world: World) -> None:
    clerk = hire(world.garage, "clara", EVERYTHING)
    (role,) = roles_of(world, clerk)
    before = audited(world, world.garage)
    refused = clerk.ask(OWN, id=str(clerk.id), specials=given(customer_limit=99))["x"]
    assert (refused["id"], [each["code"] for each in refused["problems"]]) == (None, ["FORBIDDEN"])
    refused = clerk.ask(GRANT, id=role, input={"rights": [], "specials": given(customer_limit=99)})["x"]
    assert (refused["id"], [each["code"] for each in refused["problems"]]) == (None, ["FORBIDDEN"])
    assert clerk.errors("query($id: ID!) { employeeSpecials(id: $id) { key } }", id=str(clerk.id))
    rita = world.rival.rita
    refused = rita.ask(OWN, id=str(clerk.id), specials=given(customer_limit=99))["x"]
    assert (refused["id"], [each["code"] for each in refused["problems"]]) == (None, ["NOT_FOUND"])
    assert rita.ask("query($id: ID!) { employeeSpecials(id: $id) { key } }", id=str(clerk.id)) == {
        "employeeSpecials": None
    }
    assert audited(world, world.garage) == before
    assert mine(clerk) == {}


def test_a_literal_is_a_value_too(world: World) -> None:
    id_ = str(world.garage.make(Employee))
    query = 'mutation { x: employeeGrantSpecials(id: "%s", specials: [{ key: "customer.limit", value: 5 }]) { id } }'
    assert world.garage.ada.ask(query % id_)["x"] == {"id": id_}
    assert world.sql(world.garage, "SELECT key, value FROM special_grant WHERE holder_id = %s", id_) == [(LIMIT, 5)]


@pytest.mark.parametrize(
    ("key", "kind", "of", "message"),
    [
        ("limit", SpecialKind.INTEGER, None, "has no proper key"),
        (LIMIT, SpecialKind.INTEGER, None, "is declared twice"),
        ("test.lists", SpecialKind.IDS, None, "is of the kind ids"),
        ("test.switch", SpecialKind.BOOLEAN, Department, "is of the kind boolean"),
    ],
)
def test_a_wrong_declaration_stops_the_start(key: str, kind: Any, of: Any, message: str) -> None:
    with pytest.raises(BadConfig, match=message) as stopped:
        special(key, Label("Wrong", "错"), kind, of)
    assert stopped.value.remedy
    assert not isinstance(specials.special_named("test.lists"), Special)


def test_keys_that_are_declared_no_longer_are_passed_over(world: World) -> None:
    from_before = UUID(str(world.garage.make(Employee)))
    world.sql(world.garage, "INSERT INTO special_grant VALUES (%s, 'gone.long', '1')", from_before)
    told = world.garage.ada.ask("query($id: ID!) { employeeSpecials(id: $id) { key } }", id=str(from_before))
    assert told == {"employeeSpecials": []}
