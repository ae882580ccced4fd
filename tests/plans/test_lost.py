"""A record that a plan does not find is looked for by Python; what the plan found beside it is not asked again."""

from saas.modules.customers.customer import Customer
from tests.contracts.statements import counted
from tests.world import World

NODE = "node(id: $id) { id }"
LISTS = "customers(first: 1) { nodes { name } totalCount { value } } contacts(first: 2) { nodes { name } }"


def test_only_what_was_lost_is_asked_again(world: World) -> None:
    ada, theirs = world.garage.ada, world.rival.make(Customer)
    answers, costs = [], []
    for fields in (NODE, f"{NODE} {LISTS}"):
        query = f"query($id: ID!) {{ {fields} }}"
        ada.ask(query, id=str(theirs))
        with counted() as sent:
            answers.append(ada.ask(query, id=str(theirs)))
        costs.append(len(sent))
    assert costs[0] == costs[1] > 1
    assert answers == [{"node": None}, {"node": None, **ada.ask(f"{{ {LISTS} }}")}]
