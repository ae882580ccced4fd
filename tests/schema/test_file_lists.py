"""Lists of files: below records, filtered, ordered, and in the search over everything."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from saas.engine.stored_file import FileState
from saas.kit import clock
from saas.modules.customers.customer import Customer
from tests.contracts.statements import counted
from tests.engine.filing import filed
from tests.schema.hanging import change, file_of
from tests.tenants.place import field_by_field
from tests.world import Person, World

BELOW = """
query ($ids: [ID!]!) {
  list: customers(first: 100, filter: { id: { in: $ids } }) {
    nodes {
      id
      files(first: 2) { nodes { id name recordIds downloadUrl } totalCount { value } pageInfo { endCursor } }
      newest: files(first: 1) { edges { cursor node { name } } }
    }
  }
}
"""


def test_files_below_a_hundred_records_cost_no_more_statements_than_below_one(world: World) -> None:
    garage = world.garage
    customers = garage.make_many(
        Customer, [{"name": f"Filed {number}", "owner_id": garage.sam.id} for number in range(100)]
    )
    with garage.scope() as scope:
        for customer in customers:
            for number in range(3):
                filed(scope, f"{number}.txt", customer)
    ids = [str(each) for each in customers]

    def cost(asked: list[str]) -> tuple[int, list[Any]]:
        garage.sam.ask(BELOW, ids=asked)  # makes the plan
        with counted() as sent:
            found = garage.sam.ask(BELOW, ids=asked)["list"]["nodes"]
        return len(sent), found

    def checked(found: list[Any], number: int) -> None:
        assert len(found) == number
        for node in found:
            assert [file["name"] for file in node["files"]["nodes"]] == ["2.txt", "1.txt"]
            assert all(file["recordIds"] == [node["id"]] for file in node["files"]["nodes"])
            assert node["files"]["totalCount"] == {"value": 3}
            assert [edge["node"]["name"] for edge in node["newest"]["edges"]] == ["2.txt"]

    for_all, found = cost(ids)
    checked(found, 100)
    assert (for_all, cost(ids[:1])[0]) == (1, 1)
    with field_by_field():
        for_all, found = cost(ids)
        checked(found, 100)
        assert for_all == cost(ids[:1])[0] <= 8


def test_files_below_a_record_are_its_own_and_go_with_its_sight(world: World) -> None:
    garage = world.garage
    mine, hers = (garage.make(Customer, owner_id=person.id) for person in (garage.sam, garage.sue))
    both = file_of(garage.ada, "both.txt", recordId=str(mine))
    change(garage.ada, "fileAttach", both, hers)
    file_of(garage.ada, "hers.txt", recordId=str(hers))
    query = "query ($id: ID!) { customer(id: $id) { files { nodes { name recordIds } } } }"

    def below(person: Person, customer: UUID) -> Any:
        by_plan = person.ask(query, id=str(customer))["customer"]
        with field_by_field():
            assert person.ask(query, id=str(customer))["customer"] == by_plan
        return by_plan and [(each["name"], each["recordIds"]) for each in by_plan["files"]["nodes"]]

    assert below(garage.sam, mine) == [("both.txt", [str(mine)])]
    assert below(garage.sam, hers) is None
    assert below(garage.ada, hers) == [("hers.txt", [str(hers)]), ("both.txt", [str(mine), str(hers)])]
    trash = "mutation ($id: ID!) { customerDelete(id: $id) { problems { code } } }"
    assert garage.ada.ask(trash, id=str(hers))["customerDelete"] == {"problems": []}
    gone = (
        "query ($id: ID!) { customers(trash: ONLY, filter: { id: { eq: $id } }) { nodes { files { nodes { id } } } } }"
    )
    assert garage.ada.ask(gone, id=str(hers)) == {"customers": {"nodes": [{"files": None}]}}
    with field_by_field():
        assert garage.ada.ask(gone, id=str(hers)) == {"customers": {"nodes": [{"files": None}]}}
    assert below(garage.ada, mine) == [("both.txt", [str(mine)])]


LISTS = """
query ($record: ID!, $filter: FileFilter, $order: [FileOrderBy!], $first: Int, $after: String, $last: Int) {
  files(recordId: $record, filter: $filter, orderBy: $order, first: $first, after: $after, last: $last) {
    nodes { name } totalCount { value exact } pageInfo { hasNextPage hasPreviousPage endCursor }
  }
  customer(id: $record) {
    files(filter: $filter, orderBy: $order, first: $first, last: $last) { nodes { name } totalCount { value } }
  }
}
"""


def found_of(person: Person, customer: UUID, filter: dict[str, Any] | None = None, **asked: Any) -> list[str]:
    """The names of the files of a record, by both lists, which agree."""
    told = person.ask(LISTS, record=str(customer), filter=filter, **asked)
    if "after" not in asked:
        assert told["customer"]["files"]["nodes"] == told["files"]["nodes"]
    assert told["customer"]["files"]["totalCount"]["value"] == told["files"]["totalCount"]["value"]
    return [each["name"] for each in told["files"]["nodes"]]


@pytest.fixture(scope="module")
def several(world: World) -> UUID:
    """A customer with four files, each a day older than the one before it."""
    garage = world.garage
    customer, now = garage.make(Customer, owner_id=garage.sam.id), clock.now()
    kinds = [
        ("b.png", "image/png", FileState.READY),
        ("A.pdf", "application/pdf", FileState.READY),
        ("c.jpg", "image/jpeg", FileState.PENDING),
        ("d.txt", "text/plain", FileState.REFUSED),
    ]
    with garage.scope() as scope:
        for number, (name, kind, state) in enumerate(kinds):
            given = {"type": kind, "state": state, "size": number, "created_at": now - timedelta(days=number)}
            filed(scope, name, customer, by=(garage.sam, garage.sue)[number % 2].id, **given)
    return customer


def test_files_are_filtered(world: World, several: UUID) -> None:
    def found(**filter: Any) -> list[str]:
        return found_of(world.garage.sam, several, filter)

    now = clock.now()
    between = {"from": (now - timedelta(days=2.5)).isoformat(), "to": (now - timedelta(hours=1)).isoformat()}
    assert found() == ["d.txt", "c.jpg", "A.pdf", "b.png"]
    assert found(type={"startsWith": "Image/"}) == ["c.jpg", "b.png"]
    assert found(state={"eq": "READY"}) == ["A.pdf", "b.png"]
    assert found(**{"not": {"state": {"in": ["READY", "REFUSED"]}}}) == ["c.jpg"]
    assert found(createdById={"eq": str(world.garage.sue.id)}) == ["d.txt", "A.pdf"]
    assert found(createdAt={"between": between}) == ["c.jpg", "A.pdf"]
    assert found(createdAt={"last": {"n": 36, "unit": "HOUR"}}) == ["A.pdf", "b.png"]
    assert found(**{"or": [{"size": {"lt": 1}}, {"name": {"contains": "JPG"}}]}) == ["c.jpg", "b.png"]
    assert found(**{"and": [{"size": {"gt": 0}}, {"size": {"isNull": False}}]}) == ["d.txt", "c.jpg", "A.pdf"]
    assert found(id={"in": []}) == found(name={"isNull": True}) == []


def test_files_are_ordered_and_paged(world: World, several: UUID) -> None:
    sam = world.garage.sam
    by_name = [{"name": "ASC"}]
    assert found_of(sam, several, order=by_name) == ["A.pdf", "b.png", "c.jpg", "d.txt"]
    assert found_of(sam, several, order=[{"size": "ASC"}], last=2) == ["c.jpg", "d.txt"]
    first = sam.ask(LISTS, record=str(several), order=by_name, first=3)["files"]
    assert first["pageInfo"] | {"endCursor": ""} == {"hasNextPage": True, "hasPreviousPage": False, "endCursor": ""}
    after = first["pageInfo"]["endCursor"]
    assert found_of(sam, several, order=by_name, first=3, after=after) == ["d.txt"]
    assert world.garage.mona.errors(LISTS, record=str(several), order=by_name, after=after)
    assert sam.errors(LISTS, record=str(several), after=after)
    wrong: dict[str, Any] = {"filter": {"name": {"eq": None}}, "order": [{"id": "ASC"}] * 6, "first": 501}
    for name, value in wrong.items():
        errors = sam.errors(LISTS, record=str(several), **{name: value})
        assert {each["extensions"]["code"] for each in errors} == {"BAD_INPUT"}, name


SEARCH = """
query ($text: String!, $objects: [String!], $first: Int, $after: String) {
  search(text: $text, objects: $objects, first: $first, after: $after) {
    nodes { __typename id ... on File { name recordIds } ... on Customer { name } }
    edges { cursor } pageInfo { hasNextPage endCursor }
  }
}
"""


def test_the_search_over_everything_finds_files_by_name(world: World) -> None:
    garage = world.garage
    mine, hers = (
        garage.make(Customer, owner_id=person.id, name=f"Zwirn {person.name}") for person in (garage.sam, garage.sue)
    )
    ids = {
        name: file_of(garage.ada, name, recordId=str(record))
        for name, record in (("Zwirn offer.pdf", mine), ("old Zwirn.txt", mine), ("zwirn 估算.xlsx", hers))
    }

    def found(person: Person, text: str, **asked: Any) -> list[Any]:
        person.ask(SEARCH, text=text, **asked)  # makes the plan
        with counted() as sent:
            by_plan = person.ask(SEARCH, text=text, **asked)["search"]
        assert len(sent) == 1
        with field_by_field():
            assert person.ask(SEARCH, text=text, **asked)["search"] == by_plan
        return [each["id"] for each in by_plan["nodes"]]

    offer, old, price = ids.values()
    assert found(garage.sam, "zwirn") == [str(mine), offer, old]
    assert found(garage.sue, "ZWIRN") == [str(hers), price]
    assert found(garage.ada, "估算", objects=["file"]) == [price]
    assert found(garage.ada, "zwirn", objects=["file"]) == [offer, price, old]
    assert found(garage.nick, "zwirn") == []
    assert found(world.rival.rita, "zwirn") == []
    assert found(garage.sam, "zwirn", objects=["customer"]) == [str(mine)]
    pages, after, has_next = [], None, []
    for _ in range(3):
        page = garage.sam.ask(SEARCH, text="zwirn", first=1, after=after)["search"]
        pages += [each["id"] for each in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        has_next.append(page["pageInfo"]["hasNextPage"])
    assert (pages, has_next) == ([str(mine), offer, old], [True, True, False])
    assert garage.ada.errors(SEARCH, text="zwirn", objects=["files"])[0]["extensions"]["code"] == "BAD_INPUT"
