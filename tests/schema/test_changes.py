"""The feed for machines: what changed since a cursor, told to each as far as they see it."""

from typing import Any

import pytest

from saas.engine.access.profile import ROWS
from saas.engine.access.tables import Access, Relation, RowScope
from saas.modules.customers.contact import Contact
from saas.modules.customers.customer import Customer
from saas.modules.organisation.rights import Grants, Limit
from saas.modules.sales.opportunity import Opportunity, OpportunityStage
from tests.contracts.statements import compared, counted
from tests.engine.horizon import settled
from tests.engine.people import hire
from tests.schema.following import (
    ADD,
    CHANGES,
    DELETE,
    IDS,
    REMOVE,
    RESTORE,
    SHARE,
    UNSHARE,
    Reader,
    customer,
    update,
    usd,
)
from tests.world import World, limits, rights


def test_what_is_made_changed_and_deleted_is_told(world: World) -> None:
    reader = Reader(world, world.garage.ada)
    id_ = customer(world)
    (made,) = reader.read()
    assert made.pop("at")
    fields = made.pop("changedFields")
    assert {"name", "code"} <= set(fields)
    assert made == {"object": "customer", "id": id_, "kind": "CREATED", "version": 1}
    update(world, id_, language="de", name="Anders")
    assert reader.told() == [(id_, "UPDATED", ["language", "name"])]
    assert world.garage.ada.ask(DELETE, id=id_)["x"] == {"id": id_}
    (gone,) = reader.read()
    assert (gone["kind"], gone["version"], gone["changedFields"]) == ("DELETED", 3, [])
    assert world.garage.ada.ask(RESTORE, id=id_)["x"] == {"id": id_}
    ((_, kind, _),) = reader.told()
    assert kind == "CREATED"
    assert reader.told() == []


def test_a_reference_is_spelled_as_the_api_does(world: World) -> None:
    id_ = customer(world)
    reader = Reader(world, world.garage.ada)
    update(world, id_, ownerId=str(world.garage.sue.id))
    assert reader.told() == [(id_, "UPDATED", ["owner"])]


def test_several_changes_of_one_record_are_one(world: World) -> None:
    id_ = customer(world)
    reader = Reader(world, world.garage.ada)
    for values in ({"language": "de"}, {"name": "Zweimal"}, {"language": "fr"}):
        update(world, id_, **values)
    (told,) = reader.read()
    assert (told["kind"], told["version"], told["changedFields"]) == ("UPDATED", 4, ["language", "name"])


def test_pages_tell_each_change_once_and_the_cursor_goes_on(world: World) -> None:
    reader = Reader(world, world.garage.ada, ["customer"])
    ids = [customer(world) for _ in range(5)]
    settled(world)
    assert [id_ for id_, _, _ in reader.told(first=2)] == ids
    page = world.garage.ada.ask(CHANGES, after=reader.cursor, objects=["customer"], first=0)["changes"]
    assert (page["nodes"], page["hasMore"]) == ([], False)


def test_who_loses_sight_of_a_record_is_told_nothing_but_that(world: World) -> None:
    sam, sue = world.garage.sam, world.garage.sue
    id_ = customer(world, sam)
    his, hers = Reader(world, sam), Reader(world, sue)
    update(world, id_, ownerId=str(sue.id), language="it")
    tombstone = {"object": "customer", "id": id_, "kind": "OUT_OF_SIGHT"}
    assert his.read() == [tombstone | {"version": None, "changedFields": [], "at": None}]
    assert hers.told() == [(id_, "CREATED", ["language", "owner"])]
    update(world, id_, language="es")
    assert his.read() == []
    assert hers.told() == [(id_, "UPDATED", ["language"])]
    world.garage.ada.ask(DELETE, id=id_)
    assert his.read() == []
    assert hers.told() == [(id_, "DELETED", [])]


def test_what_one_never_saw_is_not_told_nor_counted(world: World) -> None:
    sam = world.garage.sam
    reader = Reader(world, sam)
    mine, others = [], []
    for _ in range(4):
        others += [customer(world) for _ in range(5)]
        mine.append(customer(world, sam))
    update(world, others[0], language="pt")
    world.garage.ada.ask(DELETE, id=others[1])
    settled(world)
    page = sam.ask(IDS, after=reader.cursor, first=2)["changes"]
    assert ([node["id"] for node in page["nodes"]], page["hasMore"]) == (mine[:2], True)
    page = sam.ask(IDS, after=page["cursor"], first=2)["changes"]
    assert ([node["id"] for node in page["nodes"]], page["hasMore"]) == (mine[2:], False)


def test_made_and_lost_between_two_pages_is_out_of_sight(world: World) -> None:
    """A copy that was read meanwhile may have it."""
    reader = Reader(world, world.garage.sam)
    id_ = customer(world, world.garage.sam)
    update(world, id_, ownerId=str(world.garage.sue.id))
    assert reader.told() == [(id_, "OUT_OF_SIGHT", [])]


def test_what_was_gone_before_one_began_is_not_told_from_the_start(world: World) -> None:
    sam = world.garage.sam
    lost, gone, kept = (customer(world, sam) for _ in range(3))
    update(world, lost, ownerId=str(world.garage.sue.id))
    world.garage.ada.ask(DELETE, id=gone)
    settled(world)
    page = sam.ask(CHANGES, objects=["customer"], first=10_000)["changes"]
    kinds = {node["id"]: node["kind"] for node in page["nodes"]}
    assert (kinds[kept], page["hasMore"]) == ("CREATED", False)
    assert kinds.keys() & {lost, gone} == set()


def test_a_department_is_a_scope_too(world: World) -> None:
    north, service = (world.garage.departments[name] for name in ("north", "service"))
    id_ = customer(world, department_id=north)
    reader = Reader(world, world.garage.mona)
    update(world, id_, language="de")
    assert reader.told() == [(id_, "UPDATED", ["language"])]
    update(world, id_, departmentId=str(service))
    assert reader.told() == [(id_, "OUT_OF_SIGHT", [])]
    update(world, id_, departmentId=str(north))
    assert reader.told() == [(id_, "CREATED", ["department"])]


def test_contacts_come_and_go_with_their_customer(world: World) -> None:
    sam, sue = world.garage.sam, world.garage.sue
    id_ = customer(world, sam)
    contacts = [str(world.garage.make(Contact, customer_id=id_)) for _ in range(3)]
    his, hers = Reader(world, sam), Reader(world, sue)
    update(world, id_, ownerId=str(sue.id))
    assert his.told(first=2) == [(each, "OUT_OF_SIGHT", []) for each in (id_, *contacts)]
    assert hers.told(first=3) == [(id_, "CREATED", ["owner"]), *((each, "CREATED", []) for each in contacts)]


def test_a_contact_that_moved_on_after_its_customer_was_lost(world: World) -> None:
    sam, sue = world.garage.sam, world.garage.sue
    id_, other = customer(world, sam), customer(world, sue)
    contact = str(world.garage.make(Contact, customer_id=id_))
    his = Reader(world, sam)
    update(world, id_, ownerId=str(sue.id))
    move = "mutation($id: ID!, $to: ID!) { x: contactUpdate(id: $id, input: { customerId: $to }) { id } }"
    assert world.garage.ada.ask(move, id=contact, to=other)["x"] == {"id": contact}
    assert his.told() == [(id_, "OUT_OF_SIGHT", []), (contact, "OUT_OF_SIGHT", [])]


def test_a_share_brings_into_sight_and_its_end_takes_away(world: World) -> None:
    ada, sue = world.garage.ada, world.garage.sue
    id_ = customer(world, world.garage.sam)
    contact = str(world.garage.make(Contact, customer_id=id_))
    hers, his, theirs = Reader(world, sue), Reader(world, world.garage.sam), Reader(world, world.garage.mona)
    ada.ask(SHARE, id=id_, **{"with": str(sue.id)})
    assert hers.told() == [(id_, "CREATED", []), (contact, "CREATED", [])]
    ada.ask(UNSHARE, id=id_, **{"with": str(sue.id)})
    assert hers.told() == [(id_, "OUT_OF_SIGHT", []), (contact, "OUT_OF_SIGHT", [])]
    ada.ask(SHARE, id=id_, **{"with": str(sue.id)})
    ada.ask(UNSHARE, id=id_, **{"with": str(sue.id)})
    assert hers.told() == [(id_, "OUT_OF_SIGHT", []), (contact, "OUT_OF_SIGHT", [])]
    assert (his.told(), theirs.told()) == ([], [])


def test_taking_part_likewise(world: World) -> None:
    ada, sue = world.garage.ada, world.garage.sue
    id_ = customer(world, world.garage.sam)
    hers = Reader(world, sue)
    ada.ask(ADD, id=id_, who=str(sue.id))
    assert hers.told() == [(id_, "CREATED", [])]
    update(world, id_, language="nl")
    assert hers.told() == [(id_, "UPDATED", ["language"])]
    ada.ask(REMOVE, id=id_, who=str(sue.id))
    assert hers.told() == [(id_, "OUT_OF_SIGHT", [])]


def test_a_merged_record_is_deleted_also_for_whom_it_was_shared_with(world: World) -> None:
    ada, sue = world.garage.ada, world.garage.sue
    into, away = customer(world), customer(world)
    ada.ask(SHARE, id=away, **{"with": str(sue.id)})
    hers, all_ = Reader(world, sue), Reader(world, ada)
    merge = "mutation($a: ID!, $b: ID!) { x: customerMerge(into: $a, from: [$b]) { id problems { message } } }"
    unmerge = "mutation($id: ID!) { x: customerUnmerge(id: $id) { id problems { message } } }"
    assert ada.ask(merge, a=into, b=away)["x"] == {"id": into, "problems": []}
    assert {(id_, kind) for id_, kind, _ in hers.told()} == {(away, "DELETED"), (into, "CREATED")}
    assert (away, "DELETED", []) in all_.told()
    assert ada.ask("query($id: ID!) { node(id: $id) { id } }", id=away)["node"] == {"id": into}
    assert ada.ask(unmerge, id=away)["x"] == {"id": away, "problems": []}
    assert {(id_, kind) for id_, kind, _ in hers.told()} == {(away, "CREATED"), (into, "OUT_OF_SIGHT")}


def test_only_fields_that_one_sees_are_named(world: World) -> None:
    """Finances are hidden from the viewer: what changed them alone is not told at all."""
    id_ = customer(world)
    hers, all_ = Reader(world, world.garage.vera), Reader(world, world.garage.ada)
    update(world, id_, annualRevenue=usd("12"))
    assert hers.told() == []
    assert all_.told() == [(id_, "UPDATED", ["annualRevenue"])]
    update(world, id_, annualRevenue=usd("13"), language="sv", phone="+49 30 1234567")
    assert hers.told() == [(id_, "UPDATED", ["language"])]
    assert all_.told() == [(id_, "UPDATED", ["annualRevenue", "language", "phone"])]


def test_a_field_that_shows_of_some_records_only_is_named_of_those(world: World) -> None:
    """Sellers see the finances of their own customers."""
    sam, sue = world.garage.sam, world.garage.sue
    own, shared = customer(world, sue), customer(world, sam)
    world.garage.ada.ask(SHARE, id=shared, **{"with": str(sue.id)})
    hers = Reader(world, sue)
    for id_ in (own, shared):
        update(world, id_, annualRevenue=usd("7"))
    assert hers.told() == [(own, "UPDATED", ["annualRevenue"])]


def test_a_mask_is_no_value(world: World) -> None:
    grants = Grants(
        rights(RowScope.ALL, "customer", operations=("read",)),
        limits("customer", "contact", Access.MASKED, *Relation),
    )
    masked = hire(world.garage, "max", grants)
    id_ = customer(world)
    reader = Reader(world, masked)
    update(world, id_, phone="+49 30 7654321")
    assert reader.told() == []


def test_lines_come_with_their_document_where_something_shows(world: World) -> None:
    hidden = Grants(
        rights(RowScope.ALL, "opportunity", operations=("read",)),
        limits("opportunity", "amount", Access.HIDDEN, *Relation),
    )
    ada, paul = world.garage.ada, hire(world.garage, "paul", hidden)
    make = """
        mutation($lines: [OpportunityLineInput!]!) {
          x: opportunityCreate(input: { name: "With lines", lines: $lines }) { id opportunity { lines { id } } }
        }"""
    made = ada.ask(make, lines=[{"quantity": "2", "unitPrice": usd("5")}])["x"]
    line = made["opportunity"]["lines"][0]["id"]
    his, all_ = Reader(world, paul), Reader(world, ada)
    change = """
        mutation($id: ID!, $lines: OpportunityLineChangesInput!) {
          x: opportunityUpdate(id: $id, input: { lines: $lines }) { id problems { message } }
        }"""

    def changed(**values: Any) -> None:
        given = {"update": [{"id": line, **values}]}
        assert ada.ask(change, id=made["id"], lines=given)["x"] == {"id": made["id"], "problems": []}

    changed(unitPrice=usd("6"))
    assert his.told() == []
    assert all_.told() == [(made["id"], "UPDATED", ["amount", "lines"])]
    changed(quantity="3")
    assert his.told() == [(made["id"], "UPDATED", ["lines"])]
    world.sql(world.garage, "UPDATE audit SET changes = NULL WHERE record_id = %s", made["id"])
    assert all_.told() == [(made["id"], "UPDATED", ["amount", "lines"])]


def test_a_stage_that_is_closed_to_who_takes_part_takes_the_record_away(world: World) -> None:
    closed = frozenset({Limit("opportunity", ROWS, Relation.PARTICIPANT, Access.HIDDEN, OpportunityStage.LOST.value)})
    ida = hire(world.garage, "ida", Grants(rights(RowScope.OWN, "opportunity", operations=("read",)), closed))
    id_ = str(world.garage.make(Opportunity))
    hers = Reader(world, ida)
    world.garage.ada.ask(ADD, id=id_, who=str(ida.id))
    assert hers.told() == [(id_, "CREATED", [])]
    lose = 'mutation($id: ID!) { x: opportunityLose(id: $id, input: { reason: "price" }) { id problems { message } } }'
    assert world.garage.ada.ask(lose, id=id_)["x"] == {"id": id_, "problems": []}
    assert hers.told() == [(id_, "OUT_OF_SIGHT", [])]
    reopen = "mutation($id: ID!) { x: opportunityReopen(id: $id) { id problems { message } } }"
    assert world.garage.ada.ask(reopen, id=id_)["x"] == {"id": id_, "problems": []}
    ((_, kind, names),) = hers.told()
    assert (kind, "stage" in names) == ("CREATED", True)


def test_who_sees_little_of_much_goes_on_after_a_while(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page looks at so many changes at most; no more of them can be told from where it ends."""
    monkeypatch.setattr("saas.engine.changes.page._SMALLEST", 3)
    monkeypatch.setattr("saas.engine.changes.page.MOST", 3)
    reader = Reader(world, world.garage.sam)
    world.garage.make_many(Customer, [{} for _ in range(20)])
    mine = customer(world, world.garage.sam)
    settled(world)
    page = world.garage.sam.ask(IDS, after=reader.cursor, first=1)["changes"]
    assert (page["nodes"], page["hasMore"]) == ([], True)
    reader.cursor = page["cursor"]
    assert [id_ for id_, _, _ in reader.told()] == [mine]


def test_a_page_takes_so_many_statements_whatever_it_holds(world: World) -> None:
    query = """
        query($after: String) { changes(after: $after, first: 100) { nodes { kind record { id
          ... on Customer { owner { name } } ... on Contact { customer { name } } } } } }"""

    def cost(number: int) -> list[int]:
        reader = Reader(world, world.garage.mona)
        moved, north = [customer(world) for _ in range(number)], str(world.garage.departments["north"])
        world.garage.make_many(Contact, [{"customer_id": id_} for id_ in moved for _ in range(2)])
        for id_ in moved:
            update(world, id_, departmentId=north)
        settled(world)
        with counted() as sent:
            page = world.garage.mona.ask(query, after=reader.cursor)["changes"]
        assert [node["kind"] for node in page["nodes"]] == ["CREATED"] * 3 * number
        return [len(sent)]

    few, many = compared(cost, 1, 12)
    assert few == many


def test_records_come_with_their_changes_as_one_may_see_them(world: World) -> None:
    sam = world.garage.sam
    reader = Reader(world, sam)
    mine, lost = customer(world, sam, language="fi"), customer(world, sam)
    contact = str(world.garage.make(Contact, customer_id=mine, name="Ilse"))
    update(world, lost, ownerId=str(world.garage.sue.id))
    settled(world)
    query = """
        query($after: String) { changes(after: $after) {
          __typename hasMore
          all: nodes { __typename at kind id
            record { __typename id ... on Customer { language owner { name } } ... on Contact { name } } }
          nodes { kind record { id } }
        } }"""
    page = sam.ask(query, after=reader.cursor)["changes"]
    of_customer = {"__typename": "Customer", "id": mine, "language": "fi", "owner": {"name": "sam"}}
    of_contact = {"__typename": "Contact", "id": contact, "name": "Ilse"}
    assert [node["record"] for node in page["all"]] == [of_customer, of_contact, None]
    assert [node["record"] for node in page["nodes"]] == [{"id": mine}, {"id": contact}, None]
    bare = sam.ask(
        """
        query($after: String) { changes(after: $after) {
          __typename hasMore all: nodes { __typename at kind id } nodes { kind }
        } }""",
        after=reader.cursor,
    )["changes"]
    for node in page["all"] + page["nodes"]:
        del node["record"]
    assert bare == page
