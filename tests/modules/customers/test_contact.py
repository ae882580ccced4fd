"""Contacts are reached as far as their customer is, and seen by its owner."""

from saas.engine.access.tables import Access, Relation, RowScope
from saas.modules.customers.contact import Contact
from saas.modules.customers.customer import Customer
from saas.modules.organisation.rights import Grants
from tests.engine.people import hire
from tests.world import World, limits, rights

READ = "query($id: ID!) { contact(id: $id) { email access { canUpdate hiddenFields } } }"
CREATE = 'mutation($to: ID!) { x: contactCreate(input: { name: "c", customerId: $to }) { id problems { code path } } }'


def test_a_contact_follows_its_customer_to_another_owner(world: World) -> None:
    sam, sue = world.garage.sam, world.garage.sue
    customer = world.garage.make(Customer, owner_id=sam.id)
    id_ = str(world.garage.make(Contact, customer_id=customer, email="c@x.test"))
    seen = {"email": "c@x.test", "access": {"canUpdate": True, "hiddenFields": []}}
    assert (sam.ask(READ, id=id_)["contact"], sue.ask(READ, id=id_)["contact"]) == (seen, None)
    move = "mutation($id: ID!, $to: ID!) { customerUpdate(id: $id, input: { ownerId: $to }) { problems { code } } }"
    world.garage.ada.ask(move, id=str(customer), to=str(sue.id))
    assert (sam.ask(READ, id=id_)["contact"], sue.ask(READ, id=id_)["contact"]) == (None, seen)


def test_a_contact_is_made_only_where_its_customer_is_ones_own(world: World) -> None:
    mine, theirs = (world.garage.make(Customer, owner_id=each.id) for each in (world.garage.sam, world.garage.sue))
    assert world.garage.sam.ask(CREATE, to=str(mine))["x"]["problems"] == []
    refused = world.garage.sam.ask(CREATE, to=str(theirs))["x"]
    assert refused["id"] is None
    assert {problem["code"] for problem in refused["problems"]} <= {"NOT_FOUND", "FORBIDDEN"}
    nowhere = world.garage.sam.ask(CREATE, to="01a20067-f91b-8010-9eac-e9ebfbd4c7c4")["x"]
    assert nowhere == refused


def test_the_relation_is_that_to_the_customer(world: World) -> None:
    """Contact details of the contacts of one's own customers only; of others they read as null."""
    others = tuple(relation for relation in Relation if relation is not Relation.OWNER)
    grants = Grants(rights(RowScope.ALL, "customer", "contact"), limits("contact", "contact", Access.HIDDEN, *others))
    otto = hire(world.garage, "otto", grants)
    mine, theirs = (
        str(world.garage.make(Contact, customer_id=world.garage.make(Customer, owner_id=owner), email="c@x.test"))
        for owner in (otto.id, world.garage.sue.id)
    )
    assert otto.ask(READ, id=mine)["contact"]["email"] == "c@x.test"
    hidden = otto.ask(READ, id=theirs)["contact"]
    assert hidden["email"] is None
    assert sorted(hidden["access"]["hiddenFields"]) == [
        "address",
        "birthday",
        "email",
        "mobile",
        "phone",
        "preferences",
    ]
    found = otto.ask('{ contacts(filter: { email: { eq: "c@x.test" } }) { nodes { id } } }')["contacts"]["nodes"]
    assert found == [{"id": mine}]


def test_a_contact_needs_a_customer(world: World) -> None:
    customer = world.garage.make(Customer)
    id_ = str(world.garage.make(Contact, customer_id=customer))
    query = (
        "mutation($id: ID!) { x: contactUpdate(id: $id, input: { customerId: null }) { id problems { code path } } }"
    )
    refused = {"id": None, "problems": [{"code": "REQUIRED", "path": ["customerId"]}]}
    assert world.garage.ada.ask(query, id=id_)["x"] == refused


def test_a_contact_has_a_superior_and_an_influence(world: World) -> None:
    customer = world.garage.make(Customer)
    boss = world.garage.make(Contact, customer_id=customer, name="Boss", influence="decides", department="Purchasing")
    world.garage.make(Contact, customer_id=customer, name="Buyer", superior_id=boss, preferences="Tea")
    query = """
        query($id: ID!) {
          contact(id: $id) { department influence { label } subordinates { nodes { name preferences } } }
        }"""
    assert world.garage.ada.ask(query, id=str(boss))["contact"] == {
        "department": "Purchasing",
        "influence": {"label": "Decides"},
        "subordinates": {"nodes": [{"name": "Buyer", "preferences": "Tea"}]},
    }
