"""A title that is public in the tenant shows behind a reference, and nothing but the title does, by whatever way."""

from typing import Any

import pytest

from saas.engine.access.tables import RowScope
from saas.engine.registry import object_of
from saas.kit.text import camel
from saas.modules.customers.customer import Customer
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.rights import Grants
from tests.contracts.selections import selection
from tests.engine.people import hire
from tests.world import Person, World, rights

BELOW = "subordinates { nodes { id } } customers { totalCount { value } }"


@pytest.fixture(scope="module")
def eve(world: World) -> Person:
    """Sees all customers, but of employees only herself, and no department."""
    grants = Grants(
        rights(RowScope.ALL, "customer", operations=("read",)) | rights(RowScope.OWN, "employee", operations=("read",))
    )
    return hire(world.garage, "eve", grants)


@pytest.fixture(scope="module")
def theirs(world: World) -> dict[str, str]:
    """A customer of sam's and one of sue's, whose owners differ in what Eve may not see."""
    garage = world.garage
    found = {}
    for name, person in (("sams", garage.sam), ("sues", garage.sue)):
        department = garage.departments["north" if name == "sams" else "service"]
        found[name] = str(garage.make(Customer, name=name, owner_id=person.id, department_id=department))
    return found


def test_only_the_title_shows(world: World, eve: Person, theirs: dict[str, str]) -> None:
    access = "access { canUpdate canDelete hiddenFields writableFields }"
    query = f"""
        query($id: ID!) {{
          customer(id: $id) {{
            owner {{ {selection(object_of(Employee)).replace("{ id }", "{ name }")} {BELOW} {access} }}
            department {{ id name code parent {{ name }} children {{ nodes {{ id }} }} }}
            access {{ hiddenFields }}
          }}
        }}"""
    seen = eve.ask(query, id=theirs["sams"])["customer"]
    owner, told = seen["owner"], seen["owner"].pop("access")
    assert {name: value for name, value in owner.items() if value is not None} == {
        "id": str(world.garage.sam.id),
        "name": "sam",
        "version": 0,
    }
    fields = {camel(field.api) for field in object_of(Employee).fields.values()}
    assert set(told.pop("hiddenFields")) == fields - {"name"}
    assert told == {"canUpdate": False, "canDelete": False, "writableFields": []}
    north = str(world.garage.departments["north"])
    assert seen["department"] == {"id": north, "name": "north", "code": None, "parent": None, "children": None}
    assert not {"owner", "department"} & set(seen["access"]["hiddenFields"])


def test_what_is_in_sight_shows_whole(world: World, eve: Person) -> None:
    id_ = str(world.garage.make(Customer, owner_id=eve.id))
    query = "query($id: ID!) { customer(id: $id) { owner { name email version customers { nodes { id } } } } }"
    owner = eve.ask(query, id=id_)["customer"]["owner"]
    assert owner["version"] >= 1
    assert owner == {
        "name": "eve",
        "email": None,
        "version": owner["version"],
        "customers": {"nodes": [{"id": id_}]},
    }


def test_by_itself_the_record_stays_out_of_sight(world: World, eve: Person) -> None:
    id_ = str(world.garage.sam.id)
    query = "query($id: ID!) { employee(id: $id) { name } node(id: $id) { id } employees { nodes { name } } }"
    assert eve.ask(query, id=id_) == {"employee": None, "node": None, "employees": {"nodes": [{"name": "eve"}]}}
    (error,) = eve.errors("{ departments { nodes { name } } }")
    assert error["extensions"]["code"] == "FORBIDDEN"


def test_filters_tell_no_more_than_the_title(world: World, eve: Person, theirs: dict[str, str]) -> None:
    """By the title and the id one finds; whatever else one asks, sam and sue are alike."""

    def found(filter_: str, person: Person = eve) -> set[str]:
        nodes = person.ask(f"{{ customers(filter: {filter_}) {{ nodes {{ name }} }} }}")["customers"]["nodes"]
        return {node["name"] for node in nodes} & {*theirs}

    departments = {name: str(id_) for name, id_ in world.garage.departments.items()}
    assert found('{ owner: { name: { eq: "SAM" } } }') == {"sams"}
    assert found(f'{{ owner: {{ id: {{ eq: "{world.garage.sue.id}" }} }} }}') == {"sues"}
    assert found("{ owner: { isNull: false } }") == {"sams", "sues"}
    assert found('{ department: { name: { startsWith: "n" } } }') == {"sams"}
    assert found('{ owner: { email: { startsWith: "sam" } } }', world.garage.ada) == {"sams"}
    secrets = (
        '{ owner: { email: { startsWith: "sam" } } }',
        '{ not: { owner: { email: { startsWith: "sam" } } } }',
        "{ owner: { email: { isNull: true } } }",
        '{ owner: { department: { name: { eq: "north" } } } }',
        f'{{ owner: {{ department: {{ under: "{departments["sales"]}" }} }} }}',
        f'{{ owner: {{ department: {{ id: {{ eq: "{departments["north"]}" }} }} }} }}',
        f'{{ owner: {{ superior: {{ id: {{ eq: "{world.garage.mona.id}" }} }} }} }}',
        '{ owner: { superior: { name: { eq: "mona" } } } }',
        f'{{ owner: {{ under: "{world.garage.mona.id}" }} }}',
        f'{{ department: {{ under: "{departments["sales"]}" }} }}',
        '{ department: { parent: { name: { eq: "sales" } } } }',
        "{ owner: { createdAt: { last: { n: 1, unit: HOUR } } } }",
        "{ owner: { deletedAt: { isNull: true } } }",
    )
    for filter_ in secrets:
        assert found(filter_) in (set(), {"sams", "sues"}), filter_


def test_orders_and_groups_tell_no_more_than_the_title(world: World, eve: Person, theirs: dict[str, str]) -> None:
    query = """
        query($o: [CustomerOrderBy!]) {
          customers(orderBy: $o, filter: { name: { in: ["sams", "sues"] } }) { nodes { name } }
        }"""

    def ordered(order: Any) -> list[str]:
        return [node["name"] for node in eve.ask(query, o=[order])["customers"]["nodes"]]

    for direction, expected in (("ASC", ["sams", "sues"]), ("DESC", ["sues", "sams"])):
        assert ordered({"owner": {"name": direction}}) == expected
    for inner in (
        {"email": "DESC"},
        {"department": {"name": "DESC"}},
        {"createdAt": "DESC"},
        {"superior": {"id": "DESC"}},
    ):
        assert ordered({"owner": inner}) == ["sams", "sues"], inner  # by id, as all is alike
    groups = """{
      customerGroups(by: [{ owner: { KEY } }], filter: { name: { in: ["sams", "sues"] } }) {
        nodes { count keys { owner { name email department { name } record { id name email version } } } }
      }
    }"""
    by_record = eve.ask(groups.replace("KEY", "id: VALUE"))["customerGroups"]["nodes"]
    assert sorted(node["keys"]["owner"]["record"]["name"] for node in by_record) == ["sam", "sue"]
    assert all(node["keys"]["owner"]["record"]["email"] is None for node in by_record)
    for key in ("email: VALUE", "department: { name: VALUE }"):
        (node,) = eve.ask(groups.replace("KEY", key))["customerGroups"]["nodes"]
        assert node["count"] == 2, key


def test_other_companies_see_no_titles(world: World, theirs: dict[str, str]) -> None:
    query = "query($id: ID!) { customer(id: $id) { owner { name } } }"
    assert world.rival.rita.ask(query, id=theirs["sams"])["customer"] is None


def test_a_deleted_record_shows_no_title(world: World, eve: Person) -> None:
    gone = world.garage.make(Employee, name="gone")
    id_ = str(world.garage.make(Customer, owner_id=gone))
    world.sql(world.garage, "UPDATE employee SET deleted_at = now() WHERE id = %s", gone)
    query = "query($id: ID!) { customer(id: $id) { owner { name } access { hiddenFields } } }"
    assert eve.ask(query, id=id_)["customer"] == {"owner": None, "access": {"hiddenFields": ["owner"]}}
