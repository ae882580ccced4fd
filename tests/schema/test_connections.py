"""Lists below a record: the records that refer to it, with everything that a list of its own has."""

from typing import Any
from uuid import UUID

import pytest

from saas.engine.access.tables import Access, Relation, RowScope
from saas.engine.registry import object_of
from saas.engine.write.create import create
from saas.modules.customers.contact import Contact
from saas.modules.customers.customer import Customer
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.rights import Grants
from saas.modules.sales.opportunity import Opportunity
from tests.contracts.statements import counted
from tests.engine.people import hire
from tests.tenants.place import field_by_field
from tests.world import World, limits, rights

Tree = dict[str, str]


@pytest.fixture(scope="module")
def tree(world: World) -> Tree:
    """Two customers of sam's with three and one contacts, and a third of sue's with none."""
    garage, found = world.garage, {}
    for name, owner, contacts in (("A", garage.sam, "abc"), ("B", garage.sam, "d"), ("C", garage.sue, "")):
        id_ = garage.make(Customer, name=name, owner_id=owner.id)
        found[name] = str(id_)
        for contact in contacts:
            found[contact] = str(garage.make(Contact, name=contact, customer_id=id_, job_title=contact * 2))
    for name, customer in (("x", "A"), ("y", "A"), ("z", "C")):
        made = garage.make(Opportunity, name=name, customer_id=UUID(found[customer]), owner_id=garage.sue.id)
        found[name] = str(made)
    return found


def names(connection: Any) -> list[str]:
    return [node["name"] for node in connection["nodes"]]


def test_a_list_below_a_record_is_a_list(world: World, tree: Tree) -> None:
    query = """
        query($id: ID!) {
          customer(id: $id) {
            contacts { nodes { id name } edges { cursor node { name } } pageInfo { hasNextPage hasPreviousPage }
                       totalCount { value exact } }
            two: contacts(first: 2, orderBy: [{ name: DESC }]) { nodes { name } pageInfo { hasNextPage } }
            one: contacts(last: 1) { nodes { jobTitle } edges { node { name } } pageInfo { hasPreviousPage } }
            found: contacts(filter: { jobTitle: { startsWith: "B" } }) { nodes { name } totalCount { value } }
            few: contacts { totalCount(max: 2) { value exact } all: totalCount { value exact } }
            none: contacts(first: 0) { nodes { name } pageInfo { hasNextPage startCursor } }
          }
        }"""
    found = world.garage.ada.ask(query, id=tree["A"])["customer"]
    assert found["contacts"]["nodes"] == [{"id": tree[name], "name": name} for name in "abc"]
    assert [edge["node"]["name"] for edge in found["contacts"]["edges"]] == ["a", "b", "c"]
    assert found["contacts"]["pageInfo"] == {"hasNextPage": False, "hasPreviousPage": False}
    assert found["contacts"]["totalCount"] == {"value": 3, "exact": True}
    assert found["two"] == {"nodes": [{"name": "c"}, {"name": "b"}], "pageInfo": {"hasNextPage": True}}
    assert found["one"]["nodes"] == [{"jobTitle": "cc"}]
    assert found["one"]["edges"] == [{"node": {"name": "c"}}]
    assert found["one"]["pageInfo"] == {"hasPreviousPage": True}
    assert found["found"] == {"nodes": [{"name": "b"}], "totalCount": {"value": 1}}
    assert found["few"] == {"totalCount": {"value": 2, "exact": False}, "all": {"value": 3, "exact": True}}
    assert found["none"] == {"nodes": [], "pageInfo": {"hasNextPage": True, "startCursor": None}}


def test_each_parent_has_its_own_page(world: World, tree: Tree) -> None:
    query = """
        query($ids: [ID!]) {
          customers(filter: { id: { in: $ids } }) {
            nodes { name contacts(first: 2) { nodes { name } totalCount { value } pageInfo { hasNextPage } } }
          }
        }"""
    nodes = world.garage.ada.ask(query, ids=[tree[name] for name in "ABC"])["customers"]["nodes"]
    told = {
        node["name"]: (
            names(node["contacts"]),
            node["contacts"]["totalCount"]["value"],
            node["contacts"]["pageInfo"]["hasNextPage"],
        )
        for node in nodes
    }
    assert told == {"A": (["a", "b"], 3, True), "B": (["d"], 1, False), "C": ([], 0, False)}


def test_lists_stand_at_any_depth_and_under_any_alias(world: World, tree: Tree) -> None:
    """The same list with other arguments is another one, wherever it stands."""
    query = """
        query($id: ID!, $no: Boolean = false) {
          node(id: $id) { ...Named ... on Contact { customer { contacts(last: 1) { nodes { name } } } } }
          contact(id: $id) {
            one: customer { contacts(first: 1) { nodes { name } } owner { customers { nodes { ...WithContacts } } } }
            two: customer {
              contacts(first: 2) { nodes { name } }
              contacts(first: 2) { nodes { jobTitle } }
              left: contacts @include(if: $no) { nodes { name } }
              opportunities { nodes { name owner { name subordinates { nodes { name } } } } }
            }
          }
          customers(filter: { contacts: { some: { id: { eq: $id } } } }, first: 1) {
            nodes { contacts(first: 1) { nodes { name } } }
            edges { node { contacts(first: 2) { nodes { name } } } }
          }
        }
        fragment Named on Node { ... on Contact { customer { contacts(first: 1) { nodes { name } } name } } }
        fragment WithContacts on Customer { name contacts(first: 1) { nodes { name customer { name } } } }
        """
    query = query.replace("contacts: { some: { id: { eq: $id } } }", 'name: { eq: "A" }')
    error, *_ = world.garage.ada.errors(query, id=tree["b"])
    assert "conflict" in error["message"]  # contacts(first: 1) and contacts(last: 1) under one name
    found = world.garage.ada.ask(query.replace("(last: 1)", "(first: 1)"), id=tree["b"])
    assert found["node"] == {"customer": {"name": "A", "contacts": {"nodes": [{"name": "a"}]}}}
    one, two = found["contact"]["one"], found["contact"]["two"]
    assert names(one["contacts"]) == ["a"]
    assert one["owner"]["customers"]["nodes"] == [
        {"name": "A", "contacts": {"nodes": [{"name": "a", "customer": {"name": "A"}}]}},
        {"name": "B", "contacts": {"nodes": [{"name": "d", "customer": {"name": "B"}}]}},
    ]
    assert two["contacts"]["nodes"] == [{"name": "a", "jobTitle": "aa"}, {"name": "b", "jobTitle": "bb"}]
    assert "left" not in two
    assert two["opportunities"]["nodes"][0]["owner"] == {"name": "sue", "subordinates": {"nodes": []}}
    assert names(found["customers"]["nodes"][0]["contacts"]) == ["a"]
    assert names(found["customers"]["edges"][0]["node"]["contacts"]) == ["a", "b"]


def test_a_written_record_is_read_back_with_its_lists(world: World, tree: Tree) -> None:
    query = """
        mutation($id: ID!) {
          customerUpdate(id: $id, input: { language: "x" }) { customer { contacts(last: 2) { nodes { name } } } }
        }"""
    assert names(world.garage.ada.ask(query, id=tree["A"])["customerUpdate"]["customer"]["contacts"]) == ["b", "c"]


@pytest.mark.parametrize("direction", ["forwards", "backwards"])
def test_one_walks_a_list_below_a_record_by_cursors(world: World, tree: Tree, direction: str) -> None:
    query = """
        query($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
          customer(id: $id) {
            contacts(first: $first, after: $after, last: $last, before: $before, orderBy: [{ jobTitle: DESC }]) {
              nodes { name } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
            }
          }
        }"""
    size, edge, cursor = (
        ("first", "after", "endCursor") if direction == "forwards" else ("last", "before", "startCursor")
    )
    walked: list[str] = []
    given: dict[str, Any] = {}
    for step in range(3):
        page = world.garage.ada.ask(query, id=tree["A"], **{size: 1}, **given)["customer"]["contacts"]
        walked += names(page)
        info = page["pageInfo"]
        ahead, behind = info["hasNextPage"], info["hasPreviousPage"]
        assert (ahead, behind) == ((step < 2, step > 0) if direction == "forwards" else (step > 0, step < 2))
        given = {edge: info[cursor]}
    assert walked == (["c", "b", "a"] if direction == "forwards" else ["a", "b", "c"])


def test_a_cursor_belongs_to_its_own_list(world: World, tree: Tree) -> None:
    ada = world.garage.ada
    below = "query($id: ID!, $after: String) { customer(id: $id) { %s(after: $after) { pageInfo { endCursor } } } }"
    cursor = ada.ask(below % "contacts", id=tree["A"])["customer"]["contacts"]["pageInfo"]["endCursor"]
    assert ada.ask(below % "contacts", id=tree["A"], after=cursor)["customer"]["contacts"] == {
        "pageInfo": {"endCursor": None}
    }
    root = "query($after: String) { contacts(after: $after) { pageInfo { endCursor } } }"
    elsewhere = ada.ask(root)["contacts"]["pageInfo"]["endCursor"]
    for query, given in (
        (below % "contacts", {"id": tree["A"], "after": elsewhere}),
        (below % "subsidiaries", {"id": tree["A"], "after": cursor}),
        (root, {"after": cursor}),
    ):
        (error,) = ada.errors(query, **given)
        assert error["message"] == "This cursor does not belong to this list.", query


@pytest.mark.parametrize(
    ("arguments", "code", "path"),
    [
        ("first: 501", "BAD_INPUT", ["contacts", "first"]),
        ("first: 1, last: 1", "BAD_INPUT", ["contacts", "last"]),
        ('filter: { name: { eq: null } }', "BAD_INPUT", ["contacts", "filter", "name", "eq"]),
        ("filter: { mobile: { isNull: true } }", "FORBIDDEN", ["contacts"]),
        ("orderBy: [{ mobile: ASC }]", "FORBIDDEN", ["contacts"]),
        ("trash: ONLY", "FORBIDDEN", ["contacts"]),
    ],
)  # fmt: skip
def test_a_mistake_in_a_list_below_fails_the_whole_read(
    world: World, tree: Tree, arguments: str, code: str, path: list[str]
) -> None:
    """Once, whatever the number of parents."""
    query = f"{{ customers {{ nodes {{ contacts({arguments}) {{ nodes {{ id }} }} }} }} }}"
    (error,) = world.garage.vera.errors(query)
    assert (error["extensions"]["code"], error["path"]) == (code, ["customers"])
    assert error["extensions"].get("path") == path


def test_only_what_is_in_sight_is_listed_and_counted(world: World, tree: Tree) -> None:
    """Sam sees customers of his own; of their chances only his; vera reads no chances at all."""
    query = """
        query($id: ID!) {
          customer(id: $id) { opportunities { nodes { name } totalCount { value } } contacts { totalCount { value } } }
        }"""
    nothing = {"nodes": [], "totalCount": {"value": 0}}
    assert world.garage.ada.ask(query, id=tree["A"])["customer"]["opportunities"]["totalCount"]["value"] == 2
    assert world.garage.sam.ask(query, id=tree["A"])["customer"]["opportunities"] == nothing
    assert world.garage.vera.ask(query, id=tree["A"])["customer"] == {
        "opportunities": None,
        "contacts": {"totalCount": {"value": 3}},
    }


def test_the_trash_of_a_list_below(world: World, tree: Tree) -> None:
    gone = str(world.garage.make(Contact, name="gone", customer_id=UUID(tree["B"])))
    world.garage.ada.ask("mutation($id: ID!) { contactDelete(id: $id) { id } }", id=gone)
    query = """
        query($id: ID!, $trash: Trash) {
          customer(id: $id) { contacts(trash: $trash) { nodes { name } totalCount { value } } }
        }"""
    for trash, expected in (("EXCLUDE", ["d"]), ("ONLY", ["gone"]), ("INCLUDE", ["d", "gone"])):
        found = world.garage.ada.ask(query, id=tree["B"], trash=trash)["customer"]["contacts"]
        assert (names(found), found["totalCount"]["value"]) == (expected, len(expected))


def test_who_does_not_see_the_reference_does_not_find_the_record_below(world: World) -> None:
    """Whose superior somebody is, is told by the field; the list the other way round tells no more."""
    garage = world.garage
    boss = garage.make(Employee, name="boss")
    low = garage.make(Employee, name="low", superior_id=boss)
    grants = rights(RowScope.ALL, "employee", operations=("read",))
    others = (Relation.SUPERIOR, Relation.SAME_DEPARTMENT, Relation.OTHERS)
    some = hire(garage, "some", Grants(grants, limits("employee", "organisation", Access.HIDDEN, *others)))
    never = hire(garage, "never", Grants(grants, limits("employee", "organisation", Access.HIDDEN)))
    world.garage.ada.ask(
        "mutation($id: ID!, $to: ID!) { employeeUpdate(id: $id, input: { superiorId: $to }) { problems { code } } }",
        id=str(some.id),
        to=str(boss),
    )
    query = """
        query($id: ID!, $filter: EmployeeFilter) {
          employee(id: $id) { subordinates(filter: $filter) { nodes { name } totalCount { value } } }
        }"""

    def below(person: Any, filter_: Any = None) -> Any:
        return person.ask(query, id=str(boss), filter=filter_ or {})["employee"]["subordinates"]

    assert names(below(garage.ada)) == ["low", "some"]
    assert below(some) == {"nodes": [{"name": "some"}], "totalCount": {"value": 1}}  # her own superior she sees
    assert below(some, {"id": {"eq": str(low)}}) == {"nodes": [], "totalCount": {"value": 0}}
    assert below(never) is None


def test_a_hundred_parents_cost_no_more_statements_than_one(world: World) -> None:
    garage = world.garage
    customers = garage.make_many(Customer, [{"language": "many", "owner_id": garage.sue.id} for _ in range(100)])
    with garage.scope() as scope:
        create(
            scope, object_of(Contact), [{"name": f"c{n}", "customer_id": id_} for id_ in customers for n in range(3)]
        )
    query = """
        query($first: Int!) {
          customers(first: $first, filter: { language: { eq: "many" } }) {
            nodes {
              contacts(first: 2) {
                nodes { name customer { subsidiaries(first: 1) { nodes { name } totalCount { value } } } }
                totalCount { value }
              }
              last: contacts(last: 1) { nodes { name } }
            }
          }
        }"""
    with field_by_field():
        garage.ada.ask(query, first=1)  # whatever is prepared once is prepared now
        with counted() as for_one:
            garage.ada.ask(query, first=1)
        with counted() as for_hundred:
            nodes = garage.ada.ask(query, first=100)["customers"]["nodes"]
    assert len(nodes) == 100
    assert all(names(node["contacts"]) == ["c0", "c1"] and names(node["last"]) == ["c2"] for node in nodes)
    assert all(node["contacts"]["totalCount"]["value"] == 3 for node in nodes)
    assert len(for_hundred) == len(for_one) == 7
