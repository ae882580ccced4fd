"""What is hidden stays hidden, however cleverly one asks; and rights change at once."""

from decimal import Decimal
from typing import Any

import pytest

from saas.engine.access.tables import Access, Relation, RowScope
from saas.modules.customers.customer import Customer
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.rights import Grants, employee_assign_roles
from tests.contracts.ledger import audited
from tests.engine.people import employee_of, hire, regrant
from tests.world import Person, World, limits, rights

_OTHERS = tuple(relation for relation in Relation if relation is not Relation.OWNER)
_PRYING = Grants(
    rights(RowScope.ALL, "customer", "employee", "opportunity"),
    limits("customer", "finance", Access.HIDDEN, *_OTHERS) | limits("employee", "contact", Access.HIDDEN, *_OTHERS),
)


@pytest.fixture(scope="module")
def eve(world: World) -> Person:
    """Sees and changes all customers and employees, but not what others' credit and e-mail are."""
    return hire(world.garage, "eve", _PRYING)


@pytest.fixture(scope="module")
def others(world: World, eve: Person) -> tuple[str, str]:
    """Two customers of sam's that differ in what Eve may not see only."""
    poor, rich = (
        str(world.garage.make(Customer, name="same", owner_id=world.garage.sam.id, credit_limit=Decimal(limit)))
        for limit in (10, 1_000_000)
    )
    return poor, rich


def test_no_filter_tells_the_rich_from_the_poor(world: World, eve: Person, others: tuple[str, str]) -> None:
    world.garage.make(Customer, name="eve's", owner_id=eve.id, credit_limit=Decimal(500))
    operators = [f"{op}: {at}" for op in ("eq", "ne", "lt", "lte", "gt", "gte") for at in (0, 10, 500, 1000000)]
    operators += ["in: [10, 1000000]", "notIn: [10]", "between: { from: 0, to: 100 }", "isNull: true", "isNull: false"]
    shapes = (
        "{ creditLimit: { OP } }",
        "{ not: { creditLimit: { OP } } }",
        '{ or: [{ creditLimit: { OP } }, { name: { eq: "nobody" } }] }',
        '{ not: { and: [{ creditLimit: { OP } }, { name: { eq: "same" } }] } }',
        "{ or: [{ creditLimit: { OP } }, { creditLimit: { isNull: true } }] }",
        "{ not: { or: [{ not: { creditLimit: { OP } } }, { creditLimit: { isNull: true } }] } }",
    )
    queries = [shape.replace("OP", operator) for shape in shapes for operator in operators]
    for start in range(0, len(queries), 29):
        batch = queries[start : start + 29]
        fields = [f"f{i}: customers(filter: {each}) {{ nodes {{ id }} }}" for i, each in enumerate(batch)]
        answer = eve.ask("{ " + " ".join(fields) + " }")
        for i, filter_ in enumerate(batch):
            seen = {node["id"] for node in answer[f"f{i}"]["nodes"]} & set(others)
            assert len(seen) in (0, 2), filter_


def test_no_order_and_no_cursor_tells_them_apart(world: World, eve: Person, others: tuple[str, str]) -> None:
    query = """
        query($order: [CustomerOrderBy!], $after: String, $before: String) {
          customers(orderBy: $order, after: $after, before: $before) { edges { cursor node { id } } }
        }"""
    for direction in ("ASC", "DESC", "ASC_NULLS_FIRST", "DESC_NULLS_FIRST"):
        order = [{"creditLimit": direction}]
        edges = eve.ask(query, order=order)["customers"]["edges"]
        places = [edge["node"]["id"] for edge in edges]
        assert [id_ for id_ in places if id_ in others] == sorted(others), direction
        assert abs(places.index(others[0]) - places.index(others[1])) == 1, direction
        cursors = {edge["node"]["id"]: edge["cursor"] for edge in edges}
        assert len(cursors[others[0]]) == len(cursors[others[1]])
        rest = eve.ask(query, order=order, after=cursors[others[0]])["customers"]["edges"]
        assert rest[0]["node"]["id"] == others[1]


def test_no_list_below_a_record_tells_them_apart(world: World, eve: Person, others: tuple[str, str]) -> None:
    """By binary search: each bound splits them for sam, who may see the limits, and never for Eve."""
    query = """
        query($id: ID!, $filter: CustomerFilter, $order: [CustomerOrderBy!], $after: String, $before: String) {
          employee(id: $id) {
            customers(filter: $filter, orderBy: $order, after: $after, before: $before) {
              edges { cursor node { id } } totalCount { value }
            }
          }
        }"""

    def found(person: Person, **given: Any) -> list[dict[str, Any]]:
        below = person.ask(query, id=str(world.garage.sam.id), **given)["employee"]["customers"]
        assert below["totalCount"]["value"] == len(below["edges"]) or "after" in given or "before" in given
        return [edge for edge in below["edges"] if edge["node"]["id"] in others]

    least, most = 0, 2_000_000
    for _ in range(5):
        middle = (least + most) // 2
        told = found(world.garage.sam, filter={"creditLimit": {"gte": middle}})
        least, most = (middle, most) if others[1] in {edge["node"]["id"] for edge in told} else (least, middle)
        for filter_ in ({"creditLimit": {"gte": middle}}, {"not": {"creditLimit": {"lt": middle}}}):
            assert found(eve, filter=filter_) == [], middle
    assert (least, most) == (1_000_000, 1_062_500)
    for direction in ("ASC", "DESC", "ASC_NULLS_FIRST", "DESC_NULLS_FIRST"):
        order = [{"creditLimit": direction}]
        first, second = found(eve, order=order)
        assert (first["node"]["id"], second["node"]["id"]) == tuple(sorted(others)), direction
        assert len(first["cursor"]) == len(second["cursor"])
        assert found(eve, order=order, after=first["cursor"]) == [second]
        assert found(eve, order=order, before=second["cursor"]) == [first]


def test_a_hidden_unique_value_cannot_be_guessed(world: World, eve: Person) -> None:
    """Trying e-mail addresses on others answers the same, whether somebody has them or nobody."""
    create = "mutation($input: EmployeeCreateInput!) { x: employeeCreate(input: $input) { id problems { code path } } }"
    update = """
        mutation($id: ID!, $input: EmployeeUpdateInput!) {
          x: employeeUpdate(id: $id, input: $input) { id problems { code path } }
        }"""
    before = audited(world, world.garage)
    refused = {"id": None, "problems": [{"code": "FORBIDDEN", "path": ["email"]}]}
    for email in ("sam@garage.test", "nobody@garage.test"):
        assert eve.ask(create, input={"name": "x", "email": email})["x"] == refused
        assert eve.ask(update, id=str(world.garage.sue.id), input={"email": email})["x"] == refused
    assert audited(world, world.garage) == before
    taken = eve.ask(update, id=str(eve.id), input={"email": "sam@garage.test"})["x"]
    assert taken == {"id": None, "problems": [{"code": "DUPLICATE", "path": ["email"]}]}  # her own is hers to write


def test_a_duplicate_names_only_what_is_in_sight(world: World) -> None:
    """Sam may know that a code is taken; whose it is he learns only of his own."""
    theirs = world.garage.make(Customer, code="theirs", owner_id=world.garage.sue.id)
    mine = world.garage.make(Customer, code="mine", owner_id=world.garage.sam.id)
    query = """
        mutation($code: String!) {
          x: customerCreate(input: { name: "n", code: $code }) {
            id problems { __typename code message path ... on DuplicateProblem { existingId } }
          }
        }"""

    def problem(code: str) -> dict[str, Any]:
        answer = world.garage.sam.ask(query, code=code)["x"]
        assert answer["id"] is None
        (found,) = answer["problems"]
        assert (found["__typename"], found["code"], found["path"]) == ("DuplicateProblem", "DUPLICATE", ["code"])
        return dict(found)

    assert problem("MINE")["existingId"] == str(mine)
    hidden = problem("ＴＨＥＩＲＳ")
    assert hidden["existingId"] is None
    assert str(theirs) not in str(hidden)
    assert hidden["message"] == problem("mine")["message"]
    assert "sue" not in str(hidden)


def test_what_is_not_in_sight_answers_as_what_is_not_there(world: World) -> None:
    """Sam cannot tell a record of Sue's from none, by any verb or reference."""
    theirs = str(world.garage.make(Customer, owner_id=world.garage.sue.id))
    nothing = "01a20067-f91b-8010-9eac-e9ebfbd4c7c4"
    mutations = (
        'customerUpdate(id: $id, version: 7, input: { code: "mine" })',
        "customerDelete(id: $id)",
        "customerRestore(id: $id)",
        'contactCreate(input: { name: "c", customerId: $id })',
        'customerCreate(input: { name: "c", parentId: $id })',
    )
    queries = (
        *(f"mutation($id: ID!) {{ x: {each} {{ id problems {{ code message path }} }} }}" for each in mutations),
        "query($id: ID!) { x: customer(id: $id) { id } y: node(id: $id) { id } }",
        "query($id: ID!) { x: customers(filter: { parent: { id: { eq: $id } } }) { nodes { id } } }",
    )
    for query in queries:
        assert world.garage.sam.ask(query, id=theirs) == world.garage.sam.ask(query, id=nothing), query


def test_rights_follow_a_grant_at_once(world: World) -> None:
    """In a process that has the person's rights cached, the next request has the new ones."""
    id_ = str(world.garage.make(Customer, credit_limit=Decimal(5)))
    nora = hire(world.garage, "nora", Grants(rights(RowScope.ALL, "customer", operations=("read",))))
    query = "query($id: ID!) { customer(id: $id) { creditLimit { amount } access { canUpdate } } }"
    assert nora.ask(query, id=id_)["customer"] == {"creditLimit": {"amount": "5"}, "access": {"canUpdate": False}}
    regrant(world.garage, nora, Grants(rights(RowScope.ALL, "customer"), limits("customer", "finance", Access.HIDDEN)))
    assert nora.ask(query, id=id_)["customer"] == {"creditLimit": None, "access": {"canUpdate": True}}
    regrant(world.garage, nora, Grants(rights(RowScope.OWN, "customer")))
    assert nora.ask(query, id=id_)["customer"] is None
    regrant(world.garage, nora, Grants())
    (error,) = nora.errors(query, id=id_)
    assert error["extensions"]["code"] == "FORBIDDEN"


def test_rights_follow_the_roles_held_at_once(world: World) -> None:
    wanda = hire(world.garage, "wanda", Grants(rights(RowScope.ALL, "product")))
    query = "{ products { totalCount { value } } }"
    assert wanda.ask(query) == {"products": {"totalCount": {"value": 0}}}
    with world.garage.scope() as scope:
        employee_assign_roles(scope, employee_of(scope, wanda.id), {})
    (error,) = wanda.errors(query)
    assert error["extensions"]["code"] == "FORBIDDEN"


def test_rights_follow_the_department_at_once(world: World) -> None:
    id_ = str(world.garage.make(Customer, department_id=world.garage.departments["service"]))
    mona, query = world.garage.mona, "query($id: ID!) { customer(id: $id) { id } }"
    update = (
        "mutation($id: ID!, $to: ID!) { employeeUpdate(id: $id, input: { departmentId: $to }) { problems { code } } }"
    )
    move = "mutation($id: ID!, $to: ID!) { departmentUpdate(id: $id, input: { parentId: $to }) { problems { code } } }"
    departments = {name: str(each) for name, each in world.garage.departments.items()}
    assert mona.ask(query, id=id_)["customer"] is None
    world.garage.ada.ask(update, id=str(mona.id), to=departments["head"])
    assert mona.ask(query, id=id_)["customer"] == {"id": id_}
    world.garage.ada.ask(update, id=str(mona.id), to=departments["sales"])
    assert mona.ask(query, id=id_)["customer"] is None
    world.garage.ada.ask(move, id=departments["service"], to=departments["sales"])
    assert mona.ask(query, id=id_)["customer"] == {"id": id_}
    world.garage.ada.ask(move, id=departments["service"], to=departments["head"])
    assert mona.ask(query, id=id_)["customer"] is None


def test_whoever_leaves_is_out_at_once_and_back_when_restored(world: World) -> None:
    leo = hire(world.garage, "leo", Grants(rights(RowScope.ALL, "product")))
    query = "{ products { totalCount { value } } }"
    assert leo.ask(query)["products"]["totalCount"]["value"] == 0
    world.garage.ada.ask("mutation($id: ID!) { employeeDelete(id: $id) { id } }", id=str(leo.id))
    (error,) = leo.errors(query)
    assert error["extensions"]["code"] == "FORBIDDEN"
    world.garage.ada.ask("mutation($id: ID!) { employeeRestore(id: $id) { id } }", id=str(leo.id))
    assert leo.ask(query)["products"]["totalCount"]["value"] == 0


def test_the_superior_relation_follows_the_reporting_line(world: World) -> None:
    """Who is below whom decides what is seen of their records, at any distance, as soon as it changes."""
    grants = Grants(
        rights(RowScope.ALL, "customer"),
        limits("customer", "finance", Access.HIDDEN, Relation.SAME_DEPARTMENT, Relation.OTHERS),
    )
    boss = hire(world.garage, "boss", grants)
    middle = world.garage.make(Employee, name="middle", superior_id=boss.id)
    low = world.garage.make(Employee, name="low", superior_id=middle)
    id_ = str(world.garage.make(Customer, owner_id=low, credit_limit=Decimal(9)))
    query = "query($id: ID!) { customer(id: $id) { creditLimit { amount } } }"
    assert boss.ask(query, id=id_)["customer"]["creditLimit"] == {"amount": "9"}
    update = "mutation($id: ID!) { employeeUpdate(id: $id, input: { superiorId: null }) { problems { code } } }"
    world.garage.ada.ask(update, id=str(middle))
    assert boss.ask(query, id=id_)["customer"]["creditLimit"] is None
