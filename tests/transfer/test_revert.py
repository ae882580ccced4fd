"""Taking an import back: what it created goes to the trash, what it changed is as it was before."""

import random
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from saas.modules.customers.customer import Customer
from saas.modules.masters.tag import Tag
from saas.modules.organisation.department import Department
from saas.modules.sales.opportunity import Opportunity
from tests.contracts.ledger import audited
from tests.transfer.reverting import (
    CODE_AND_NAME,
    Importing,
    columns,
    counted,
    csv,
    euro_has_a_rate,
    everything,
    fresh,
    ids_of,
    state_of,
    why,
)
from tests.world import World

MANY = columns(
    *("code", "name", "fullName", "kind", "isPartner", "foundedYear", "notes", "phone", "email", "importance"),
    *("address.city", "address.country", "annualRevenue", "creditLimit", "tags", "parent", "owner"),
    owner={"by": "email"},
    parent={"by": "code"},
)


@pytest.fixture(scope="module", autouse=True)
def _euro(world: World) -> None:
    euro_has_a_rate(world)


def test_what_is_new_goes_to_the_trash_and_what_was_changed_is_as_before(world: World, by_ada: Importing) -> None:
    a, b, c = fresh(3)
    world.garage.make(Customer, code=a, name="Before")
    run_id = by_ada.bring("customer", csv([a, b, c]), ["code"], CODE_AND_NAME)
    assert by_ada.told(run_id) is None
    answer = by_ada.ask_back(run_id)
    queued = {"number": 1, "state": "QUEUED", "isDryRun": False}
    assert answer == {"id": run_id, "importRun": {"id": run_id, "revert": queued}, "problems": []}
    by_ada.work("import_revert", run_id)
    told = by_ada.told(run_id)
    assert told == {
        "number": 1,
        "state": "DONE",
        "isDryRun": False,
        "reason": None,
        "finishedAt": told["finishedAt"],
        "counts": counted(3, 3),
        "issues": [],
    }
    assert state_of(world, [a, b, c]) == [
        ("Before", 3, False),
        (f"Imported {b}", 2, True),
        (f"Imported {c}", 2, True),
    ]
    key = f"import_revert:{run_id}:1"
    assert world.sql(world.garage, "SELECT count(*) FROM platform.job WHERE key = %s", key) == [(0,)]


def test_the_feed_tells_it_as_writes_of_whoever_took_it_back_with_the_import(world: World, by_ada: Importing) -> None:
    a, b = fresh(2)
    known = world.garage.make(Customer, code=a, name="Before")
    run_id = by_ada.bring("customer", csv([a, b]), ["code"], CODE_AND_NAME)
    by_ada.take_back(run_id)
    told = audited(world, world.garage, known)[-1]
    assert (told["kind"], told["version"], told["changes"]) == ("updated", 3, {"name": [f"Imported {a}", "Before"]})
    assert (told["actor_id"], told["request_id"]) == (str(world.garage.ada.id), f"import-revert:{run_id}")
    gone = audited(world, world.garage, ids_of(world, [b])[0])[-1]
    assert (gone["kind"], gone["request_id"]) == ("deleted", f"import-revert:{run_id}")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_all_is_as_it_was_and_nothing_else_has_changed(world: World, by_ada: Importing, seed: int) -> None:
    draw = random.Random(seed)
    tags = [f"{code} tag" for code in fresh(3)]
    for tag in tags:
        world.garage.make(Tag, name=tag)
    known, new = fresh(30), fresh(30)
    by_ada.bring("customer", _random_file(draw, known, known, tags), ["code"], MANY)
    made: set[UUID] = set()
    before = everything(world, world.garage, made)
    codes = known + new
    draw.shuffle(codes)
    run_id = by_ada.bring("customer", _random_file(draw, codes, known + new, tags), ["code"], MANY)
    made |= set(ids_of(world, new))
    meanwhile = everything(world, world.garage, made)
    assert meanwhile["customer"] != before["customer"]
    assert meanwhile["link"] != before["link"]
    told = by_ada.take_back(run_id)
    assert why(told) == []
    assert told["counts"]["reverted"] == told["counts"]["records"] > len(new)
    after = everything(world, world.garage, made)
    assert {name for name in before if before[name] != after[name]} == set()
    assert [deleted for _, _, deleted in state_of(world, new)] == [True] * len(new)


def _random_file(draw: random.Random, codes: list[str], parents: list[str], tags: list[str]) -> str:
    """A row for each code, whose parent stands before it in `parents`, so that there is no circle."""

    def one_of(*values: str) -> str:
        return draw.choice(values)

    lines = [",".join(each["column"] for each in MANY)]
    for code in codes:
        above = parents[: parents.index(code)]
        cells = [
            code,
            one_of("Ann", "Bob", "Cho", "Dan"),
            one_of("", "Ann Ltd", "Bob GmbH"),
            one_of("company", "person"),
            one_of("yes", "no"),
            one_of("", "1999", "2001"),
            one_of("", "a note", "another"),
            one_of("", "+49 30 1234", "+86 10 65551234"),
            one_of("", "a@one.test", "b@two.test"),
            one_of("", "high", "low"),
            one_of("", "Berlin", "Chengdu"),
            one_of("", "DE", "CN"),
            one_of("", "100.50", "100.50 EUR", "7"),
            one_of("", "5", "5 EUR"),
            ";".join(draw.sample(tags, draw.randint(0, 3))),
            draw.choice(["", *above]),
            one_of("sam@garage.test", "sue@garage.test", ""),
        ]
        lines.append(",".join(cells))
    return "\n".join(lines) + "\n"


def test_amount_currency_address_tags_and_references_come_back(world: World, by_ada: Importing) -> None:
    code, parent = fresh(2)
    old, new = f"{code} old", f"{code} new"
    tag_ids = [world.garage.make(Tag, name=name) for name in (old, new)]
    parent_id = world.garage.make(Customer, code=parent, name="Parent")
    money: dict[str, Any] = {"annual_revenue": Decimal(100), "annual_revenue_currency": "EUR"}
    place = {"address_city": "Berlin", "address_street": "A 1"}
    id_ = world.garage.make(Customer, code=code, parent_id=parent_id, tags=[tag_ids[0]], **money, **place)
    text = f"code,annualRevenue,address.city,tags,parent,kind\n{code},7,Chengdu,{new},,person\n"
    mapped = columns("code", "annualRevenue", "address.city", "tags", "parent", "kind")
    query = """query($id: ID!) { customer(id: $id) {
      kind annualRevenue { amount currency baseAmount } address { city street } tags { name } parent { code }
    } }"""
    before = world.garage.ada.ask(query, id=str(id_))
    assert before["customer"]["annualRevenue"] == {"amount": "100", "currency": "EUR", "baseAmount": "110"}
    run_id = by_ada.bring("customer", text, ["code"], mapped)
    assert world.garage.ada.ask(query, id=str(id_))["customer"] == {
        "kind": "PERSON",
        "annualRevenue": {"amount": "7", "currency": "USD", "baseAmount": "7"},
        "address": {"city": "Chengdu", "street": "A 1"},
        "tags": [{"name": new}],
        "parent": None,
    }
    assert by_ada.take_back(run_id)["counts"] == counted(1, 1)
    assert world.garage.ada.ask(query, id=str(id_)) == before


def test_children_go_before_their_parents_and_a_tree_is_as_before(world: World, by_ada: Importing) -> None:
    top, middle, leaf, known = fresh(4)
    world.garage.make(Department, code=known, name=f"{known} before")
    before = everything(world, world.garage, set())
    text = "code,name,parent\n" + "".join(
        f"{code},{code},{parent}\n" for code, parent in ((leaf, middle), (known, leaf), (middle, top), (top, ""))
    )
    run_id = by_ada.bring("department", text, ["code"], columns("code", "name", "parent", parent={"by": "code"}))
    depth = "SELECT count(*) FROM department_closure WHERE descendant_id = %s"
    known_id = ids_of(world, [known], "department")[0]
    assert world.sql(world.garage, depth, known_id) == [(4,)]
    assert by_ada.take_back(run_id)["counts"] == counted(4, 4)
    made = set(ids_of(world, [top, middle, leaf], "department"))
    after = everything(world, world.garage, made)
    assert {name for name in before if before[name] != after[name]} == set()
    assert world.sql(world.garage, depth, known_id) == [(1,)]


def test_keys_that_an_import_moved_come_free_in_time(world: World, by_ada: Importing) -> None:
    a, b, c = fresh(3)
    names = [f"Swap {a}", f"Swap {b}", f"Swap {c}"]
    for code, name in zip((a, b), names, strict=False):
        world.garage.make(Customer, code=code, name=name)
    text = f"name,code\n{names[0]},{c}\n{names[2]},{a}\n"  # the first sets a free, which a new one takes
    run_id = by_ada.bring("customer", text, ["name"], columns("name", "code"))
    assert by_ada.take_back(run_id)["counts"] == counted(2, 2)
    found = world.sql(
        world.garage, "SELECT name, code FROM customer WHERE name = ANY(%s) AND deleted_at IS NULL ORDER BY 1", names
    )
    assert found == [(names[0], a), (names[1], b)]


def test_a_record_that_an_import_wrote_twice_is_taken_back_step_by_step(world: World, by_ada: Importing) -> None:
    new, known = codes = fresh(2)
    world.garage.make(Customer, code=known, name="Before")
    run_id = by_ada.bring("customer", csv(codes, "First"), ["code"], CODE_AND_NAME)
    later = by_ada.bring("customer", csv(codes, "Second"), ["code"], CODE_AND_NAME)
    as_one = "UPDATE import_record SET run_id = %s, number = number + 10, line = line + 10 WHERE run_id = %s"
    world.sql(world.garage, as_one, run_id, later)
    assert by_ada.take_back(run_id)["counts"] == counted(4, 4)
    assert state_of(world, codes) == [(f"First {new}", 4, True), ("Before", 5, False)]


def test_a_new_document_goes_to_the_trash_with_its_lines(world: World, by_ada: Importing) -> None:
    codes = fresh(2)
    text = "code,name,quantity\n" + "".join(f"{code},Deal,{n}\n" for n in (1, 2, 3) for code in codes)
    lines = {"columns": columns("quantity")}
    run_id = by_ada.bring("opportunity", text, ["code"], columns("code", "name"), lines=lines)
    assert by_ada.take_back(run_id)["counts"] == counted(2, 2)
    assert state_of(world, codes, "opportunity") == [("Deal", 2, True)] * 2


def test_lines_are_as_before(world: World, by_ada: Importing) -> None:
    (code,) = fresh()
    kept, gone = ({"quantity": Decimal(n), "unit_price": Decimal(10), "description": f"line {n}"} for n in (1, 2))
    id_ = world.garage.make(Opportunity, code=code, name=code, lines=[kept, gone])
    fields = "position description quantity unitPrice { amount currency } amount { amount baseAmount }"
    query = f"query($id: ID!) {{ opportunity(id: $id) {{ amount {{ amount }} notes lines {{ id {fields} }} }} }}"
    before = world.garage.ada.ask(query, id=str(id_))["opportunity"]
    second = before["lines"][1]["id"]
    wanted = columns("description", "quantity")
    text = f"code,description,quantity\n{code},LINE 1,3\n{code},new,7\n"
    run_id = by_ada.bring(
        "opportunity", text, ["code"], columns("code"), lines={"columns": wanted, "key": ["description"]}
    )
    there = world.garage.ada.ask(query, id=str(id_))["opportunity"]["lines"]
    assert [(line["description"], line["quantity"]) for line in there] == [
        ("LINE 1", "3"),
        ("line 2", "2"),
        ("new", "7"),
    ]
    assert by_ada.take_back(run_id)["counts"] == counted(1, 1)
    assert world.garage.ada.ask(query, id=str(id_))["opportunity"] == before
    text = f"code,description,quantity\n{code},changed,9\n"
    run_id = by_ada.bring("opportunity", text, ["code"], columns("code"), lines={"columns": wanted})
    assert len(world.garage.ada.ask(query, id=str(id_))["opportunity"]["lines"]) == 1
    assert by_ada.take_back(run_id)["counts"] == counted(1, 1)
    after = world.garage.ada.ask(query, id=str(id_))["opportunity"]
    assert after["lines"][0] == before["lines"][0]
    assert [line.pop("id") == second for line in (after["lines"][1], before["lines"][1])] == [False, True]
    assert after == before
