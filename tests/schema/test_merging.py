"""What a merge tells and needs: rights over each record, nothing told that one does not see, one winner of a race."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any
from uuid import UUID

from saas.engine.access.tables import Access, Relation, RowScope
from saas.kit import clock
from saas.modules.customers.contact import Contact
from saas.modules.customers.customer import Customer
from saas.modules.masters.tag import Tag
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.rights import Grants, Limit, Right, grants_of, role_grant
from saas.modules.organisation.role import Role
from saas.modules.sales.opportunity import Opportunity
from tests.contracts.ledger import audited
from tests.engine.people import hire, role_of
from tests.world import Person, World, limits, rights

MERGE = """
    mutation($into: ID!, $from: [ID!]!, $input: CustomerUpdateInput, $dryRun: Boolean!) {
      x: customerMerge(into: $into, from: $from, input: $input, dryRun: $dryRun) {
        id changed { field before after } moved { object field count } problems { code path }
      }
    }"""


def merge(
    person: Person, into: UUID, *away: UUID, input: dict[str, Any] | None = None, dry_run: bool = False
) -> dict[str, Any]:
    ids = [str(each) for each in away]
    found: dict[str, Any] = person.ask(MERGE, **{"into": str(into), "from": ids, "input": input, "dryRun": dry_run})[
        "x"
    ]
    return found


def test_a_value_that_one_does_not_see_is_kept_and_not_told(world: World) -> None:
    grants = Grants(
        rights(RowScope.ALL, "customer", "contact") | rights(RowScope.OWN, "opportunity"),
        limits("customer", "finance", Access.HIDDEN),
    )
    clerk = hire(world.garage, "clerk", grants)
    into = world.garage.make(Customer)
    away = world.garage.make(Customer, language="Ulm", credit_limit=Decimal("77.5"))
    world.garage.make(Opportunity, customer_id=away, owner_id=world.garage.sue.id)
    world.garage.make(Opportunity, customer_id=away, owner_id=clerk.id)
    world.garage.make(Contact, customer_id=away)
    told = merge(clerk, into, away, dry_run=True)
    assert (told["id"], told["problems"]) == (None, [])
    fields = {each["field"]: (each["before"], each["after"]) for each in told["changed"]}
    assert fields["language"] == (None, "Ulm")
    assert "creditLimit" not in fields
    counts = {(each["object"], each["count"]) for each in told["moved"]}
    assert counts == {("Contact", 1), ("Opportunity", 1)}
    refused = merge(clerk, into, away, input={"creditLimit": {"amount": "1"}})
    assert {each["code"] for each in refused["problems"]} == {"FORBIDDEN"}
    assert {tuple(each["path"][:2]) for each in refused["problems"]} == {("input", "creditLimit")}
    done = merge(clerk, into, away)
    assert (done["id"], done["changed"]) == (str(into), told["changed"])
    moved = world.sql(world.garage, "SELECT count(*) FROM opportunity WHERE customer_id = %s", into)
    assert moved == [(2,)]
    assert world.sql(world.garage, "SELECT credit_limit FROM customer WHERE id = %s", into) == [(Decimal("77.5"),)]


def test_whoever_may_not_delete_the_other_may_not_merge_it(world: World) -> None:
    sam, sue = world.garage.sam, world.garage.sue
    mine = world.garage.make(Customer, owner_id=sam.id)
    theirs = world.garage.make(Customer, owner_id=sue.id)
    before = audited(world, world.garage)
    for into, away, path in ((mine, theirs, ["from", "0"]), (theirs, mine, ["into"])):
        assert merge(sam, into, away)["problems"] == [{"code": "NOT_FOUND", "path": path}]
    assert [each["code"] for each in merge(world.garage.vera, mine, theirs)["problems"]] == ["FORBIDDEN"]
    assert audited(world, world.garage) == before


def test_what_the_input_says_is_checked_as_in_an_update(world: World) -> None:
    into, away = world.garage.make(Customer), world.garage.make(Customer, language="kept out")
    before = audited(world, world.garage)
    refused = merge(world.garage.ada, into, away, input={"email": "no mail", "language": "mine"})
    assert refused["problems"] == [{"code": "BAD_INPUT", "path": ["input", "email"]}]
    assert audited(world, world.garage) == before
    done = merge(world.garage.ada, into, away, input={"language": "mine"})
    assert [each for each in done["changed"] if each["field"] == "language"] == [
        {"field": "language", "before": None, "after": "mine"}
    ]


def test_a_tree_does_not_bite_its_tail(world: World) -> None:
    """The one below the merged record is above the survivor."""
    away = world.garage.make(Customer)
    between = world.garage.make(Customer, parent_id=away)
    into = world.garage.make(Customer, parent_id=between)
    before = audited(world, world.garage)
    assert [each["code"] for each in merge(world.garage.ada, into, away)["problems"]] == ["CIRCLE"]
    assert audited(world, world.garage) == before


def test_a_survivor_below_what_it_takes_in_is_no_longer_below_it(world: World) -> None:
    away = world.garage.make(Customer)
    into = world.garage.make(Customer, parent_id=away)
    assert merge(world.garage.ada, into, away)["problems"] == []
    assert world.sql(world.garage, "SELECT parent_id FROM customer WHERE id = %s", into) == [(None,)]


def test_of_two_that_merge_into_each_other_one_wins(world: World) -> None:
    for _ in range(3):
        a, b = world.garage.make(Customer), world.garage.make(Customer)
        barrier = Barrier(2)

        def send(pair: tuple[UUID, UUID], barrier: Barrier = barrier) -> dict[str, Any]:
            barrier.wait()
            return merge(world.garage.ada, *pair)

        with ThreadPoolExecutor(2) as threads:
            answers = list(threads.map(send, ((a, b), (b, a))))
        assert sorted(answer["id"] is None for answer in answers) == [False, True]
        (living,) = world.sql(
            world.garage, "SELECT count(*) FROM customer WHERE id IN (%s, %s) AND deleted_at IS NULL", a, b
        )
        assert living == (1,)


def test_whoever_refers_to_a_record_while_it_is_merged_is_not_lost(world: World) -> None:
    create = """
        mutation($id: ID!) { x: contactCreate(input: { name: "late", customerId: $id }) { id problems { code } } }"""
    for _ in range(3):
        into, away = world.garage.make(Customer), world.garage.make(Customer)
        with ThreadPoolExecutor(2) as threads:
            merging = threads.submit(merge, world.garage.ada, into, away)
            creating = threads.submit(world.garage.ada.ask, create, id=str(away))
        assert merging.result()["problems"] == []
        made = creating.result()["x"]
        if made["id"] is None:
            assert made["problems"] == [{"code": "NOT_FOUND"}]
        else:
            led = world.sql(world.garage, "SELECT customer_id FROM contact WHERE id = %s", made["id"])
            assert led == [(into,)]


SHARE = """
    mutation($id: ID!, $with: ID!, $access: ShareAccess!, $until: Date) {
      x: recordShare(id: $id, withId: $with, access: $access, until: $until) { problems { code } }
    }"""
SHARES = "query($id: ID!) { recordShares(id: $id) { holderId access until } }"
MERGE_ANY = """
    mutation($into: ID!, $from: [ID!]!) {
      x: %sMerge(into: $into, from: $from) { id moved { object field count } problems { code path message } }
    }"""


def merge_any(person: Person, what: str, into: UUID, *away: UUID) -> dict[str, Any]:
    given = {"into": str(into), "from": [str(each) for each in away]}
    found: dict[str, Any] = person.ask(MERGE_ANY % what, **given)["x"]
    return found


def share(world: World, id_: UUID, who: UUID, access: str, days: int | None) -> None:
    until = None if days is None else (clock.today(world.garage.tenant.time_zone) + timedelta(days=days)).isoformat()
    given = {"id": str(id_), "with": str(who), "access": access, "until": until}
    assert world.garage.ada.ask(SHARE, **given)["x"]["problems"] == []


def test_a_share_that_moves_gives_nobody_more_than_they_had(world: World) -> None:
    """Of two shares with the same person the one that lasts longer stays, as it is."""
    into, away = world.garage.make(Customer), world.garage.make(Customer)
    sam, sue, vera = (world.garage.people[name].id for name in ("sam", "sue", "vera"))
    share(world, into, sam, "READ", None)
    share(world, away, sam, "WRITE", 3)
    share(world, into, sue, "READ", None)
    share(world, away, sue, "WRITE", None)
    share(world, away, vera, "READ", 3)
    world.garage.ada.ask(SHARES, id=str(into))
    before = world.sql(world.garage, "SELECT * FROM record_share ORDER BY 1, 2")
    told = merge(world.garage.ada, into, away)
    assert told["moved"] == [{"object": "RecordShare", "field": "record", "count": 3}]
    day = (clock.today(world.garage.tenant.time_zone) + timedelta(days=3)).isoformat()
    shares = {each.pop("holderId"): each for each in world.garage.ada.ask(SHARES, id=str(into))["recordShares"]}
    assert shares == {
        str(sam): {"access": "READ", "until": None},
        str(sue): {"access": "WRITE", "until": None},
        str(vera): {"access": "READ", "until": day},
    }
    last = audited(world, world.garage, into)[-1]["changes"]["record_share"]
    assert last[0] == [{"holder_id": str(sue), "access": "read"}]
    assert {each["holder_id"] for each in last[1]} == {str(sue), str(vera)}
    undo = "mutation($id: ID!) { x: customerUnmerge(id: $id) { problems { code } } }"
    assert world.garage.ada.ask(undo, id=str(away))["x"] == {"problems": []}
    assert world.sql(world.garage, "SELECT * FROM record_share ORDER BY 1, 2") == before


def test_a_share_that_changed_since_keeps_the_merge_from_being_undone(world: World) -> None:
    into, away = world.garage.make(Customer), world.garage.make(Customer)
    share(world, away, world.garage.sam.id, "READ", None)
    merge(world.garage.ada, into, away)
    share(world, into, world.garage.sam.id, "WRITE", None)
    before = audited(world, world.garage), world.sql(world.garage, "SELECT * FROM record_share ORDER BY 1, 2")
    undo = "mutation($id: ID!) { x: customerUnmerge(id: $id) { id problems { code message } } }"
    message = "1 of RecordShare changed again since the merge."
    refused = {"id": None, "problems": [{"code": "MOVED_ON", "message": message}]}
    assert world.garage.ada.ask(undo, id=str(away))["x"] == refused
    after = audited(world, world.garage), world.sql(world.garage, "SELECT * FROM record_share ORDER BY 1, 2")
    assert after == before


def test_what_is_shared_with_somebody_is_shared_with_who_they_become_at_once(world: World) -> None:
    into = hire(world.garage, "into", Grants(rights(RowScope.OWN, "customer", operations=("read",))))
    away = world.garage.make(Employee)
    customer = world.garage.make(Customer)
    share(world, customer, away, "READ", None)
    query = "query($id: ID!) { customer(id: $id) { id } }"
    assert into.ask(query, id=str(customer))["customer"] is None
    told = merge_any(world.garage.ada, "employee", into.id, away)
    assert told["moved"] == [{"object": "RecordShare", "field": "holder", "count": 1}]
    assert into.ask(query, id=str(customer))["customer"] == {"id": str(customer)}


def test_nobody_gets_rights_by_a_merge_that_they_may_not_give(world: World) -> None:
    clerk = hire(world.garage, "head-clerk", Grants(rights(RowScope.ALL, "employee", "position", "role")))
    nobody = hire(world.garage, "under-clerk", Grants(rights(RowScope.ALL, "employee")))
    manager = hire(world.garage, "boss", Grants(rights(RowScope.ALL, "customer")))
    before = audited(world, world.garage)
    refused = merge_any(nobody, "employee", nobody.id, manager.id)
    message = "Rights would change hands: you need role.update too."
    assert (refused["id"], refused["problems"]) == (
        None,
        [{"code": "FORBIDDEN", "path": ["from"], "message": message}],
    )
    assert audited(world, world.garage) == before
    query = "query($id: ID!) { customer(id: $id) { id } }"
    customer = str(world.garage.make(Customer))
    assert "errors" in clerk.http(query, {"id": customer}).json()
    assert merge_any(clerk, "employee", clerk.id, manager.id)["problems"] == []
    assert clerk.ask(query, id=customer)["customer"] == {"id": customer}


def test_roles_that_are_merged_grant_what_both_did_and_hide_what_either_did(world: World) -> None:
    into, away = world.garage.make(Role), world.garage.make(Role)
    read, change = (Right("customer", operation, RowScope.ALL) for operation in ("read", "update"))
    hidden, masked = (
        Limit("customer", "contact", Relation.OTHERS, access) for access in (Access.HIDDEN, Access.MASKED)
    )
    with world.garage.scope() as scope:
        role_grant(scope, role_of(scope, into), Grants(frozenset({read}), frozenset({masked})))
        role_grant(scope, role_of(scope, away), Grants(frozenset({read, change}), frozenset({hidden})))
    assert merge_any(world.garage.ada, "role", into, away)["problems"] == []
    with world.garage.scope() as scope:
        assert grants_of(scope, into) == Grants(frozenset({read, change}), frozenset({hidden}))
        assert grants_of(scope, away) == Grants()


def test_a_tag_that_is_merged_stands_once_in_each_list_and_counts_a_version(world: World) -> None:
    first, second, third = (world.garage.make(Tag) for _ in range(3))
    both = world.garage.make(Customer, tags=[str(third), str(second), str(first)])
    one = world.garage.make(Customer, tags=[str(second)])
    told = merge_any(world.garage.ada, "tag", first, second)
    assert told["moved"] == [{"object": "Customer", "field": "tags", "count": 2}]
    query = "query($id: ID!) { customer(id: $id) { version tags { id } } }"
    for id_, tags in ((both, [third, first]), (one, [first])):
        found = world.garage.ada.ask(query, id=str(id_))["customer"]
        assert found == {"version": 2, "tags": [{"id": str(tag)} for tag in tags]}


def test_lines_are_not_given_with_a_merge(world: World) -> None:
    into, away = world.garage.make(Opportunity), world.garage.make(Opportunity)
    query = """
        mutation($into: ID!, $from: [ID!]!) {
          x: opportunityMerge(into: $into, from: $from, input: { lines: { delete: [] } }) { problems { code path } }
        }"""
    answer = world.garage.ada.ask(query, **{"into": str(into), "from": [str(away)]})["x"]
    assert answer == {"problems": [{"code": "BAD_INPUT", "path": ["input", "lines"]}]}
