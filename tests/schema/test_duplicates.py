"""A write that makes something twice is done, and tells what may be the same, as far as the writer may see it."""

from typing import Any
from uuid import UUID

import pytest

from saas.engine.duplicates import duplicate_keys
from saas.modules.customers.contact import Contact
from saas.modules.customers.customer import Customer
from tests.contracts.statements import counted
from tests.world import Person, World

WARNINGS = "warnings { code path message existingId owner }"
CREATE = f"""
    mutation($input: CustomerCreateInput!) {{
      x: customerCreate(input: $input) {{ id {WARNINGS} problems {{ code }} }}
    }}"""
UPDATE = f"""
    mutation($id: ID!, $input: CustomerUpdateInput!) {{
      x: customerUpdate(id: $id, input: $input) {{ id {WARNINGS} problems {{ code }} }}
    }}"""
DUPLICATES = "query($id: ID!) { x: customerDuplicates(id: $id) { nodes { id } totalCount { value } } }"


def created(person: Person, **values: Any) -> dict[str, Any]:
    found: dict[str, Any] = person.ask(CREATE, input=values)["x"]
    assert found["problems"] == []
    return found


def told(found: dict[str, Any]) -> list[tuple[list[str], str | None, str | None]]:
    return [(each["path"], each["existingId"], each["owner"]) for each in found["warnings"]]


def keys_of(world: World, id_: str | UUID) -> set[tuple[str, str]]:
    return set(world.sql(world.garage, "SELECT kind, key FROM duplicate_key WHERE record_id = %s", id_))


def test_what_may_be_the_same_is_told_and_nothing_is_refused(world: World) -> None:
    first = created(world.garage.ada, name="Rapid Rafts Ltd.", phone="+86 138 1111 2222", email="info@rafts.example")
    assert first["warnings"] == []
    second = created(world.garage.ada, name="rapid rafts", phone="13811112222", email="hello@rafts.example")
    assert second["id"] not in (None, first["id"])
    assert told(second) == [
        (["name"], first["id"], "ada"),
        (["phone"], first["id"], "ada"),
        (["email"], first["id"], "ada"),
    ]
    assert {each["code"] for each in second["warnings"]} == {"DUPLICATE"}
    assert second["warnings"][1]["message"] == "Another customer has the same phone, or nearly; it belongs to ada."


def test_of_what_is_out_of_sight_only_the_owner_is_told(world: World) -> None:
    world.garage.make(Customer, name="Secret Sloops GmbH", owner_id=world.garage.sue.id)
    found = created(world.garage.sam, name="secret sloops")
    assert told(found) == [(["name"], None, "sue")]
    assert world.garage.sam.ask(DUPLICATES, id=found["id"])["x"] == {"nodes": [], "totalCount": {"value": 0}}


def test_a_field_that_one_does_not_see_names_no_record(world: World) -> None:
    """Vera sees all customers but no phones; who shares one with whom is not hers to know."""
    a, b = (world.garage.make(Customer, phone="030 5550123") for _ in range(2))
    assert world.garage.vera.ask(DUPLICATES, id=str(a))["x"]["nodes"] == []
    assert world.garage.ada.ask(DUPLICATES, id=str(a))["x"] == {"nodes": [{"id": str(b)}], "totalCount": {"value": 1}}


def test_only_what_is_written_is_looked_at_and_keys_follow_it(world: World) -> None:
    ada = world.garage.ada
    other = created(ada, name="Tidy Tugs")["id"]
    id_ = created(ada, name="Tidy Trawlers")["id"]
    assert ada.ask(UPDATE, id=id_, input={"language": "Ulm"})["x"]["warnings"] == []
    changed = ada.ask(UPDATE, id=id_, input={"name": "Tidy Tugs Inc"})["x"]
    assert told(changed) == [(["name"], other, "ada")]
    assert keys_of(world, id_) == {("name", "tidy tugs")}
    assert ada.ask(UPDATE, id=id_, input={"language": "Bonn"})["x"]["warnings"] == []
    assert ada.ask(UPDATE, id=id_, input={"name": "Tidy Trawlers", "phone": "030 777 8899"})["x"]["warnings"] == []
    assert keys_of(world, id_) == {("name", "tidy trawlers"), ("phone", "07778899")}
    assert ada.ask(DUPLICATES, id=id_)["x"]["nodes"] == []


def test_what_is_in_the_trash_is_no_duplicate(world: World) -> None:
    ada = world.garage.ada
    gone = created(ada, name="Lost Luggers")["id"]
    ada.ask("mutation($id: ID!) { customerDelete(id: $id) { id } }", id=gone)
    assert created(ada, name="Lost Luggers")["warnings"] == []


def test_a_refused_write_leaves_no_keys(world: World) -> None:
    before = world.sql(world.garage, f"SELECT count(*) FROM {duplicate_keys.name}")
    answer = world.garage.ada.ask(CREATE, input={"name": "Bad Barges", "email": "no mail"})["x"]
    assert (answer["id"], answer["warnings"]) == (None, [])
    assert world.sql(world.garage, f"SELECT count(*) FROM {duplicate_keys.name}") == before


def test_another_company_knows_nothing_of_it(world: World) -> None:
    theirs = created(world.rival.rita, name="Common Canoes")["id"]
    assert created(world.garage.ada, name="Common Canoes")["warnings"] == []
    assert world.garage.ada.ask(DUPLICATES, id=theirs)["x"]["nodes"] == []


def test_contacts_have_phones_in_two_places(world: World) -> None:
    customer = world.garage.make(Customer)
    first = world.garage.make(Contact, customer_id=customer, mobile="139 2222 3333")
    query = """
        mutation($input: ContactCreateInput!) { x: contactCreate(input: $input) { warnings { path existingId } } }"""
    given = {"name": "again", "customerId": str(customer), "phone": "+8613922223333"}
    assert world.garage.ada.ask(query, input=given)["x"]["warnings"] == [{"path": ["phone"], "existingId": str(first)}]


@pytest.mark.parametrize("verb", ["customerBulkCreate(inputs: $rows)", "customerBulkUpsert(by: NAME, inputs: $rows)"])
def test_a_batch_warns_each_row_at_a_constant_number_of_statements(world: World, verb: str) -> None:
    query = f"mutation($rows: [CustomerCreateInput!]!) {{ x: {verb} {{ items {{ id warnings {{ path }} }} }} }}"
    costs: list[int] = []
    for number in (2, 2, 30):
        rows = [{"name": f"{verb} {number} {len(costs)} {i}", "phone": "030 1112223"} for i in range(number)]
        with counted() as sent:
            items = world.garage.ada.ask(query, rows=rows)["x"]["items"]
        assert all(["phone"] in [each["path"] for each in item["warnings"]] for item in items)
        costs.append(len(sent))
    assert costs[1] == costs[2]
