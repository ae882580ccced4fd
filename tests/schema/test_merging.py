"""What a merge tells and needs: rights over each record, nothing told that one does not see, one winner of a race."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any
from uuid import UUID

from saas.engine.access.tables import Access, RowScope
from saas.modules.customers.contact import Contact
from saas.modules.customers.customer import Customer
from saas.modules.organisation.rights import Grants
from saas.modules.sales.opportunity import Opportunity
from tests.contracts.ledger import audited
from tests.engine.people import hire
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
    away = world.garage.make(Customer, city="Ulm", credit_limit=Decimal("77.5"))
    world.garage.make(Opportunity, customer_id=away, owner_id=world.garage.sue.id)
    world.garage.make(Opportunity, customer_id=away, owner_id=clerk.id)
    world.garage.make(Contact, customer_id=away)
    told = merge(clerk, into, away, dry_run=True)
    assert (told["id"], told["problems"]) == (None, [])
    fields = {each["field"]: (each["before"], each["after"]) for each in told["changed"]}
    assert fields["city"] == (None, "Ulm")
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
    into, away = world.garage.make(Customer), world.garage.make(Customer, city="kept out")
    before = audited(world, world.garage)
    refused = merge(world.garage.ada, into, away, input={"email": "no mail", "city": "mine"})
    assert refused["problems"] == [{"code": "BAD_INPUT", "path": ["input", "email"]}]
    assert audited(world, world.garage) == before
    done = merge(world.garage.ada, into, away, input={"city": "mine"})
    assert [each for each in done["changed"] if each["field"] == "city"] == [
        {"field": "city", "before": None, "after": "mine"}
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
