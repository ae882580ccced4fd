"""Whom an upsert finds: only whom the writer sees, and only with the rights for what it does."""

from typing import Any

from saas.modules.customers.customer import Customer
from tests.contracts.ledger import audited
from tests.world import World

UPSERT = """
    mutation($by: CustomerKey!, $input: CustomerCreateInput!) {
      x: customerUpsert(by: $by, input: $input) {
        id customer { version } problems { __typename code path ... on DuplicateProblem { existingId } }
      }
    }"""


def test_a_unique_key_out_of_sight_is_taken_and_not_named(world: World) -> None:
    hidden = world.garage.make(Customer, code="U-1", owner_id=world.garage.sue.id)
    before = audited(world, world.garage)
    answer = world.garage.sam.ask(UPSERT, by="CODE", input={"code": "u-1", "name": "mine"})["x"]
    problem = {"__typename": "DuplicateProblem", "code": "DUPLICATE", "path": ["code"], "existingId": None}
    assert answer == {"id": None, "customer": None, "problems": [problem]}
    assert audited(world, world.garage) == before
    assert str(hidden) not in str(answer)


def test_a_name_out_of_sight_is_free(world: World) -> None:
    world.garage.make(Customer, name="Same Name", owner_id=world.garage.sue.id)
    answer = world.garage.sam.ask(UPSERT, by="NAME", input={"name": "same name"})["x"]
    assert (answer["customer"], answer["problems"]) == ({"version": 1}, [])


def test_a_viewer_may_neither_change_nor_create(world: World) -> None:
    world.garage.make(Customer, code="U-2", name="kept as it is")
    before = audited(world, world.garage)
    for code in ("U-2", "U-3"):
        answer = world.garage.vera.ask(UPSERT, by="CODE", input={"code": code, "name": "by vera"})["x"]
        assert [problem["code"] for problem in answer["problems"]] == ["FORBIDDEN"]
    assert audited(world, world.garage) == before


def test_a_row_beside_is_undone_where_the_right_for_another_is_missing(world: World) -> None:
    """The record that may be changed stands before the one that may not be made."""
    mine = world.garage.make(Customer, code="U-4", name="mine", owner_id=world.garage.sam.id)
    before = audited(world, world.garage, mine)
    query = """
        mutation($rows: [CustomerCreateInput!]!) {
          x: customerBulkUpsert(by: CODE, inputs: $rows) { items { problems { code } } }
        }"""
    rows: list[dict[str, Any]] = [
        {"code": "U-4", "name": "changed"},
        {"code": "U-5", "name": "not mine to make", "ownerId": str(world.garage.sue.id)},
    ]
    answer = world.garage.sam.ask(query, rows=rows)["x"]
    assert [[each["code"] for each in item["problems"]] for item in answer["items"]] == [["ROLLED_BACK"], ["FORBIDDEN"]]
    assert audited(world, world.garage, mine) == before
