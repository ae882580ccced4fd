"""What the catalog calls special permissions (SEC-04 to SEC-12), each as somebody meets it at the front door."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from saas.engine.access.tables import Access, Relation, RowScope
from saas.modules.catalog.product import Product
from saas.modules.customers.customer import Customer
from saas.modules.organisation.rights import Grants, Limit
from saas.modules.sales.opportunity import Opportunity
from tests.contracts.ledger import marks
from tests.engine.people import hire, regrant
from tests.world import Person, World, limits, rights

STANDARD = ("read", "create", "update")
STAFF = rights(RowScope.ALL, "employee", "department", "product", operations=("read",))
ASSIGN = """
    mutation($id: ID!, $to: ID) {
      x: customerUpdate(id: $id, input: { ownerId: $to }) { problems { __typename code message path } }
    }"""
CREATE = """
    mutation($input: CustomerCreateInput!) {
      x: customerCreate(input: $input) { customer { owner { name } } problems { code path } }
    }"""
DEAL = """
    query($id: ID!) {
      opportunity(id: $id) {
        name amount { amount } lines { description quantity unitPrice { amount } discount amount { amount } }
        access { hiddenFields allowedActions }
      }
    }"""
SUM = "query($id: ID!) { x: opportunities(filter: { id: { eq: $id } }) { aggregate { amount { sum { amount } } } } }"


@pytest.fixture
def new(world: World, request: pytest.FixtureRequest) -> Callable[..., Person]:
    """Somebody new with these grants, named after the test."""
    name = request.node.name[:40].translate(str.maketrans("[]", "--"))
    return lambda grants, more="": hire(world.garage, f"{name}{more}", grants, department="sales")


def test_who_is_responsible_for_a_customer_is_assigned_by_whom_one_lets(
    world: World, new: Callable[..., Person]
) -> None:
    """SEC-05: a seller makes customers and changes them, but gives none away and takes none; a manager does."""
    garage = world.garage
    fixed = limits("customer", "assignment", Access.READ)
    seller = new(Grants(rights(RowScope.OWN, "customer", operations=STANDARD) | STAFF, fixed))
    manager = new(Grants(rights(RowScope.DEPARTMENT_TREE, "customer", operations=STANDARD) | STAFF), "-manager")
    made = seller.ask(CREATE, input={"name": "Mine by itself"})["x"]
    assert made == {"customer": {"owner": {"name": seller.name}}, "problems": []}
    before = marks(world, garage)
    refused = seller.ask(CREATE, input={"name": "Yours", "ownerId": str(garage.sam.id)})["x"]
    assert refused["customer"] is None
    assert {each["code"] for each in refused["problems"]} == {"FORBIDDEN"}
    id_ = str(garage.make(Customer, owner_id=seller.id, department_id=garage.departments["sales"]))
    before = marks(world, garage)
    problem = {"__typename": "ForbiddenProblem", "code": "FORBIDDEN", "message": "You may not write Owner."}
    for to in (str(garage.sam.id), None):
        assert seller.ask(ASSIGN, id=id_, to=to)["x"] == {"problems": [problem | {"path": ["ownerId"]}]}
    told = seller.ask("query($id: ID!) { customer(id: $id) { owner { name } access { writableFields } } }", id=id_)[
        "customer"
    ]
    assert told["owner"] == {"name": seller.name}
    assert "name" in told["access"]["writableFields"]
    assert not {"owner", "department", "region"} & set(told["access"]["writableFields"])
    assert marks(world, garage) == before
    assert manager.ask(ASSIGN, id=id_, to=str(garage.sam.id))["x"] == {"problems": []}
    owner = "SELECT owner_id FROM customer WHERE id = %s"
    assert world.sql(garage, owner, id_) == [(garage.sam.id,)]


def test_the_price_of_a_deal_is_seen_by_whom_one_lets(world: World, new: Callable[..., Person]) -> None:
    """SEC-07: without it there is no price, discount or amount, of the deal, its lines and all sums."""
    line = {"description": "Lamp", "quantity": Decimal(2), "unit_price": Decimal(40), "discount": Decimal(10)}
    id_ = str(world.garage.make(Opportunity, name="Lamps", lines=[line]))
    read = rights(RowScope.ALL, "opportunity", operations=("read",))
    person = new(Grants(read))
    seen = person.ask(DEAL, id=id_)
    assert seen["opportunity"]["amount"] == {"amount": "72"}
    assert seen["opportunity"]["lines"][0]["unitPrice"] == {"amount": "40"}
    assert person.ask(SUM, id=id_)["x"]["aggregate"] == {"amount": {"sum": {"amount": "72"}}}
    regrant(world.garage, person, Grants(read, limits("opportunity", "amount", Access.HIDDEN)))
    assert person.ask(DEAL, id=id_)["opportunity"] == {
        "name": "Lamps",
        "amount": None,
        "lines": [{"description": "Lamp", "quantity": "2", "unitPrice": None, "discount": None, "amount": None}],
        "access": {"hiddenFields": ["currency", "amount", "probability"], "allowedActions": []},
    }
    assert person.ask(SUM, id=id_)["x"] == {"aggregate": {"amount": None}}


def test_the_cost_of_a_product_is_seen_by_whom_one_lets(world: World, new: Callable[..., Person]) -> None:
    """SEC-08, as far as cost goes; and of prices (SEC-06) the list price: each is a field group of its own."""
    id_ = str(world.garage.make(Product, cost=Decimal(3), list_price=Decimal(5)))
    query = "query($id: ID!) { product(id: $id) { cost { amount } listPrice { amount } } }"
    read = rights(RowScope.ALL, "product", operations=("read",))
    cost, price = {"cost": {"amount": "3"}}, {"listPrice": {"amount": "5"}}
    for hidden, expected in (
        ((), cost | price),
        (("cost",), {"cost": None} | price),
        (("price",), cost | {"listPrice": None}),
        (("cost", "price"), {"cost": None, "listPrice": None}),
    ):
        limited = frozenset[Limit]().union(*(limits("product", group, Access.HIDDEN) for group in hidden))
        person = new(Grants(read, limited), f"-{len(hidden)}-{hidden[-1:]}".translate(str.maketrans("", "", "(),' ")))
        assert person.ask(query, id=id_)["product"] == expected


def test_each_action_is_allowed_by_itself(world: World, new: Callable[..., Person]) -> None:
    """SEC-11: who may advance a deal does not win it, and is told so before."""
    id_ = str(world.garage.make(Opportunity))
    person = new(Grants(rights(RowScope.ALL, "opportunity", operations=("read", "advance", "lose"))))
    asked = "query($id: ID!) { opportunity(id: $id) { access { allowedActions } } }"
    allowed = person.ask(asked, id=id_)["opportunity"]["access"]["allowedActions"]
    assert allowed == ["opportunityAdvance", "opportunityLose"]
    advance = "mutation($id: ID!) { x: opportunityAdvance(id: $id) { problems { code } } }"
    assert person.ask(advance, id=id_)["x"] == {"problems": []}
    before = marks(world, world.garage)
    win = "mutation($id: ID!) { x: opportunityWin(id: $id) { problems { code } } }"
    assert person.ask(win, id=id_)["x"] == {"problems": [{"code": "FORBIDDEN"}]}
    assert marks(world, world.garage) == before


def test_a_participant_sees_nothing_of_a_stage_that_is_closed_to_them(world: World, new: Callable[..., Person]) -> None:
    """SEC-12: the deal as a whole in one stage, and its amount in another."""
    closed = frozenset({Limit("opportunity", "*", Relation.PARTICIPANT, Access.HIDDEN, "won")})
    no_amount = frozenset({Limit("opportunity", "amount", Relation.PARTICIPANT, Access.HIDDEN, "engaging")})
    person = new(Grants(rights(RowScope.OWN, "opportunity", operations=("read",)), closed | no_amount))
    id_: UUID = world.garage.make(Opportunity, name="Followed", amount=Decimal(7))
    world.sql(world.garage, "INSERT INTO record_participant VALUES (%s, %s, now())", id_, person.id)
    query = """
        query($id: ID!) {
          opportunity(id: $id) { name amount { amount } }
          opportunities(filter: { id: { eq: $id } }) { totalCount { value } }
        }"""

    def seen(stage: str) -> tuple[Any, int]:
        world.sql(world.garage, "UPDATE opportunity SET stage = %s WHERE id = %s", stage, id_)
        told = person.ask(query, id=str(id_))
        return told["opportunity"], told["opportunities"]["totalCount"]["value"]

    assert seen("prospecting") == ({"name": "Followed", "amount": {"amount": "7"}}, 1)
    assert seen("engaging") == ({"name": "Followed", "amount": None}, 1)
    assert seen("won") == (None, 0)
