"""Every door and every operation give the answer of an oracle that knows the people and rules of the world."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from saas.engine.access.tables import Access, Relation, RowScope
from saas.engine.field import Field, Kind
from saas.engine.registry import object_of
from saas.engine.scope import Scope, open_scope
from saas.engine.write.create import create
from saas.engine.write.load import Target
from saas.engine.write.outcome import Outcome
from saas.engine.write.remove import delete, restore
from saas.engine.write.update import update
from saas.kit.errors import Forbidden
from saas.kit.text import camel
from saas.modules.customers.contact import Contact
from saas.modules.customers.customer import Customer, CustomerKind
from saas.modules.organisation.department import Department
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.rights import Grants
from tests.engine.people import hire
from tests.world import Person, World, limits, rights

Place = tuple[str | None, str | None]
PLACES: tuple[Place, ...] = (
    ("sam", "north"),
    ("sue", "sales"),
    ("mona", "sales"),
    ("vera", "service"),
    ("ada", "head"),
    ("sam", "service"),
    ("sue", None),
    (None, "north"),
    (None, None),
)
PEOPLE = ("ada", "mona", "sam", "sue", "vera", "nick")
OPERATIONS = ("read", "create", "update", "delete", "restore")


def may(person: str, operation: str) -> bool:
    """The functional right on customers and contacts."""
    return person in ("ada", "mona", "sam", "sue") or (person == "vera" and operation == "read")


def reaches(person: str, operation: str, place: Place) -> bool:
    """The oracle: what the docstring of tests/world.py says."""
    owner, department = place
    if not may(person, operation):
        return False
    if person in ("ada", "vera"):
        return True
    return owner == person or (person == "mona" and department in ("sales", "north"))


def sees(person: str, group: str, place: Place) -> bool:
    """Whether the person sees a field group of a customer that they may read."""
    if person in ("ada", "mona") or group == "assignment":
        return True
    if person == "vera":
        return False
    return group != "finance" or place[0] == person


Records = dict[Place, tuple[UUID, UUID]]


@pytest.fixture(scope="module")
def records(world: World) -> Records:
    """A customer with a contact for each place: their ids."""
    found: Records = {}
    for owner, department in PLACES:
        customer = world.garage.make(
            Customer,
            owner_id=world.garage.people[owner].id if owner else None,
            department_id=world.garage.departments[department] if department else None,
            credit_limit=Decimal(1000),
            phone="12345",
        )
        found[owner, department] = customer, world.garage.make(Contact, customer_id=customer, phone="67890")
    return found


@contextmanager
def acting(world: World, person: Person) -> Iterator[Scope]:
    """A scope of the person, of which nothing is kept."""
    with open_scope(world.garage.tenant, person.id, write=True) as scope:
        try:
            yield scope
        finally:
            scope.session.rollback()


def tried(scope: Scope, work: Any, *arguments: Any) -> str:
    """What became of one write, which is undone: "done" or the codes of the problems."""
    savepoint = scope.session.begin_nested()
    try:
        outcome: Outcome = work(scope, *arguments)[0]
        return " ".join(sorted({problem.code for problem in outcome.problems})) or "done"
    except Forbidden:
        return "FORBIDDEN"
    finally:
        savepoint.rollback()
        scope.session.expunge_all()


@pytest.mark.parametrize("name", PEOPLE)
def test_reading_doors_agree_with_the_oracle(world: World, records: Records, name: str) -> None:
    person = world.garage.people[name]
    for which, plural, single in ((0, "customers", "customer"), (1, "contacts", "contact")):
        expected = {str(ids[which]) for place, ids in records.items() if reaches(name, "read", place)}
        query = f"""
            query($ids: [ID!]!) {{
              list: {plural}(filter: {{ id: {{ in: $ids }} }}) {{ edges {{ node {{ id }} }} }}
              all: {plural} {{ nodes {{ id }} }}
              count: {plural}(filter: {{ id: {{ in: $ids }} }}) {{ totalCount {{ value }} }}
              last: {plural}(last: 500) {{ nodes {{ id }} }}
              {" ".join(f'r{i}: {single}(id: "{ids[which]}") {{ id }}' for i, ids in enumerate(records.values()))}
            }}"""
        ids = [str(each[which]) for each in records.values()]
        nodes = person.ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)["nodes"]
        assert {node["id"] for node in nodes if node} == expected
        if not may(name, "read"):
            assert {error["extensions"]["code"] for error in person.errors(query, ids=ids)} == {"FORBIDDEN"}
            continue
        answer = person.ask(query, ids=ids)
        assert {edge["node"]["id"] for edge in answer["list"]["edges"]} == expected
        assert {node["id"] for node in answer["all"]["nodes"]} & {*ids} == expected
        assert {node["id"] for node in answer["last"]["nodes"]} & {*ids} == expected
        assert answer["count"]["totalCount"]["value"] == len(expected)
        singles = [answer[f"r{i}"] for i in range(len(ids))]
        assert {each["id"] for each in singles if each} == expected


@pytest.mark.parametrize("name", PEOPLE)
def test_writing_doors_agree_with_the_oracle(world: World, records: Records, name: str) -> None:
    person = world.garage.people[name]
    customer, contact = object_of(Customer), object_of(Contact)

    def expected(operation: str, place: Place) -> str:
        if not may(name, operation):
            return "FORBIDDEN"
        return "done" if reaches(name, operation, place) else "NOT_FOUND"

    with acting(world, person) as scope:
        for place, (customer_id, contact_id) in records.items():
            for one, id_ in ((customer, customer_id), (contact, contact_id)):
                case = f"{name} {one.name} {place}"
                assert tried(scope, update, one, [(Target(id_), {"name": "new"})]) == expected("update", place), case
                assert tried(scope, delete, one, [Target(id_)]) == expected("delete", place), case
                assert tried(scope, restore, one, [Target(id_)]) == (
                    "NOT_FOUND" if may(name, "restore") else "FORBIDDEN"
                )


@pytest.mark.parametrize("name", PEOPLE)
def test_creating_agrees_with_the_oracle(world: World, name: str) -> None:
    """For somebody else, or in another department, only as far as the right to create reaches."""
    person = world.garage.people[name]
    with acting(world, person) as scope:
        for owner, department in PLACES:
            values = {
                "name": "new",
                "owner_id": world.garage.people[owner].id if owner else None,
                "department_id": world.garage.departments[department] if department else None,
            }
            expected = "done" if reaches(name, "create", (owner, department)) else "FORBIDDEN"
            assert tried(scope, create, object_of(Customer), [values]) == expected, (name, owner, department)


@pytest.mark.parametrize("name", PEOPLE)
def test_restoring_agrees_with_the_oracle(world: World, records: Records, name: str) -> None:
    person = world.garage.people[name]
    for place, (customer_id, _) in records.items():
        gone = str(customer_id)
        world.garage.ada.ask("mutation($id: ID!) { customerDelete(id: $id) { id } }", id=gone)
        expected = "done" if reaches(name, "restore", place) else "NOT_FOUND" if may(name, "restore") else "FORBIDDEN"
        try:
            with acting(world, person) as scope:
                assert tried(scope, restore, object_of(Customer), [Target(customer_id)]) == expected, place
        finally:
            world.garage.ada.ask("mutation($id: ID!) { customerRestore(id: $id) { id } }", id=gone)


@pytest.mark.parametrize("name", PEOPLE[:-1])
def test_field_groups_agree_with_the_oracle(world: World, records: Records, name: str) -> None:
    query = "{ customers { nodes { id phone creditLimit { amount } access { hiddenFields } } } }"
    found = {node["id"]: node for node in world.garage.people[name].ask(query)["customers"]["nodes"]}
    for place, (id_, _) in records.items():
        if not reaches(name, "read", place):
            continue
        node = found[str(id_)]
        finance, contact = sees(name, "finance", place), sees(name, "contact", place)
        assert node["creditLimit"] == ({"amount": "1000"} if finance else None), place
        assert node["phone"] == ("12345" if contact else None), place
        hidden = set(node["access"]["hiddenFields"])
        groups = {camel(f.api): f.group for f in object_of(Customer).shown if f.group}
        expected = {api for api, group in groups.items() if not sees(name, group, place)}
        assert hidden == expected, place


_OTHERS = tuple(relation for relation in Relation if relation is not Relation.OWNER)


@pytest.fixture(scope="module")
def olga(world: World) -> Person:
    """Reads and changes customers of all, but contacts details of others only read, finances of others hidden."""
    grants = Grants(
        rights(RowScope.ALL, "customer")
        | rights(RowScope.ALL, "employee", operations=("read",))
        | rights(RowScope.OWN, "department", operations=("read",)),
        limits("customer", "finance", Access.HIDDEN, *_OTHERS) | limits("customer", "contact", Access.READ, *_OTHERS),
    )
    return hire(world.garage, "olga", grants, department="service")


@pytest.mark.parametrize("name", ["ada", "mona", "sam", "vera", "olga"])
def test_access_tells_the_truth(world: World, records: Records, olga: Person, name: str) -> None:
    """What it lists as writable can be written, what it does not cannot; likewise for update and delete."""
    person = olga if name == "olga" else world.garage.people[name]
    one = object_of(Customer)
    own = world.garage.make(Customer, owner_id=person.id, phone="12345", credit_limit=Decimal(5))
    query = "query($ids: [ID!]) { customers(filter: { id: { in: $ids } }) { nodes { id access { %s } } } }"
    facts = "canUpdate canDelete hiddenFields maskedFields writableFields allowedActions"
    ids = [str(own), *(str(customer) for customer, _ in records.values())]
    nodes = person.ask(query % facts, ids=ids)["customers"]["nodes"]
    assert nodes
    with acting(world, person) as scope:
        for node in nodes:
            access, id_ = node["access"], UUID(node["id"])
            assert (access["maskedFields"], access["allowedActions"]) == ([], [])
            assert (tried(scope, update, one, [(Target(id_), {"language": "x"})]) == "done") is access["canUpdate"]
            assert (tried(scope, delete, one, [Target(id_)]) == "done") is access["canDelete"]
            written = {
                camel(field.api)
                for field in one.shown
                if tried(scope, update, one, [(Target(id_), {_written(field): _another(world, field.kind)})]) == "done"
            }
            links = {camel(name) for name in one.links}  # tried in the contracts
            assert written == set(access["writableFields"]) - links, node["id"]
            assert not written & (set(access["hiddenFields"]) - {"owner", "department", "parent"})


def _written(field: Field) -> str:
    """The field, or the last of its parts."""
    return field.parts[-1] if field.parts else field.name


def _another(world: World, kind: Kind) -> Any:
    values: dict[Kind, Any] = {
        Kind.TEXT: "another",
        Kind.LONG_TEXT: "another",
        Kind.EMAIL: "another@example.test",
        Kind.PHONE: "999999",
        Kind.INTEGER: 1,
        Kind.BOOLEAN: True,
        Kind.MONEY: Decimal(77),
        Kind.ADDRESS: "another",
        Kind.CHOICE: CustomerKind.ASSOCIATION,
        Kind.MOMENT: None,
    }
    return values.get(kind)


def test_a_reference_out_of_sight_reads_as_nothing(world: World) -> None:
    """Sam reads only his own customers: a parent of sue's is null, listed as hidden, and nothing behind it filters."""
    garage, sam = world.garage, world.garage.sam
    parent = garage.make(Customer, name="the parent", owner_id=garage.sue.id)
    id_ = str(garage.make(Customer, owner_id=sam.id, parent_id=parent))
    query = "query($id: ID!) { customer(id: $id) { parent { name } access { hiddenFields } } }"
    seen = sam.ask(query, id=id_)["customer"]
    assert seen["parent"] is None
    assert "parent" in seen["access"]["hiddenFields"]
    filters = (
        '{ parent: { name: { eq: "the parent" } } }',
        "{ parent: { isNull: false } }",
        '{ not: { parent: { name: { eq: "nobody" } } } }',
        f'{{ parent: {{ id: {{ eq: "{parent}" }} }} }}',
        f'{{ parent: {{ under: "{parent}" }} }}',
        f'{{ under: "{parent}" }}',
    )
    for filter_ in filters:
        found = sam.ask(f"{{ customers(filter: {filter_}) {{ nodes {{ id }} }} }}")["customers"]["nodes"]
        assert id_ not in {node["id"] for node in found}, filter_
    empty = sam.ask("{ customers(filter: { parent: { isNull: true } }) { nodes { id } } }")["customers"]["nodes"]
    assert id_ in {node["id"] for node in empty}


def test_a_record_moved_out_of_sight_gives_its_id_only(world: World) -> None:
    sam, sue = world.garage.sam, world.garage.sue
    id_ = str(world.garage.make(Customer, owner_id=sam.id))
    query = """
        mutation($id: ID!, $to: ID!) {
          x: customerUpdate(id: $id, input: { ownerId: $to }) { id customer { id name } problems { code } }
        }"""
    assert sam.ask(query, id=id_, to=str(sue.id))["x"] == {"id": id_, "customer": None, "problems": []}
    again = sam.ask(query, id=id_, to=str(sam.id))["x"]
    assert again == {"id": None, "customer": None, "problems": [{"code": "NOT_FOUND"}]}
    assert sue.ask("query($id: ID!) { customer(id: $id) { owner { name } } }", id=id_)["customer"]["owner"] == {
        "name": "sue"
    }


def test_hidden_fields_cannot_be_written(world: World, records: Records, olga: Person) -> None:
    id_ = str(records["sam", "north"][0])
    query = """
        mutation($id: ID!, $input: CustomerUpdateInput!) {
          x: customerUpdate(id: $id, input: $input) { id problems { __typename code path } }
        }"""
    money = {"amount": "1000", "currency": "USD"}
    kept = "SELECT to_jsonb(c) FROM customer c WHERE id = %s"
    before = world.sql(world.garage, kept, UUID(id_))
    for field, value in (("creditLimit", money), ("creditLimit", None), ("annualRevenue", None), ("phone", "12345")):
        refused = olga.ask(query, id=id_, input={field: value, "language": "moved"})["x"]
        problem = {"__typename": "ForbiddenProblem", "code": "FORBIDDEN", "path": [field]}
        assert refused == {"id": None, "problems": [problem]}
    assert world.sql(world.garage, kept, UUID(id_)) == before


def test_hidden_fields_cannot_be_written_at_birth_either(world: World, olga: Person) -> None:
    """Not even with a zero, which is a value like any other."""
    query = "mutation($input: CustomerCreateInput!) { x: customerCreate(input: $input) { id problems { code path } } }"
    for amount in ("0", "5"):
        for owner, expected in (
            (world.garage.sam, [{"code": "FORBIDDEN", "path": ["creditLimit"]}]),
            (olga, []),
        ):
            input_ = {"name": "n", "ownerId": str(owner.id), "creditLimit": {"amount": amount}}
            assert olga.ask(query, input=input_)["x"]["problems"] == expected
    input_ = {"name": "n", "ownerId": str(world.garage.sam.id), "phone": ""}
    assert olga.ask(query, input=input_)["x"]["problems"] == []  # nothing is given


def test_a_manager_makes_departments_below_her_own(world: World) -> None:
    grants = Grants(rights(RowScope.DEPARTMENT_TREE, "department", "employee"))
    dora = hire(world.garage, "dora", grants, department="sales")
    one, departments = object_of(Department), world.garage.departments
    with acting(world, dora) as scope:
        for parent, expected in (("sales", "done"), ("north", "done"), (None, "FORBIDDEN")):
            values = {"name": "new", "parent_id": departments[parent] if parent else None}
            assert tried(scope, create, one, [values]) == expected, parent
        assert tried(scope, create, one, [{"name": "new", "parent_id": departments["head"]}]) == "FORBIDDEN"
        for department, expected in (("north", "done"), ("service", "NOT_FOUND")):
            found = tried(scope, create, object_of(Employee), [{"name": "e", "department_id": departments[department]}])
            assert found == ("done" if expected == "done" else "FORBIDDEN"), department
