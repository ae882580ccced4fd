"""Following changes as a machine does: with a cursor, page by page."""

from dataclasses import dataclass, field
from typing import Any

from saas.modules.customers.customer import Customer
from tests.engine.horizon import settled
from tests.world import Person, World

CHANGES = """
    query($after: String, $objects: [String!], $first: Int, $from: ChangesFrom) {
      changes(after: $after, objects: $objects, first: $first, from: $from) {
        nodes { object id kind version changedFields at } cursor hasMore
      }
    }"""
IDS = "query($after: String, $first: Int) { changes(after: $after, first: $first) { nodes { id } cursor hasMore } }"
UPDATE = "mutation($id: ID!, $input: CustomerUpdateInput!) { x: customerUpdate(id: $id, input: $input) { id } }"
DELETE = "mutation($id: ID!) { x: customerDelete(id: $id) { id } }"
RESTORE = "mutation($id: ID!) { x: customerRestore(id: $id) { id } }"
SHARE = "mutation($id: ID!, $with: ID!) { x: recordShare(id: $id, withId: $with) { id } }"
UNSHARE = "mutation($id: ID!, $with: ID!) { x: recordUnshare(id: $id, withId: $with) { id } }"
ADD = "mutation($id: ID!, $who: ID!) { x: recordAddParticipant(id: $id, personId: $who) { id } }"
REMOVE = "mutation($id: ID!, $who: ID!) { x: recordRemoveParticipant(id: $id, personId: $who) { id } }"


@dataclass
class Reader:
    """Somebody who follows from now on, and keeps the cursor."""

    world: World
    person: Person
    objects: list[str] | None = None
    cursor: str = field(init=False)

    def __post_init__(self) -> None:
        settled(self.world)
        now = self.person.ask(CHANGES, **{"from": "NOW"}, objects=self.objects)["changes"]
        assert (now["nodes"], now["hasMore"]) == ([], False)
        self.cursor = now["cursor"]

    def read(self, first: int = 1_000) -> list[dict[str, Any]]:
        """All that is told since, page by page."""
        settled(self.world)
        found: list[dict[str, Any]] = []
        more = True
        while more:
            page = self.person.ask(CHANGES, after=self.cursor, first=first, objects=self.objects)["changes"]
            assert len(page["nodes"]) <= first
            found += page["nodes"]
            self.cursor, more = page["cursor"], page["hasMore"]
        return found

    def told(self, first: int = 1_000) -> list[tuple[str, str, list[str]]]:
        return [(node["id"], node["kind"], node["changedFields"]) for node in self.read(first)]


def customer(world: World, owner: Person | None = None, **values: Any) -> str:
    return str(world.garage.make(Customer, owner_id=owner.id if owner else None, **values))


def update(world: World, id_: str, **values: Any) -> None:
    assert world.garage.ada.ask(UPDATE, id=id_, input=values)["x"] == {"id": id_}


def usd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}
