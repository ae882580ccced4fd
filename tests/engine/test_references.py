"""What a record refers to is looked for at once, each among the records of its own object."""

from saas.modules.customers.customer import Customer
from tests.contracts.statements import counted
from tests.world import World

CREATE = """
    mutation($input: OpportunityCreateInput!) { x: opportunityCreate(input: $input) { id problems { code path } } }"""


def test_an_id_of_another_object_is_no_reference_though_it_is_a_good_one_beside(world: World) -> None:
    customer = str(world.garage.make(Customer))
    values = {"name": "Crossed", "customerId": customer, "ownerId": customer}
    found = world.garage.ada.ask(CREATE, input=values)["x"]
    assert found == {"id": None, "problems": [{"code": "NOT_FOUND", "path": ["ownerId"]}]}


def test_references_to_several_objects_take_one_statement(world: World) -> None:
    customer, sam = str(world.garage.make(Customer)), str(world.garage.sam.id)
    values = {"name": "Straight", "customerId": customer, "ownerId": sam}
    with counted() as sent:
        assert world.garage.ada.ask(CREATE, input=values)["x"]["problems"] == []
    held = [sql for sql in sent if "FOR KEY SHARE" in sql]
    assert [("FROM customer" in sql, "FROM employee" in sql) for sql in held] == [(True, True)]
