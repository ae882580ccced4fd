"""The main job through the front door: create, read, change, delete, restore."""

from saas.modules.customers.customer import Customer
from tests.world import World

CREATE = """
mutation($input: CustomerCreateInput!) {
  customerCreate(input: $input) {
    id
    customer { id version name owner { name } department { name } createdAt deletedAt }
    problems { __typename code message path }
  }
}
"""


def test_a_new_record_belongs_to_its_maker_and_their_department(world: World) -> None:
    made = world.garage.sam.ask(CREATE, input={"name": "  Bright   Bikes "})["customerCreate"]
    assert made["problems"] == []
    assert made["customer"] == {
        "id": made["id"],
        "version": 1,
        "name": "Bright Bikes",
        "owner": {"name": "sam"},
        "department": {"name": "north"},
        "createdAt": made["customer"]["createdAt"],
        "deletedAt": None,
    }


def test_the_other_company_sees_nothing_of_it(world: World) -> None:
    id_ = world.garage.make(Customer, name="Secret")
    seen = world.rival.rita.ask(
        "query($id: ID!) { customer(id: $id) { name } node(id: $id) { id } customers { nodes { name } } }", id=str(id_)
    )
    assert seen == {"customer": None, "node": None, "customers": {"nodes": []}}


def test_currencies_and_time_zones_say_what_they_are(world: World) -> None:
    told = world.garage.ada.ask("{ viewer { tenant { baseCurrency timeZone } } }")
    assert told == {"viewer": {"tenant": {"baseCurrency": "USD", "timeZone": "Europe/Berlin"}}}
    query = """mutation($limit: MoneyInput) { x: customerCreate(input: { name: "c", creditLimit: $limit }) { id } }"""
    for wrong in ("usd", "US", "dollar", 7):
        (error,) = world.garage.ada.errors(query, limit={"amount": 1, "currency": wrong})
        assert error["extensions"]["code"] == "BAD_INPUT"
