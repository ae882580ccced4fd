"""What a writer with a stale version is told: no more than they may see, at a constant number of statements."""

from saas.modules.customers.customer import Customer
from tests.contracts.ledger import audited
from tests.contracts.statements import counted
from tests.world import World

UPDATE = """
    mutation($id: ID!, $version: Int, $input: CustomerUpdateInput!) {
      x: customerUpdate(id: $id, version: $version, input: $input) {
        id problems { code path ... on VersionConflict { currentVersion fields { field current mine original } } }
      }
    }"""


def test_a_reference_out_of_sight_reads_as_null(world: World) -> None:
    """Sam sees his own customers only; mona hung his below two of sue's."""
    first, second = (str(world.garage.make(Customer, owner_id=world.garage.sue.id)) for _ in range(2))
    mine = str(world.garage.make(Customer, owner_id=world.garage.sam.id))
    id_ = str(world.garage.make(Customer, owner_id=world.garage.sam.id, parent_id=first))
    moved = world.garage.ada.ask(UPDATE, id=id_, version=1, input={"parentId": second})["x"]
    assert moved == {"id": id_, "problems": []}
    before = audited(world, world.garage)
    (problem,) = world.garage.sam.ask(UPDATE, id=id_, version=1, input={"parentId": mine})["x"]["problems"]
    assert problem == {
        "code": "VERSION_CONFLICT",
        "path": ["version"],
        "currentVersion": 2,
        "fields": [{"field": "parentId", "current": None, "mine": mine, "original": None}],
    }
    (seen,) = world.garage.ada.ask(UPDATE, id=id_, version=1, input={"parentId": mine})["x"]["problems"]
    assert seen["fields"] == [{"field": "parentId", "current": second, "mine": mine, "original": first}]
    assert audited(world, world.garage) == before


def test_values_of_every_kind_are_told_as_text(world: World) -> None:
    ada = world.garage.ada
    id_ = str(world.garage.make(Customer, name="before"))
    theirs = {"kind": "AUTHORITY", "foundedYear": 1999, "annualRevenue": {"amount": "12.50"}, "notes": None}
    assert ada.ask(UPDATE, id=id_, version=1, input=theirs)["x"]["problems"] == []
    mine = {"kind": "ASSOCIATION", "foundedYear": 2001, "annualRevenue": {"amount": 7}, "notes": "mine"}
    (problem,) = ada.ask(UPDATE, id=id_, version=1, input=mine)["x"]["problems"]
    assert {each["field"]: (each["current"], each["mine"], each["original"]) for each in problem["fields"]} == {
        "kind": ("AUTHORITY", "ASSOCIATION", "COMPANY"),
        "foundedYear": ("1999", "2001", None),
        "annualRevenue": ("12.5", "7", None),
    }


def test_who_may_not_write_a_field_learns_nothing_of_its_conflict(world: World) -> None:
    id_ = str(
        world.garage.make(Customer, owner_id=world.garage.sue.id, department_id=world.garage.departments["north"])
    )
    revenue = {"annualRevenue": {"amount": "5"}}
    world.garage.ada.ask(UPDATE, id=id_, version=1, input=revenue)
    answer = world.garage.sam.ask(UPDATE, id=id_, version=1, input={"annualRevenue": {"amount": "6"}})["x"]
    assert [problem["code"] for problem in answer["problems"]] == ["NOT_FOUND"]
    owned = str(world.garage.make(Customer, owner_id=world.garage.sam.id))
    world.garage.ada.ask(UPDATE, id=owned, version=1, input=revenue)
    answer = world.garage.vera.ask(UPDATE, id=owned, version=1, input={"annualRevenue": {"amount": "6"}})["x"]
    assert [problem["code"] for problem in answer["problems"]] == ["FORBIDDEN"]


def test_many_stale_rows_cost_no_more_statements_than_two(world: World) -> None:
    query = """
        mutation($items: [CustomerBulkUpdateInput!]!) {
          x: customerBulkUpdate(items: $items, onError: SKIP_FAILED) { written }
        }"""
    costs = []
    for number in (2, 2, 40):
        ids = [str(world.garage.make(Customer)) for _ in range(number)]
        items = [{"id": id_, "version": 1, "input": {"language": "theirs"}} for id_ in ids]
        assert world.garage.ada.ask(query, items=items)["x"] == {"written": number}
        stale = [
            {"id": id_, "version": 1, "input": {"notes": "apart"} if i % 2 else {"language": "mine"}}
            for i, id_ in enumerate(ids)
        ]
        with counted() as sent:
            assert world.garage.ada.ask(query, items=stale)["x"] == {"written": number // 2}
        costs.append(len(sent))
    assert costs[1] == costs[2]
