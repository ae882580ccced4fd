"""Taking an import back: what it created goes, what it changed is as before, what moved on stays with its reason."""

import itertools
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from threading import Barrier, Event
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from saas.engine.transfer.run import CHUNK
from saas.modules.customers.contact import Contact
from saas.modules.customers.customer import Customer
from saas.modules.masters.tag import Tag
from saas.modules.masters.trading_currency import ExchangeRate
from saas.modules.organisation.department import Department
from saas.modules.sales.opportunity import Opportunity
from tests.contracts.ledger import audited, marks
from tests.transfer.reverting import (
    CANCEL,
    READ,
    REVERT,
    START,
    Importing,
    columns,
    counted,
    dispatcher_of,
    everything,
    why,
)
from tests.world import World

_numbers = itertools.count(1)
CODE_AND_NAME = columns("code", "name")
MANY = columns(
    *("code", "name", "fullName", "kind", "isPartner", "foundedYear", "notes", "phone", "email", "importance"),
    *("address.city", "address.country", "annualRevenue", "creditLimit", "tags", "parent", "owner"),
    owner={"by": "email"},
    parent={"by": "code"},
)
UPDATE = """
mutation($id: ID!, $input: CustomerUpdateInput!) {
  customerUpdate(id: $id, input: $input) { id problems { message } }
}
"""


@pytest.fixture(scope="module")
def cell(world: World) -> Iterator[sa.Engine]:
    found = dispatcher_of(world)
    yield found
    found.dispose()


@pytest.fixture
def by_ada(world: World, cell: sa.Engine) -> Importing:
    return Importing(world, cell, world.garage.ada)


@pytest.fixture
def by_sam(world: World, cell: sa.Engine) -> Importing:
    return Importing(world, cell, world.garage.sam)


def fresh(count: int = 1) -> list[str]:
    """Codes that no other test uses."""
    return [f"rv{next(_numbers)}" for _ in range(count)]


def csv(codes: list[str], name: str = "Imported") -> str:
    return "code,name\n" + "".join(f"{code},{name} {code}\n" for code in codes)


def ids_of(world: World, codes: list[str], of: str = "customer") -> list[UUID]:
    found = dict(world.sql(world.garage, f"SELECT code, id FROM {of} WHERE code = ANY(%s)", codes))
    return [found[code] for code in codes]


def state_of(world: World, codes: list[str], of: str = "customer") -> list[tuple[Any, ...]]:
    """(name, version, whether it is in the trash) of each."""
    rows = world.sql(
        world.garage, f"SELECT code, name, version, deleted_at IS NOT NULL FROM {of} WHERE code = ANY(%s)", codes
    )
    found = {row[0]: row[1:] for row in rows}
    return [found[code] for code in codes]


def change(world: World, id_: UUID, **given: Any) -> None:
    answer = world.garage.ada.ask(UPDATE, id=str(id_), input=given)["customerUpdate"]
    assert (answer["id"], answer["problems"]) == (str(id_), [])


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


@pytest.fixture(scope="module", autouse=True)
def _euro(world: World) -> None:
    """The euro has a rate."""
    ((euro,),) = world.sql(world.garage, "SELECT id FROM trading_currency WHERE code = 'EUR'")
    world.garage.make(ExchangeRate, currency_id=euro, valid_from=date(2020, 1, 1), rate=Decimal("1.1"), source="bank")


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
            "",
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


def test_a_record_that_moved_on_stays_and_other_fields_of_a_changed_one_are_kept(
    world: World, by_ada: Importing
) -> None:
    codes = fresh(5)
    and_back, new, untouched = codes[2:]
    for code in codes[:3]:
        world.garage.make(Customer, code=code, name="Before")
    run_id = by_ada.bring("customer", csv(codes), ["code"], CODE_AND_NAME)
    ids = ids_of(world, codes)
    change(world, ids[0], name="By hand")
    change(world, ids[1], notes="By hand")
    change(world, ids[2], name="Tried")
    change(world, ids[2], name=f"Imported {and_back}")
    change(world, ids[3], phone="+1 555 1234567", notes="By hand")
    told = by_ada.take_back(run_id)
    assert told["counts"] == counted(5, 3, refused=2)
    assert told["issues"] == [
        {
            "line": 2,
            "recordId": str(ids[0]),
            "code": "MOVED_ON",
            "message": "It was changed since the import: Name.",
            "fields": ["name"],
        },
        {
            "line": 5,
            "recordId": str(ids[3]),
            "code": "MOVED_ON",
            "message": "It was changed since the import: Phone, Notes.",
            "fields": ["notes", "phone"],
        },
    ]
    assert state_of(world, codes) == [
        ("By hand", 3, False),
        ("Before", 4, False),
        ("Before", 5, False),
        (f"Imported {new}", 2, False),
        (f"Imported {untouched}", 2, True),
    ]
    assert world.sql(world.garage, "SELECT notes FROM customer WHERE id = %s", ids[1]) == [("By hand",)]


def test_a_second_revert_does_again_only_what_is_not_taken_back(world: World, by_ada: Importing) -> None:
    a, b, c = codes = fresh(3)
    for code in (a, b):
        world.garage.make(Customer, code=code, name="Before")
    run_id = by_ada.bring("customer", csv(codes), ["code"], CODE_AND_NAME)
    first = ids_of(world, [a])[0]
    change(world, first, name="By hand")
    assert by_ada.take_back(run_id)["counts"] == counted(3, 2, refused=1)
    change(world, ids_of(world, [b])[0], name=f"Imported {b}")  # somebody wants it after all
    change(world, first, name=f"Imported {a}")
    again = by_ada.take_back(run_id)
    assert (again["number"], again["counts"], again["issues"]) == (2, counted(1, 1), [])
    assert [name for name, _, _ in state_of(world, codes)] == ["Before", f"Imported {b}", f"Imported {c}"]
    before = marks(world, world.garage)
    nothing_left = "All that the import wrote was taken back already."
    assert by_ada.ask_back(run_id) == {
        "id": None,
        "importRun": None,
        "problems": [
            {"__typename": "FieldProblem", "code": "WRONG_STATE", "message": nothing_left, "path": ["id"]},
        ],
    }
    assert marks(world, world.garage) == before


def test_what_is_deleted_merged_or_as_before_already_is_told_apart(world: World, by_ada: Importing) -> None:
    deleted_new, deleted_old, merged, survivor, as_before = codes = fresh(5)
    for code in (deleted_old, as_before):
        world.garage.make(Customer, code=code, name="Before")
    run_id = by_ada.bring("customer", csv(codes), ["code"], CODE_AND_NAME)
    ids = dict(zip(codes, map(str, ids_of(world, codes)), strict=True))
    ada = world.garage.ada
    for code in (deleted_new, deleted_old):
        gone = ada.ask("mutation($id: ID!) { customerDelete(id: $id) { problems { code } } }", id=ids[code])
        assert gone["customerDelete"]["problems"] == []
    merge = "mutation($a: ID!, $b: [ID!]!) { customerMerge(into: $a, from: $b) { problems { message } } }"
    assert ada.ask(merge, a=ids[survivor], b=[ids[merged]])["customerMerge"]["problems"] == []
    change(world, UUID(ids[as_before]), name="Before")
    told = by_ada.take_back(run_id)
    assert told["counts"] == counted(5, 0, unchanged=2, refused=3)
    assert why(told) == [
        (3, "DELETED", "It was deleted since the import: restore it first."),
        (4, "MERGED", "It was merged into another record since the import."),
        (5, "MOVED_ON", "Another record was merged into it since the import."),
    ]


def test_what_others_refer_to_by_now_stays_with_what_was_built_on_it(world: World, by_ada: Importing) -> None:
    codes = fresh(5)  # one with a contact, one with a child, that child, one that nobody touches, and one with a tag
    tagged = codes[4]
    run_id = by_ada.bring("customer", csv(codes), ["code"], CODE_AND_NAME)
    ids = ids_of(world, codes)
    contact = world.garage.make(Contact, name="Kim", customer_id=ids[0])
    change(world, ids[2], parentId=str(ids[1]))  # by which the child moved on, too
    tag_run = by_ada.bring("tag", f"name\n{tagged}\n", ["name"], columns("name"))
    ((tag,),) = world.sql(world.garage, "SELECT id FROM tag WHERE name = %s", tagged)
    change(world, ids[4], tags=[str(tag)])
    told = by_ada.take_back(run_id)
    assert told["counts"] == counted(5, 1, refused=4)
    assert why(told) == [
        (2, "REFERENCED", "1 contact refers to it as customer."),
        (3, "REFERENCED", "1 customer refers to it as parent company."),
        (4, "MOVED_ON", "It was changed since the import: Parent company."),
        (6, "MOVED_ON", "It was changed since the import: Tags."),
    ]
    assert [deleted for _, _, deleted in state_of(world, codes)] == [False, False, False, True, False]
    assert world.sql(world.garage, "SELECT customer_id, version FROM contact WHERE id = %s", contact) == [(ids[0], 1)]
    assert why(by_ada.take_back(tag_run)) == [(2, "REFERENCED", "1 customer refers to it as tags.")]


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


def test_a_parent_stays_with_the_child_that_moved_on(world: World, by_ada: Importing) -> None:
    top, leaf = codes = fresh(2)
    text = f"code,name,parent\n{leaf},Leaf,{top}\n{top},Top,\n"
    run_id = by_ada.bring("area", text, ["code"], columns("code", "name", "parent", parent={"by": "code"}))
    leaf_id = str(ids_of(world, [leaf], "area")[0])
    renamed = "mutation($id: ID!) { areaUpdate(id: $id, input: { rank: 3 }) { problems { code } } }"
    assert world.garage.ada.ask(renamed, id=leaf_id)["areaUpdate"]["problems"] == []
    told = by_ada.take_back(run_id)
    assert why(told) == [
        (2, "MOVED_ON", "It was changed since the import: Rank."),
        (3, "REFERENCED", "1 area refers to it as lies in."),
    ]
    assert [deleted for _, _, deleted in state_of(world, codes, "area")] == [False, False]


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


def test_a_document_gets_its_currency_back_and_its_lines_with_it(world: World, by_ada: Importing) -> None:
    quiet, busy = codes = fresh(2)
    line = {"quantity": Decimal(2), "unit_price": Decimal(10)}
    for code in codes:
        world.garage.make(Opportunity, code=code, name=code, currency="EUR", lines=[line])
    query = """query($codes: [String!]!) { opportunities(filter: { code: { in: $codes } }) { nodes {
      code currency amount { amount currency baseAmount } lines { amount { amount currency baseAmount } }
    } } }"""
    before = world.garage.ada.ask(query, codes=codes)["opportunities"]["nodes"]
    text = f"code,currency,notes\n{quiet},USD,n\n{busy},USD,n\n"
    run_id = by_ada.bring("opportunity", text, ["code"], columns("code", "currency", "notes"))
    changed = world.garage.ada.ask(query, codes=codes)["opportunities"]["nodes"]
    assert {each["amount"]["currency"] for each in changed} == {"USD"}
    one_more = """mutation($id: ID!) { opportunityUpdate(id: $id, input: {
      lines: { create: [{ quantity: "1", unitPrice: { amount: "5" } }] } }) { problems { message } } }"""
    busy_id = str(ids_of(world, [busy], "opportunity")[0])
    assert world.garage.ada.ask(one_more, id=busy_id)["opportunityUpdate"]["problems"] == []
    told = by_ada.take_back(run_id)
    assert told["counts"] == counted(2, 1, refused=1)
    assert why(told) == [(3, "MOVED_ON", "It was changed since the import: Lines.")]
    after = {each["code"]: each for each in world.garage.ada.ask(query, codes=codes)["opportunities"]["nodes"]}
    assert after[quiet] == next(each for each in before if each["code"] == quiet)
    assert after[busy]["amount"]["currency"] == "USD"


def test_a_dry_run_tells_the_same_and_leaves_nothing(world: World, by_ada: Importing) -> None:
    parent, child, known, moved = fresh(4)
    for code in (known, moved):
        world.garage.make(Customer, code=code, name="Before")
    text = f"code,name,parent\n{parent},P,\n{child},C,{parent}\n{known},K,\n{moved},M,\n"
    run_id = by_ada.bring("customer", text, ["code"], columns("code", "name", "parent", parent={"by": "code"}))
    change(world, ids_of(world, [moved])[0], name="By hand")
    before = everything(world, world.garage, set())
    tried = by_ada.take_back(run_id, dry_run=True)
    assert everything(world, world.garage, set()) == before
    assert (tried["state"], tried["isDryRun"], tried["counts"]) == ("DONE", True, counted(4, 3, refused=1))
    assert why(tried) == [(5, "MOVED_ON", "It was changed since the import: Name.")]
    done = by_ada.take_back(run_id)
    assert (done["number"], done["counts"], done["issues"]) == (2, tried["counts"], tried["issues"])


def test_nobody_else_takes_it_back_nor_hears_of_it(world: World, by_ada: Importing) -> None:
    (code,) = fresh()
    run_id = by_ada.bring("customer", csv([code]), ["code"], CODE_AND_NAME)
    by_ada.ask_back(run_id)
    before = marks(world, world.garage)
    for stranger in (world.garage.sam, world.rival.rita):
        refused = stranger.ask(REVERT, id=run_id)["importRunRevert"]
        problem = {"__typename": "FieldProblem", "code": "NOT_FOUND", "path": ["id"]}
        problem["message"] = "You have no import with this id."
        assert refused == {"id": None, "importRun": None, "problems": [problem]}
        assert stranger.ask(CANCEL, id=run_id)["importRunRevertCancel"]["problems"][0]["code"] == "NOT_FOUND"
        assert stranger.ask(READ, id=run_id) == {"importRun": None}
    assert marks(world, world.garage) == before
    assert by_ada.told(run_id)["state"] == "QUEUED"


def test_it_waits_for_its_turn(world: World, by_ada: Importing) -> None:
    (code,) = fresh()
    run_id = by_ada.begin("customer", csv([code]), ["code"], CODE_AND_NAME)

    def refused() -> list[tuple[str, str]]:
        answer = by_ada.ask_back(run_id)
        assert answer["id"] is None
        return [(problem["code"], problem["message"]) for problem in answer["problems"]]

    going_on = "The import is still going on: wait until it ends, or call it off first."
    assert refused() == [("WRONG_STATE", going_on)]
    by_ada.work("import_run", run_id)
    assert by_ada.ask_back(run_id)["problems"] == []
    assert refused() == [("WRONG_STATE", "The import is being taken back already.")]
    by_ada.work("import_revert", run_id)
    assert by_ada.told(run_id)["counts"] == counted(1, 1)


def test_an_import_that_wrote_nothing_or_left_no_notes_is_refused_with_the_reason(
    world: World, by_ada: Importing
) -> None:
    (code,) = fresh()
    by_ada.bring("customer", csv([code]), ["code"], CODE_AND_NAME)
    again = by_ada.bring("customer", csv([code]), ["code"], CODE_AND_NAME)
    (problem,) = by_ada.ask_back(again)["problems"]
    assert (problem["code"], problem["message"]) == ("WRONG_STATE", "The import wrote nothing.")
    old = by_ada.bring("customer", csv(fresh()), ["code"], CODE_AND_NAME)
    world.sql(world.garage, "DELETE FROM import_record WHERE run_id = %s", old)
    (problem,) = by_ada.ask_back(old)["problems"]
    older = "The import is older than imports that can be taken back: nobody noted what it wrote."
    assert (problem["code"], problem["message"]) == ("WRONG_STATE", older)


def test_what_the_audit_no_longer_has_is_not_guessed(world: World, by_ada: Importing) -> None:
    codes = fresh(3)
    for code in codes[:2]:
        world.garage.make(Customer, code=code, name="Before")
    run_id = by_ada.bring("customer", csv(codes), ["code"], CODE_AND_NAME)
    ids = ids_of(world, codes)
    for id_ in ids[1:]:
        change(world, id_, notes="By hand")
    world.sql(world.garage, "UPDATE audit SET changes = NULL WHERE record_id = %s AND version = 2", ids[0])
    world.sql(world.garage, "DELETE FROM audit WHERE record_id = %s AND version = 3", ids[1])
    world.sql(world.garage, "UPDATE audit SET changes = NULL WHERE record_id = %s AND version = 2", ids[2])
    told = by_ada.take_back(run_id)
    assert why(told) == [
        (2, "HISTORY_GONE", "What it was before the import is no longer kept."),
        (3, "HISTORY_GONE", "What became of it since the import is no longer kept."),
        (4, "MOVED_ON", "It was changed since the import: Notes."),
    ]
    assert [version for _, version, _ in state_of(world, codes)] == [2, 3, 2]


def test_called_off_in_the_middle_the_rest_can_be_taken_back_later(world: World, by_ada: Importing) -> None:
    codes = fresh(2 * CHUNK + 1)
    run_id = by_ada.bring("customer", csv(codes), ["code"], CODE_AND_NAME)
    by_ada.ask_back(run_id)
    stopping = Event()
    stopping.set()
    by_ada.work("import_revert", run_id, stopping)
    half = by_ada.told(run_id)
    assert half["state"] == "RUNNING"
    assert half["counts"] == counted(CHUNK, CHUNK) | {"records": len(codes)}
    answer = world.garage.ada.ask(CANCEL, id=run_id)["importRunRevertCancel"]
    reason = f"Called off after {CHUNK} of {len(codes)} records; what is taken back stays so."
    assert answer["importRun"]["revert"] == {"state": "CANCELLED", "reason": reason}
    by_ada.work("import_revert", run_id)
    assert sum(deleted for _, _, deleted in state_of(world, codes)) == CHUNK
    rest = CHUNK + 1
    assert by_ada.take_back(run_id)["counts"] == counted(rest, rest)
    assert all(deleted for _, _, deleted in state_of(world, codes))


def test_a_record_that_an_import_wrote_twice_is_taken_back_step_by_step(world: World, by_ada: Importing) -> None:
    new, known = codes = fresh(2)
    world.garage.make(Customer, code=known, name="Before")
    run_id = by_ada.bring("customer", csv(codes, "First"), ["code"], CODE_AND_NAME)
    later = by_ada.bring("customer", csv(codes, "Second"), ["code"], CODE_AND_NAME)
    as_one = "UPDATE import_record SET run_id = %s, number = number + 10, line = line + 10 WHERE run_id = %s"
    world.sql(world.garage, as_one, run_id, later)
    assert by_ada.take_back(run_id)["counts"] == counted(4, 4)
    assert state_of(world, codes) == [(f"First {new}", 4, True), ("Before", 5, False)]


def test_an_import_that_gave_up_ends_when_it_is_taken_back(world: World, by_ada: Importing) -> None:
    codes = fresh(CHUNK + 1)
    run_id = by_ada.begin("customer", csv(codes), ["code"], CODE_AND_NAME)
    stopping = Event()
    stopping.set()
    by_ada.work("import_run", run_id, stopping)
    job = "UPDATE platform.job SET dead_at = now(), last_error = 'x' WHERE key = %s"
    world.sql(world.garage, job, f"import_run:{run_id}")
    assert by_ada.take_back(run_id)["counts"] == counted(CHUNK, CHUNK)
    run = world.garage.ada.ask("query($id: ID!) { importRun(id: $id) { state reason } }", id=run_id)["importRun"]
    reason = f"Given up, to be taken back, after {CHUNK} of {len(codes)} rows; what is in stays."
    assert run == {"state": "FAILED", "reason": reason}
    revived = "UPDATE platform.job SET dead_at = NULL, run_at = now() WHERE key = %s"
    world.sql(world.garage, revived, f"import_run:{run_id}")
    by_ada.work("import_run", run_id)
    assert world.sql(world.garage, "SELECT count(*) FROM customer WHERE code = %s", codes[-1]) == [(0,)]


def test_a_revert_that_gave_up_says_so_and_the_next_one_goes_on(world: World, by_ada: Importing) -> None:
    (code,) = codes = fresh()
    run_id = by_ada.bring("customer", csv(codes), ["code"], CODE_AND_NAME)
    by_ada.ask_back(run_id)
    job = "UPDATE platform.job SET dead_at = now(), last_error = 'Broken' WHERE key = %s"
    world.sql(world.garage, job, f"import_revert:{run_id}:1")
    told = by_ada.told(run_id)
    assert (told["state"], told["reason"]) == ("FAILED", "Its job gave up: Broken")
    assert by_ada.take_back(run_id)["number"] == 2
    ended = world.sql(world.garage, "SELECT number, state FROM import_revert WHERE run_id = %s ORDER BY 1", run_id)
    assert ended == [(1, "failed"), (2, "done")]
    assert [deleted for _, _, deleted in state_of(world, [code])] == [True]


def test_of_many_wishes_at_once_one_is_granted(world: World, by_ada: Importing) -> None:
    run_id = by_ada.bring("customer", csv(fresh()), ["code"], CODE_AND_NAME)
    together = Barrier(4)

    def wish(_: int) -> list[str]:
        together.wait(30)
        return [problem["code"] for problem in by_ada.ask_back(run_id)["problems"]]

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(wish, range(4)))
    assert sorted(answers) == [[], *[["WRONG_STATE"]] * 3]
    assert world.sql(world.garage, "SELECT count(*) FROM import_revert WHERE run_id = %s", run_id) == [(1,)]


def test_a_dry_run_of_an_import_leaves_no_notes(world: World, by_ada: Importing) -> None:
    mapping = {"key": ["code"], "columns": CODE_AND_NAME}
    given = {"object": "customer", "fileName": "f.csv", "csv": csv(fresh()), "mapping": mapping, "dryRun": True}
    run_id = world.garage.ada.ask(START, input=given)["importRunStart"]["id"]
    by_ada.work("import_run", run_id)
    assert world.sql(world.garage, "SELECT count(*) FROM import_record WHERE run_id = %s", run_id) == [(0,)]
    (problem,) = by_ada.ask_back(run_id)["problems"]
    assert (problem["code"], problem["message"]) == ("WRONG_STATE", "This import was a dry run: it wrote nothing.")
