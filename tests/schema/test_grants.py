"""Rights given out through the front door: exact at the next request, audited, and only what means something."""

from decimal import Decimal
from typing import Any

from saas.engine.access.tables import RowScope
from saas.modules.customers.customer import Customer
from saas.modules.organisation.business_line import BusinessLine
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.position import Position
from saas.modules.organisation.rights import Grants
from saas.modules.organisation.role import Role
from saas.modules.sales.opportunity import Opportunity
from tests.contracts.ledger import audited
from tests.engine.people import hire
from tests.world import World, rights

GRANT = """
    mutation($id: ID!, $version: Int, $input: RoleGrantInput!) {
      x: roleGrant(id: $id, version: $version, input: $input) { id problems { code message path } }
    }"""
ASSIGN = """
    mutation($id: ID!, $roles: [HeldRoleInput!]!) {
      x: employeeAssignRoles(id: $id, roles: $roles) { id problems { code path } }
    }"""
LINES = """
    mutation($id: ID!, $lines: [ID!]!) {
      x: employeeAssignBusinessLines(id: $id, businessLines: $lines) { id problems { code path } }
    }"""
GRANTS = """
    query($id: ID!) {
      roleGrants(id: $id) {
        rights { object operation scope positionId businessLineId }
        limits { object fieldGroup relation access stage positionId businessLineId }
      }
    }"""
READ = {"object": "customer", "operation": "read", "scope": "ALL"}
HIDE = {"object": "customer", "fieldGroup": "finance", "relation": "OTHERS", "access": "HIDDEN"}
CLOSE = {
    "object": "opportunity",
    "fieldGroup": "*",
    "relation": "PARTICIPANT",
    "access": "HIDDEN",
    "stage": "won",
}
EMPTY = {"stage": None, "positionId": None, "businessLineId": None}


def test_a_role_grants_what_it_was_told_from_the_next_request_on(world: World) -> None:
    ada = world.garage.ada
    gina = hire(world.garage, "gina", Grants())
    ((role,),) = world.sql(world.garage, "SELECT role_id FROM principal_role WHERE principal_id = %s", gina.id)
    position = str(world.garage.make(Position))
    id_ = str(world.garage.make(Customer, credit_limit=Decimal(5)))
    query = "query($id: ID!) { customer(id: $id) { creditLimit { amount } } }"
    assert gina.errors(query, id=id_)[0]["extensions"]["code"] == "FORBIDDEN"
    given: dict[str, Any] = {"rights": [READ], "limits": []}
    assert ada.ask(GRANT, id=str(role), input=given)["x"] == {"id": str(role), "problems": []}
    assert gina.ask(query, id=id_)["customer"] == {"creditLimit": {"amount": "5"}}
    given = {"rights": [READ, READ | {"operation": "update", "positionId": position}], "limits": [HIDE, CLOSE]}
    assert ada.ask(GRANT, id=str(role), input=given)["x"]["problems"] == []
    assert gina.ask(query, id=id_)["customer"] == {"creditLimit": None}
    only = {"positionId": None, "businessLineId": None}
    assert ada.ask(GRANTS, id=str(role))["roleGrants"] == {
        "rights": [READ | only, READ | only | {"operation": "update", "positionId": position}],
        "limits": [EMPTY | HIDE, EMPTY | CLOSE],
    }
    told = [row["changes"]["grants"] for row in audited(world, world.garage, role) if row["fields"] == ["grants"]]
    assert told[-1] == [
        ["customer.read:all"],
        [
            "customer.read:all",
            f"customer.update:all for position {position}",
            "customer.finance@others:hidden",
            "opportunity.*@participant in won:hidden",
        ],
    ]


def test_what_means_nothing_is_refused_with_all_its_mistakes(world: World) -> None:
    role = str(world.garage.make(Role))
    line = str(world.garage.make(BusinessLine))
    given = {
        "rights": [
            READ | {"object": "custmer"},
            READ | {"operation": "see"},
            READ | {"object": "role", "scope": "OWN"},
            READ | {"positionId": line},
        ],
        "limits": [
            HIDE | {"fieldGroup": "money"},
            HIDE | {"stage": "won"},
            HIDE | {"access": "WRITE"},
            CLOSE | {"relation": "OTHERS"},
        ],
    }
    before = audited(world, world.garage)
    refused = world.garage.ada.ask(GRANT, id=role, input=given)["x"]
    assert refused["id"] is None
    assert sorted((*problem["path"], problem["message"]) for problem in refused["problems"]) == [
        ("limits", "There is no field group 'money' of customer."),
        ("limits", "There is no state 'won' of customer."),
        ("limits", "customer.finance@others:write: writing is no limit, leave it out."),
        (
            "limits",
            "opportunity.*@others in won:hidden: records as a whole are hidden from participants, in a state.",
        ),
        ("rights", "There is no object 'custmer'."),
        ("rights", "There is no operation customer.see."),
        ("rights", f"There is no position {line}."),
        ("rights", "own would reach no role."),
    ]
    assert audited(world, world.garage) == before


def test_a_stale_version_grants_nothing(world: World) -> None:
    role = str(world.garage.make(Role))
    refused = world.garage.ada.ask(GRANT, id=role, version=7, input={"rights": [READ]})["x"]
    assert [problem["code"] for problem in refused["problems"]] == ["VERSION_CONFLICT"]


def test_a_person_holds_the_roles_and_lines_assigned(world: World) -> None:
    ada = world.garage.ada
    person = str(world.garage.make(Employee))
    role, line = str(world.garage.make(Role)), str(world.garage.make(BusinessLine))
    roles = [{"roleId": role, "until": "2099-12-31"}]
    assert ada.ask(ASSIGN, id=person, roles=roles)["x"] == {"id": person, "problems": []}
    held = "SELECT role_id::text, until::text FROM principal_role WHERE principal_id = %s"
    assert world.sql(world.garage, held, person) == [(role, "2099-12-31")]
    assert ada.ask(LINES, id=person, lines=[line])["x"] == {"id": person, "problems": []}
    lines = "SELECT business_line_id::text FROM principal_business_line WHERE principal_id = %s"
    assert world.sql(world.garage, lines, person) == [(line,)]
    problem = {"code": "NOT_FOUND", "path": ["roles"]}
    assert ada.ask(ASSIGN, id=person, roles=[{"roleId": line}])["x"] == {"id": None, "problems": [problem]}
    problem = {"code": "NOT_FOUND", "path": ["businessLines"]}
    assert ada.ask(LINES, id=person, lines=[role])["x"] == {"id": None, "problems": [problem]}
    assert (world.sql(world.garage, held, person), world.sql(world.garage, lines, person)) == (
        [(role, "2099-12-31")],
        [(line,)],
    )


def test_who_may_not_change_roles_gives_out_nothing(world: World) -> None:
    """Nor to themselves: the right to change employees does not do."""
    eric = hire(world.garage, "eric", Grants(rights(RowScope.ALL, "employee", "customer")))
    role = str(world.garage.make(Role))
    world.garage.make(Opportunity)
    before = audited(world, world.garage)
    for query, arguments in (
        (GRANT, {"id": role, "input": {"rights": [READ]}}),
        (ASSIGN, {"id": str(eric.id), "roles": [{"roleId": role}]}),
    ):
        refused = eric.ask(query, **arguments)["x"]
        assert (refused["id"], [problem["code"] for problem in refused["problems"]]) == (None, ["FORBIDDEN"])
    assert eric.errors(GRANTS, id=role)[0]["extensions"]["code"] == "FORBIDDEN"
    assert audited(world, world.garage) == before
