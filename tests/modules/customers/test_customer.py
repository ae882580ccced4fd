"""Customers: a tree of companies, whose contacts go with them and whose opportunities keep them."""

import random
import unicodedata
from decimal import Decimal
from typing import Any

import pytest

from saas.modules.customers.contact import Contact
from saas.modules.customers.customer import Customer
from saas.modules.organisation.employee import Employee
from saas.modules.sales.opportunity import Opportunity
from tests.contracts.ledger import audited
from tests.world import World

DELETE = "mutation($id: ID!) { x: customerDelete(id: $id) { id problems { code message path } } }"
RESTORE = "mutation($id: ID!) { x: customerRestore(id: $id) { id problems { code message path } } }"
CREATE = (
    "mutation($input: CustomerCreateInput!) { x: customerCreate(input: $input) { id problems { code message path } } }"
)


def _trash(world: World, table: str, column: str, id_: str) -> list[tuple[bool]]:
    return world.sql(world.garage, f"SELECT deleted_at IS NOT NULL FROM {table} WHERE {column} = %s ORDER BY id", id_)


def test_contacts_go_and_come_back_with_their_customer(world: World) -> None:
    """But not a contact that was deleted before, alone."""
    id_ = world.garage.make(Customer)
    first, second, alone = (str(world.garage.make(Contact, customer_id=id_)) for _ in range(3))
    ada, customer = world.garage.ada, str(id_)
    ada.ask("mutation($id: ID!) { contactDelete(id: $id) { id } }", id=alone)
    assert ada.ask(DELETE, id=customer)["x"] == {"id": customer, "problems": []}
    assert _trash(world, "contact", "customer_id", customer) == [(True,)] * 3
    refused = ada.ask("mutation($id: ID!) { x: contactRestore(id: $id) { problems { code path } } }", id=first)["x"]
    assert refused["problems"] == [{"code": "PARENT_DELETED", "path": ["customerId"]}]
    assert ada.ask(RESTORE, id=customer)["x"] == {"id": customer, "problems": []}
    assert _trash(world, "contact", "customer_id", customer) == [(False,), (False,), (True,)]
    for contact in (first, second):
        rows = [(row["kind"], row["version"]) for row in audited(world, world.garage, contact)]
        assert rows == [("created", 1), ("deleted", 2), ("restored", 3)]


def test_opportunities_keep_their_customer(world: World) -> None:
    id_ = world.garage.make(Customer)
    world.garage.make(Contact, customer_id=id_)
    world.garage.make(Opportunity, customer_id=id_)
    before = audited(world, world.garage)
    problem = {"code": "REFERENCED", "message": "1 opportunity refers to it as customer.", "path": ["id"]}
    assert world.garage.ada.ask(DELETE, id=str(id_))["x"] == {"id": None, "problems": [problem]}
    assert _trash(world, "contact", "customer_id", str(id_)) == [(False,)]
    assert audited(world, world.garage) == before


def test_branches_lose_the_company_above_them(world: World) -> None:
    parent = world.garage.make(Customer)
    branch = str(world.garage.make(Customer, parent_id=parent))
    assert world.garage.ada.ask(DELETE, id=str(parent))["x"]["problems"] == []
    row = audited(world, world.garage, branch)[-1]
    assert (row["kind"], row["version"], row["changes"]) == ("updated", 2, {"parent_id": [str(parent), None]})
    assert world.sql(world.garage, "SELECT version, parent_id FROM customer WHERE id = %s", branch) == [(2, None)]


def test_no_company_is_above_itself(world: World) -> None:
    a = str(world.garage.make(Customer))
    b = str(world.garage.make(Customer, parent_id=a))
    query = """
        mutation($id: ID!, $to: ID) {
          x: customerUpdate(id: $id, input: { parentId: $to }) { id problems { code path } }
        }"""
    for to in (a, b):
        refused = {"id": None, "problems": [{"code": "CIRCLE", "path": ["parentId"]}]}
        assert world.garage.ada.ask(query, id=a, to=to)["x"] == refused


def test_a_key_taken_meanwhile_keeps_the_whole_in_the_trash(world: World) -> None:
    """Also where it is the key of a contact that would come back along."""
    id_ = world.garage.make(Customer)
    world.garage.make(Contact, customer_id=id_, code="K1")
    world.garage.ada.ask(DELETE, id=str(id_))
    world.garage.make(Contact, customer_id=world.garage.make(Customer), code="k1")
    refused = world.garage.ada.ask(RESTORE, id=str(id_))["x"]
    assert (refused["id"], [problem["code"] for problem in refused["problems"]]) == (None, ["DUPLICATE"])
    assert _trash(world, "customer", "id", str(id_)) == [(True,)]


def test_a_customer_does_not_come_back_to_an_owner_in_the_trash(world: World) -> None:
    owner = world.garage.make(Employee)
    id_ = str(world.garage.make(Customer, owner_id=owner))
    ada = world.garage.ada
    assert ada.ask(DELETE, id=id_)["x"]["problems"] == []
    assert ada.ask("mutation($id: ID!) { x: employeeDelete(id: $id) { id } }", id=str(owner))["x"]["id"] == str(owner)
    problem = {
        "code": "PARENT_DELETED",
        "message": "Its owner is in the trash: restore that first.",
        "path": ["ownerId"],
    }
    assert ada.ask(RESTORE, id=id_)["x"] == {"id": None, "problems": [problem]}


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", "", "REQUIRED"),
        ("name", " \t\n ", "REQUIRED"),
        ("name", "a" * 401, "BAD_INPUT"),
        ("name", "a\u0007b", "BAD_INPUT"),
        ("notes", "a" * 20_001, "BAD_INPUT"),
        ("phone", "call me", "BAD_INPUT"),
        ("phone", "1", "BAD_INPUT"),
        ("email", "nobody", "BAD_INPUT"),
        ("creditLimit", {"amount": "1.00001"}, "BAD_INPUT"),
        ("creditLimit", {"amount": "10000000000000000"}, "BAD_INPUT"),
        ("creditLimit", {"amount": "1", "currency": "EUR"}, "BAD_INPUT"),
        ("ownerId", "42", "BAD_INPUT"),
        ("ownerId", "01a20067-f91b-8010-9eac-e9ebfbd4c7c4", "NOT_FOUND"),
    ],
)
def test_what_cannot_be_kept_is_refused(world: World, field: str, value: Any, code: str) -> None:
    before = audited(world, world.garage)
    refused = world.garage.ada.ask(CREATE, input={"name": "n", field: value})["x"]
    assert refused["id"] is None
    assert [(problem["code"], problem["path"][0]) for problem in refused["problems"]] == [(code, field)]
    assert audited(world, world.garage) == before


def test_the_largest_and_the_longest_are_kept(world: World) -> None:
    input_ = {
        "name": "宽" * 400,
        "notes": "a" * 20_000,
        "creditLimit": {"amount": "9999999999999999.9999"},
        "annualRevenue": {"amount": "-9999999999999999.9999"},
        "foundedYear": -(2**31),
    }
    assert world.garage.ada.ask(CREATE, input=input_)["x"]["problems"] == []


def test_a_name_that_folds_into_a_much_longer_one_is_kept(world: World) -> None:
    """One such sign folds into up to eighteen letters, and an index holds what they fold into."""
    signs = [chr(code) for code in range(0x3000, 0xFFFF) if len(unicodedata.normalize("NFKD", chr(code))) >= 4]
    chosen = random.Random(1)
    name = "".join(chosen.choice(signs) for _ in range(400))
    assert world.garage.ada.ask(CREATE, input={"name": name, "code": name})["x"]["problems"] == []


def test_amounts_are_exact(world: World) -> None:
    id_ = str(world.garage.make(Customer, credit_limit=Decimal("0.1000")))
    query = (
        "query($id: ID!) { customer(id: $id) { creditLimit { amount currency baseAmount } annualRevenue { amount } } }"
    )
    assert world.garage.ada.ask(query, id=id_)["customer"] == {
        "creditLimit": {"amount": "0.1", "currency": "USD", "baseAmount": "0.1"},
        "annualRevenue": None,
    }


def test_one_company_has_several_roles(world: World) -> None:
    """It is one record: listed by each of its roles, potential until somebody says otherwise."""
    query = """
        mutation {
          x: customerCreate(input: { name: "Many roles", isPartner: true, isSupplier: true, isPotential: false }) {
            customer { kind isPotential isCustomer isPartner isAgent isSupplier isCompetitor isChannel }
          }
        }"""
    roles = dict.fromkeys(("isPotential", "isCustomer", "isAgent", "isCompetitor", "isChannel"), False)
    made = world.garage.ada.ask(query)["x"]["customer"]
    assert made == roles | {"kind": "COMPANY", "isPartner": True, "isSupplier": True}
    for role, found in (("isPartner", 1), ("isSupplier", 1), ("isAgent", 0)):
        condition = f'{{ name: {{ eq: "many roles" }}, {role}: {{ eq: true }} }}'
        listed = f"{{ x: customers(filter: {condition}) {{ totalCount {{ value }} }} }}"
        assert world.garage.ada.ask(listed)["x"]["totalCount"]["value"] == found
    made = world.garage.ada.ask('mutation { x: customerCreate(input: { name: "New" }) { customer { isPotential } } }')[
        "x"
    ]
    assert made["customer"]["isPotential"] is True


def test_a_customer_has_its_twenty_fields_and_more(world: World) -> None:
    referrer = str(world.garage.make(Customer, name="Referrer"))
    input_ = {
        "name": "华兴", "fullName": "华兴食品有限公司", "kind": "COMPANY", "category": "key", "importance": "high",
        "level": "a", "lifecycle": "active", "source": "fair", "referrerId": referrer, "language": "zh",
        "mobile": "+86 13800000000", "legalPerson": "王伟", "taxNo": "91330000MA27", "bank": "工商银行",
        "bankAccount": "6222 0000", "creditRating": "aaa", "registeredCapital": {"amount": "5000000"},
    }  # fmt: skip
    query = """
        mutation($input: CustomerCreateInput!) {
          x: customerCreate(input: $input) {
            customer {
              fullName category { code label } level { label } lifecycle { code } creditRating { label }
              referrer { name referrals { totalCount { value } } } legalPerson taxNo registeredCapital { amount }
            }
            problems { code }
          }
        }"""
    assert world.garage.ada.ask(query, input=input_)["x"] == {
        "customer": {
            "fullName": "华兴食品有限公司",
            "category": {"code": "key", "label": "Key account"},
            "level": {"label": "A"},
            "lifecycle": {"code": "active"},
            "creditRating": {"label": "AAA"},
            "referrer": {"name": "Referrer", "referrals": {"totalCount": {"value": 1}}},
            "legalPerson": "王伟",
            "taxNo": "91330000MA27",
            "registeredCapital": {"amount": "5000000"},
        },
        "problems": [],
    }
