"""What has moved on since an import stays when that is taken back, and tells why."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from saas.engine.registry import object_of
from saas.engine.write.create import create
from saas.engine.write.load import Target
from saas.engine.write.update import update
from saas.modules.customers.contact import Contact
from saas.modules.customers.customer import Customer
from saas.modules.sales.opportunity import Opportunity
from tests.cli.victim import WAITING
from tests.tenants.place import until
from tests.transfer.reverting import (
    CODE_AND_NAME,
    Importing,
    change,
    columns,
    counted,
    csv,
    euro_has_a_rate,
    fresh,
    ids_of,
    state_of,
    why,
)
from tests.world import World


@pytest.fixture(scope="module", autouse=True)
def _euro(world: World) -> None:
    euro_has_a_rate(world)


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


def test_an_address_is_one_value_and_so_is_an_amount_with_its_currency(world: World, by_ada: Importing) -> None:
    codes = fresh(2)
    money: dict[str, Any] = {"annual_revenue": Decimal(100), "annual_revenue_currency": "USD"}
    place = {"address_city": "Berlin", "address_street": "A 1"}
    ids = [world.garage.make(Customer, code=code, **money, **place) for code in codes]
    text = f"code,address.city,annualRevenue\n{codes[0]},Bonn,100\n{codes[1]},Berlin,7\n"
    run_id = by_ada.bring("customer", text, ["code"], columns("code", "address.city", "annualRevenue"))
    change(world, ids[0], address={"street": "B 2"})
    change(world, ids[1], annualRevenue={"amount": "7", "currency": "EUR"})
    assert why(by_ada.take_back(run_id)) == [
        (2, "MOVED_ON", "It was changed since the import: Address."),
        (3, "MOVED_ON", "It was changed since the import: Annual revenue."),
    ]
    kept = "SELECT address_city, address_street, annual_revenue, annual_revenue_currency FROM customer WHERE id = %s"
    assert world.sql(world.garage, kept, ids[0]) == [("Bonn", "B 2", Decimal(100), "USD")]
    assert world.sql(world.garage, kept, ids[1]) == [("Berlin", "A 1", Decimal(7), "EUR")]


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


def test_what_got_a_file_or_a_share_since_stays(world: World, by_ada: Importing) -> None:
    codes = fresh(2)
    run_id = by_ada.bring("customer", csv(codes), ["code"], CODE_AND_NAME)
    with_file, shared = map(str, ids_of(world, codes))
    create = 'fileCreate(input: { name: "note.txt", size: 3, recordId: $id }) { problems { code } }'
    file = f"mutation($id: ID!) {{ {create} }}"
    assert world.garage.ada.ask(file, id=with_file)["fileCreate"]["problems"] == []
    share = "mutation($id: ID!, $with: ID!) { recordShare(id: $id, withId: $with) { problems { code } } }"
    answer = world.garage.ada.ask(share, id=shared, **{"with": str(world.garage.sam.id)})
    assert answer["recordShare"]["problems"] == []
    told = by_ada.take_back(run_id)
    assert why(told) == [
        (2, "MOVED_ON", "It was changed since the import: Files."),
        (3, "MOVED_ON", "It was changed since the import."),
    ]
    assert [deleted for _, _, deleted in state_of(world, codes)] == [False, False]


def test_whoever_writes_at_the_same_moment_is_waited_for(world: World, by_ada: Importing) -> None:
    codes = fresh(2)
    run_id = by_ada.bring("customer", csv(codes), ["code"], CODE_AND_NAME)
    by_ada.ask_back(run_id)
    first, second = ids_of(world, codes)
    with ThreadPoolExecutor(1) as threads:
        with world.garage.scope() as scope:
            assert update(scope, object_of(Customer), [(Target(first), {"notes": "By hand"})])[0].changed
            made = create(scope, object_of(Contact), [{"name": "Kim", "customer_id": second}])
            assert made[0].problems == []
            taking_back = threads.submit(by_ada.work, "import_revert", run_id)
            until(lambda: world.admin.execute(WAITING, [world.cell]).fetchall() == [(1,)], "it waits")
        taking_back.result(30)
    assert why(by_ada.told(run_id)) == [
        (2, "MOVED_ON", "It was changed since the import: Notes."),
        (3, "REFERENCED", "1 contact refers to it as customer."),
    ]
