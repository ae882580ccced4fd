"""A name that no record has: the report asks whether one that is nearly like it is meant, of those in sight alone."""

import pytest

from saas.engine.scope import open_scope
from saas.engine.transfer.chunk import write_chunk
from saas.engine.transfer.mapping import mapping_from
from saas.engine.transfer.plan import plan_for
from saas.engine.transfer.rows import START, next_lines
from saas.modules.catalog.product import Product
from saas.modules.customers.customer import Customer
from tests.contracts.statements import counted
from tests.transfer.place import begin, bring, sentences
from tests.world import World

MAPPING = {
    "object": "opportunity",
    "key": ["name"],
    "columns": {"name": "name", "product": "product", "customer": "customer"},
}
WHERE = "3 error NOT_FOUND Product: there is no product with the name"


@pytest.fixture(scope="module", autouse=True)
def things(world: World) -> None:
    world.garage.make_many(Product, [{"name": "GTX Pro"}, {"name": "MG Special"}, {"name": "数控机床"}])
    world.garage.make(Customer, name="Cancity of Sam", owner_id=world.garage.sam.id)
    world.garage.make(Customer, name="Codehow of Ada", owner_id=world.garage.ada.id)


@pytest.mark.parametrize(
    ("cell", "near"),
    [("GTXPro", "GTX Pro"), ("gtx-pro", "GTX Pro"), ("MG Spezial", "MG Special"), ("数控机库", "数控机床")],
)
def test_what_is_nearly_like_it_is_named(world: World, cell: str, near: str) -> None:
    _, issues = bring(world.garage.tenant, f"name,product,customer\nfine,GTX Pro,\nwrong {cell},{cell},\n", MAPPING)
    assert sentences(issues) == [f"{WHERE} “{cell}”. Is “{near}” meant?"]


def test_what_is_like_nothing_is_left_alone(world: World) -> None:
    _, issues = bring(world.garage.tenant, "name,product,customer\na,GTX Pro,\nb,Something else,\n", MAPPING)
    assert sentences(issues) == [f"{WHERE} “Something else”."]


def test_what_is_out_of_sight_is_not_named(world: World) -> None:
    text = "name,product,customer\nm1,,Cancity of Sem\nm2,,Codehow of Ade\n"
    _, issues = bring(world.garage.tenant, text, MAPPING, by=world.garage.sam)
    assert sentences(issues) == [
        "2 error NOT_FOUND Customer: there is no customer with the name “Cancity of Sem”. Is “Cancity of Sam” meant?",
        "3 error NOT_FOUND Customer: there is no customer with the name “Codehow of Ade”.",
    ]


def test_many_wrong_names_cost_one_statement(world: World) -> None:
    def cost(number: int) -> int:
        rows = "".join(f"c{each},GTX-Pro {each % 50},\n" for each in range(number))
        plan = plan_for(mapping_from(MAPPING), ("name", "product", "customer"))
        run_id = begin(world.garage.tenant, f"name,product,customer\n{rows}", MAPPING)
        with open_scope(world.garage.tenant, None, write=True) as scope:
            lines = next_lines(scope, run_id, plan, START, number)
            with counted() as sent:
                written = write_chunk(scope, plan, lines)
        assert {each.became for each in written} == {"refused"}
        return len(sent)

    cost(1)
    assert cost(1) == cost(200)
