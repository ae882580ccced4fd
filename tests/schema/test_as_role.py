"""A query as if one held certain roles and no others: for who may give out roles, and never for writing."""

import hashlib
from decimal import Decimal
from typing import Any

import httpx2
import orjson
import pytest

from saas.engine.access.tables import Access, RowScope
from saas.modules.customers.customer import Customer
from saas.modules.organisation.business_line import BusinessLine
from saas.modules.organisation.position import Position
from saas.modules.organisation.rights import Grants
from saas.modules.sales.opportunity import Opportunity
from tests.contracts.ledger import marks
from tests.engine.people import hire
from tests.plans.agreeing import reading
from tests.schema import fast_way
from tests.schema.fast_way import FAST, LONG, Ways, fresh
from tests.world import Person, World, call, limits, rights

ways, short_way = fast_way.ways, fast_way.short_way
LIST = """
    query($ids: [ID!]!) {
      viewer { id permissions specials { key value } }
      customers(filter: { id: { in: $ids } }) { nodes { name creditLimit { amount } access { canUpdate } } }
    }"""
ONE = "query($id: ID!) { customer(id: $id) { creditLimit { amount } } }"
READ = Grants(rights(RowScope.ALL, "customer", operations=("read",)), limits("customer", "finance", Access.HIDDEN))
SPECIAL = """
    mutation($id: ID!, $who: ID!) {
      a: roleGrant(id: $id, input: {
        rights: [{ object: "customer", operation: "read", scope: ALL }]
        limits: []
        specials: [{ key: "customer.limit", value: 7 }]
      }) { problems { message } }
      b: employeeGrantSpecials(id: $who, specials: [{ key: "customer.limit", value: 99 }]) { problems { message } }
    }"""


def asked(person: Person, query: str | None, preview: Any, variables: dict[str, Any] | None = None, **more: Any) -> Any:
    body = {"query": query, "variables": variables or {}, "extensions": {"asRole": preview}, **more}
    return call("POST", "/graphql", json=body, headers={"authorization": f"Bearer {person.token}"})


def refused(answer: httpx2.Response) -> tuple[str, Any]:
    assert "data" not in answer.json()
    (error,) = answer.json()["errors"]
    return error["extensions"]["code"], error["message"]


def role_of(world: World, person: Person) -> str:
    ((role,),) = world.sql(world.garage, "SELECT role_id::text FROM principal_role WHERE principal_id = %s", person.id)
    return str(role)


@pytest.fixture(scope="module")
def reader(world: World) -> Person:
    return hire(world.garage, "reader", READ, department="head")


@pytest.fixture(scope="module")
def customer(world: World) -> str:
    return str(world.garage.make(Customer, name="Previewed", credit_limit=Decimal(5)))


@pytest.mark.parametrize("way", ["fields", "session", "reader"])
def test_the_answer_is_that_of_somebody_with_the_role(world: World, reader: Person, customer: str, way: Any) -> None:
    given, role = {"ids": [customer]}, role_of(world, reader)
    with reading(way):
        ours = asked(world.garage.ada, LIST, {"roleIds": [role]}, given).json()
        theirs = reader.ask(LIST, **given)
    assert ours["data"] == theirs | {"viewer": theirs["viewer"] | {"id": str(world.garage.ada.id)}}
    assert ours["data"]["customers"]["nodes"] == [
        {"name": "Previewed", "creditLimit": None, "access": {"canUpdate": False}}
    ]
    assert ours["extensions"]["asRole"] == {"roleIds": [role], "positionId": None, "businessLineIds": None}


def test_what_is_known_of_the_person_and_the_preview_do_not_mix(
    world: World, ways: Ways, reader: Person, customer: str
) -> None:
    """The same document, by turns: as oneself on the short way, as the role never."""
    query, given = fresh(ONE), {"id": customer}
    seen, hidden = ({"customer": {"creditLimit": each}} for each in ({"amount": "5"}, None))
    preview = {"roleIds": [role_of(world, reader)]}
    assert ways.known(world.garage.ada, query, given) == seen
    for _ in range(3):
        ways.taken.clear()
        answer = asked(world.garage.ada, query, preview, given).json()
        assert (ways.taken, answer["data"]) == ([LONG], hidden)
        assert ways.data(world.garage.ada, query, given) == seen
        way, own = ways.of(world.garage.ada, query, given)
        assert (way, "asRole" in own.json()["extensions"]) == ([FAST], False)
    assert ways.known(reader, query, given) == hidden


def test_rights_of_several_roles_add_up_with_a_position_and_lines(world: World) -> None:
    garage, ada = world.garage, world.garage.ada
    position, line = garage.make(Position), garage.make(BusinessLine)
    of_line = str(garage.make(Opportunity, business_line_id=line))
    lines = hire(garage, "liner", Grants(rights(RowScope.BUSINESS_LINE, "opportunity", operations=("read",))))
    only = Grants(rights(RowScope.ALL, "customer", operations=("read", "export"))).only_for(position, None)
    placed = hire(garage, "placed", only)
    query = "query($id: ID!) { viewer { permissions } node(id: $id) { id } }"

    def told(*holders: Person, **more: Any) -> tuple[list[str], bool]:
        preview = {"roleIds": [role_of(world, each) for each in holders], **more}
        data = asked(ada, query, preview, {"id": of_line}).json()["data"]
        return data["viewer"]["permissions"], data["node"] is not None

    assert told(lines) == (["opportunity.read"], False)
    assert told(lines, businessLineIds=[str(line)]) == (["opportunity.read"], True)
    assert told(placed) == ([], False)
    everything = ["customer.export", "customer.read", "opportunity.read"]
    assert told(lines, placed, positionId=str(position), businessLineIds=[str(line)]) == (everything, True)


def test_nothing_of_ones_own_is_left(world: World) -> None:
    """Neither rights nor special permissions nor those one stands in for."""
    garage = world.garage
    boss = hire(garage, "boss", Grants(rights(RowScope.ALL, "role", "employee", operations=("read", "update"))))
    holder = hire(garage, "holder", READ)
    role = role_of(world, holder)
    assert garage.ada.ask(SPECIAL, id=role, who=str(boss.id)) == {"a": {"problems": []}, "b": {"problems": []}}
    world.sql(
        garage, "INSERT INTO principal_deputy VALUES (%s, %s, '2000-01-01', '2999-01-01')", garage.sam.id, boss.id
    )
    world.sql(garage, "UPDATE stamp SET policy_version = policy_version + 1")
    query = "{ viewer { permissions specials { key value } standsInFor } }"
    own = boss.ask(query)["viewer"]
    assert (own["specials"], own["standsInFor"]) == ([{"key": "customer.limit", "value": 99}], [str(garage.sam.id)])
    assert asked(boss, query, {"roleIds": [role]}).json()["data"]["viewer"] == {
        "permissions": ["customer.read"],
        "specials": [{"key": "customer.limit", "value": 7}],
        "standsInFor": [],
    }


def test_a_mutation_is_refused_and_nothing_happens(world: World, reader: Person) -> None:
    make = 'mutation { customerCreate(input: { name: "Never" }) { id } }'
    before = marks(world, world.garage)
    answer = asked(world.garage.ada, make, {"roleIds": [role_of(world, reader)]})
    assert refused(answer) == (
        "BAD_INPUT",
        "A preview only reads: nothing was written.",
    )
    assert marks(world, world.garage) == before


def test_only_who_may_give_out_roles_may_ask(world: World, reader: Person, customer: str) -> None:
    """Whoever may read every role may not; and nobody asks as a role of another company."""
    role = role_of(world, reader)
    auditor = hire(
        world.garage, "auditor", Grants(rights(RowScope.ALL, "role", "employee", operations=("read", "create")))
    )
    query = "{ viewer { id } }"
    for person in (auditor, reader, world.garage.nick):
        answer = asked(person, query, {"roleIds": [role]})
        assert (answer.status_code, refused(answer)[0]) == (403, "FORBIDDEN")
    rita = world.rival.rita
    ((theirs,),) = world.sql(world.rival, "SELECT role_id::text FROM principal_role WHERE principal_id = %s", rita.id)
    for person, other in ((rita, role), (world.garage.ada, theirs), (world.garage.ada, customer)):
        answer = asked(person, query, {"roleIds": [other]})
        assert refused(answer) == ("BAD_INPUT", f"There is no role {other} in your sight.")


@pytest.mark.parametrize(
    "preview",
    [
        "seller",
        {},
        {"roleIds": []},
        {"roleIds": "a"},
        {"roleIds": [1]},
        {"roleIds": ["no id"]},
        {"roleIds": [None]},
        {"roleIds": ["0"] * 101},
        {"roleIds": None, "positionId": None},
        {"role": "seller"},
    ],
)
def test_what_cannot_be_read_is_refused(world: World, preview: Any) -> None:
    answer = asked(world.garage.ada, "{ viewer { id } }", preview)
    assert (answer.status_code, refused(answer)[0]) == (400, "BAD_INPUT")


def test_an_unknown_position_or_line_is_refused(world: World, reader: Person) -> None:
    role = role_of(world, reader)
    for name, given in (("positionId", role), ("businessLineIds", [role])):
        code, message = refused(asked(world.garage.ada, "{ viewer { id } }", {"roleIds": [role], name: given}))
        assert (code, message.startswith("There is no ")) == ("BAD_INPUT", True)


def test_a_document_that_is_kept_is_previewed_too(world: World, reader: Person) -> None:
    query = "{ viewer { permissions } } # kept"
    id_ = hashlib.sha256(query.encode()).hexdigest()
    preview = {"roleIds": [role_of(world, reader)]}
    for text in (query, None):
        answer = asked(world.garage.ada, text, preview, documentId=id_).json()
        assert answer["data"] == {"viewer": {"permissions": ["customer.read"]}}


def test_it_comes_by_get_too(world: World, reader: Person) -> None:
    extensions = orjson.dumps({"asRole": {"roleIds": [role_of(world, reader)]}}).decode()
    parameters = {"query": "{ viewer { permissions } }", "extensions": extensions}
    headers = {"authorization": f"Bearer {world.garage.ada.token}"}
    answer = call("GET", "/graphql", params=parameters, headers=headers).json()
    assert answer["data"] == {"viewer": {"permissions": ["customer.read"]}}
    assert answer["extensions"]["asRole"]["roleIds"] == [role_of(world, reader)]
