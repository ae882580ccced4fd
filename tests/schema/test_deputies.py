"""Deputies: what somebody owns is as good as the deputy's, by the deputy's own rights, from one day to another."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from saas.engine.access.tables import Access, Relation, RowScope
from saas.kit import clock
from saas.modules.customers.contact import Contact
from saas.modules.customers.customer import Customer
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.rights import Grants
from saas.modules.sales.opportunity import Opportunity
from saas.tenants import sign_in
from saas.tenants.sign_in import issue_token
from tests.contracts.ledger import audited, marks
from tests.engine.people import hire
from tests.schema import fast_way
from tests.schema.fast_way import FAST, LONG, Ways, by_fields, fresh
from tests.world import Person, World, limits, rights

ways, short_way = fast_way.ways, fast_way.short_way
ASSIGN = """
    mutation($id: ID!, $deputies: [DeputyInput!]!) {
      x: employeeAssignDeputies(id: $id, deputies: $deputies) { id problems { code message path } }
    }"""
LISTS = """
    query($person: ID!, $deputy: ID!) {
      employeeDeputies(id: $person) { personId deputyId startsOn endsOn }
      employeeStandsInFor(id: $deputy) { personId deputyId startsOn endsOn }
    }"""
LIST = "query($ids: [ID!]!) { customers(filter: { id: { in: $ids } }) { nodes { id } } }"
SEEN = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
FIELDS = "query($id: ID!) { customer(id: $id) { creditLimit { amount } access { canUpdate canDelete } } }"
WHY = """
    query($who: ID!, $id: ID!) {
      whyVisible(person: $who, record: $id) { visible reasons { scope way holds } }
      whoCanSee(record: $id, first: 100) { nodes { personId } }
      effectiveAccess(person: $who) { standsInFor endsOn }
    }"""
OWN = rights(RowScope.OWN, "customer", "contact", "opportunity", "employee") | rights(
    RowScope.ALL, "employee", operations=("read",)
)
NOT_MINE = tuple(each for each in Relation if each is not Relation.OWNER)
HIDDEN = limits("customer", "finance", Access.HIDDEN, *NOT_MINE)


@dataclass(frozen=True)
class Pair:
    """One who is away, one who stands in, and what the first one owns."""

    away: Person
    deputy: Person
    customer: str
    contact: str
    opportunity: str

    @property
    def ids(self) -> list[str]:
        return [self.customer, self.contact, self.opportunity]


@pytest.fixture
def days(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Any]:
    """Time stands still so many days from now, while tokens stay known: nothing but the day is another."""
    monkeypatch.setattr(sign_in, "FRESH", timedelta(days=30))
    now = clock.now()  # at no other hour: tokens last for some
    return lambda number: clock.stopped_at(now + timedelta(days=number))


@pytest.fixture
def pair(world: World, request: pytest.FixtureRequest) -> Pair:
    garage, name = world.garage, request.node.name[:20]
    away, deputy = (hire(garage, f"{name}-{who}", Grants(OWN, HIDDEN)) for who in ("away", "deputy"))
    deputy = replace(deputy, token=issue_token(garage.tenant, deputy.id, 720).token)
    customer = garage.make(Customer, owner_id=away.id, credit_limit=Decimal(5))
    contact = garage.make(Contact, customer_id=customer)
    opportunity = garage.make(Opportunity, owner_id=away.id)
    return Pair(away, deputy, str(customer), str(contact), str(opportunity))


def _today(world: World, more: int = 0) -> date:
    return clock.today(world.garage.tenant.time_zone) + timedelta(days=more)


def _assign(world: World, pair: Pair, *periods: tuple[int, int]) -> Any:
    given = [
        {
            "deputyId": str(pair.deputy.id),
            "startsOn": _today(world, start).isoformat(),
            "endsOn": _today(world, end).isoformat(),
        }
        for start, end in periods
    ]
    return world.garage.ada.ask(ASSIGN, id=str(pair.away.id), deputies=given)["x"]


def _seen(pair: Pair) -> list[bool]:
    return [bool(each) for each in pair.deputy.ask(SEEN, ids=pair.ids)["nodes"]]


def test_it_begins_and_ends_by_itself_on_the_day(
    world: World, ways: Ways, pair: Pair, days: Callable[[int], Any]
) -> None:
    query, given = fresh(LIST), {"ids": [pair.customer]}
    nothing: dict[str, Any] = {"customers": {"nodes": []}}
    there = {"customers": {"nodes": [{"id": pair.customer}]}}
    with days(0):
        assert _assign(world, pair, (2, 3)) == {"id": str(pair.away.id), "problems": []}
        assert ways.known(pair.deputy, query, given) == nothing
    with days(1):
        assert ways.known(pair.deputy, query, given) == nothing
    for day, expected in ((2, there), (3, there), (4, nothing)):
        with days(day):
            way, answer = ways.of(pair.deputy, query, given)
            assert (way, answer.json()["data"]) == ([LONG] if day != 3 else [FAST], expected)
            assert answer.content == by_fields(pair.deputy, query, given).content
            assert ways.known(pair.deputy, query, given) == expected


def test_it_counts_at_once_and_no_longer_than_it_is_assigned(world: World, pair: Pair) -> None:
    assert _seen(pair) == [False] * 3
    _assign(world, pair, (0, 0))
    assert _seen(pair) == [True] * 3
    assert pair.deputy.ask("{ viewer { standsInFor } }")["viewer"] == {"standsInFor": [str(pair.away.id)]}
    _assign(world, pair)
    assert _seen(pair) == [False] * 3
    assert pair.deputy.ask("{ viewer { standsInFor } }")["viewer"] == {"standsInFor": []}


def test_the_deputy_is_as_the_owner_with_their_own_rights(world: World, pair: Pair) -> None:
    _assign(world, pair, (0, 5))
    access = {"canUpdate": True, "canDelete": True}
    assert pair.deputy.ask(FIELDS, id=pair.customer)["customer"] == {"creditLimit": {"amount": "5"}, "access": access}
    update = """
        mutation($id: ID!) { x: customerUpdate(id: $id, input: { phone: "13812345678" }) { problems { code } } }"""
    assert pair.deputy.ask(update, id=pair.customer)["x"] == {"problems": []}
    row = audited(world, world.garage, pair.customer)[-1]
    assert (row["actor_id"], row["fields"]) == (str(pair.deputy.id), ["phone"])
    make = 'mutation($id: ID!) { x: customerCreate(input: { name: "For them", ownerId: $id }) { problems { code } } }'
    assert pair.deputy.ask(make, id=str(pair.away.id))["x"] == {"problems": []}
    win = "mutation($id: ID!) { x: opportunityWin(id: $id) { problems { code } } }"
    assert pair.deputy.ask(win, id=pair.opportunity)["x"] == {"problems": [{"code": "FORBIDDEN"}]}
    export = "mutation { x: customerExport(format: CSV) { problems { code } } }"
    assert pair.deputy.ask(export)["x"] == {"problems": [{"code": "FORBIDDEN"}]}


def test_the_file_of_the_person_and_those_below_stay_theirs(world: World, pair: Pair) -> None:
    """Standing in for a superior makes nobody a superior, and nobody reads the other's own file."""
    below = world.garage.make(Employee, superior_id=pair.away.id)
    of_below = str(world.garage.make(Customer, owner_id=below))
    second = hire(world.garage, f"{pair.deputy.name}-2", Grants(OWN))
    _assign(world, pair, (0, 5))
    given = {"deputyId": str(second.id), "startsOn": str(_today(world)), "endsOn": str(_today(world))}
    world.garage.ada.ask(ASSIGN, id=str(pair.deputy.id), deputies=[given])
    assert pair.deputy.ask(SEEN, ids=[of_below])["nodes"] == [None]
    update = 'mutation($id: ID!) { x: employeeUpdate(id: $id, input: { jobTitle: "Boss" }) { problems { code } } }'
    assert pair.away.ask(update, id=str(pair.away.id))["x"] == {"problems": []}
    assert pair.deputy.ask(update, id=str(pair.away.id))["x"] == {"problems": [{"code": "FORBIDDEN"}]}
    assert second.ask(SEEN, ids=pair.ids)["nodes"] == [None] * 3  # a deputy has no deputy in that


def test_it_is_listed_audited_and_explained(world: World, pair: Pair) -> None:
    ada, today = world.garage.ada, _today(world)
    _assign(world, pair, (0, 5), (9, 9))
    rows = [
        {
            "personId": str(pair.away.id),
            "deputyId": str(pair.deputy.id),
            "startsOn": str(today + timedelta(days=start)),
            "endsOn": str(today + timedelta(days=end)),
        }
        for start, end in ((0, 5), (9, 9))
    ]
    told = ada.ask(LISTS, person=str(pair.away.id), deputy=str(pair.deputy.id))
    assert told == {"employeeDeputies": rows, "employeeStandsInFor": rows}
    row = audited(world, world.garage, pair.away.id)[-1]
    words = [f"{row['deputyId']} {row['startsOn']} to {row['endsOn']}" for row in rows]
    assert (row["actor_id"], row["changes"]) == (str(ada.id), {"deputies": [[], sorted(words)]})
    why = ada.ask(WHY, who=str(pair.deputy.id), id=pair.contact)
    assert [each for each in why["whyVisible"]["reasons"] if each["holds"]] == [
        {"scope": "OWN", "way": "DEPUTY", "holds": True}
    ]
    assert {"personId": str(pair.deputy.id)} in why["whoCanSee"]["nodes"]
    access = {"standsInFor": [str(pair.away.id)], "endsOn": rows[0]["endsOn"]}
    assert why["effectiveAccess"] == access
    _assign(world, pair, (9, 9))
    why = ada.ask(WHY, who=str(pair.deputy.id), id=pair.contact)
    assert (why["whyVisible"]["visible"], {each["way"] for each in why["whyVisible"]["reasons"]}) == (
        False,
        {"OWN", "SHARE", "PARTICIPATION"},
    )
    assert why["effectiveAccess"] == {"standsInFor": [], "endsOn": str(today + timedelta(days=8))}


def test_a_cursor_of_changes_is_worthless_once_somebody_stands_in(world: World, pair: Pair) -> None:
    now = '{ changes(objects: ["customer"], from: NOW) { cursor } }'
    follow = 'query($after: String!) { changes(objects: ["customer"], after: $after) { cursor } }'
    cursor = pair.deputy.ask(now)["changes"]["cursor"]
    assert pair.deputy.ask(follow, after=cursor)
    _assign(world, pair, (0, 5))
    (error,) = pair.deputy.errors(follow, after=cursor)
    assert error["extensions"]["code"] == "FEED_STARTED_ANEW"


def test_what_means_nothing_is_refused(world: World, pair: Pair) -> None:
    today, me, other = str(_today(world)), str(pair.away.id), str(pair.deputy.id)
    rita = str(world.rival.rita.id)
    before = marks(world, world.garage)
    refused = world.garage.ada.ask(
        ASSIGN,
        id=me,
        deputies=[
            {"deputyId": me, "startsOn": today, "endsOn": today},
            {"deputyId": rita, "startsOn": today, "endsOn": today},
            {"deputyId": other, "startsOn": today, "endsOn": "2001-01-01"},
            {"deputyId": other, "startsOn": today, "endsOn": today},
        ],
    )["x"]
    assert (refused["id"], [(each["code"], each["message"]) for each in refused["problems"]]) == (
        None,
        [
            ("NOT_FOUND", f"There is no employee {rita} in your sight."),
            ("BAD_INPUT", "Nobody stands in for themselves."),
            ("BAD_INPUT", f"{other} {today} to 2001-01-01: it ends before it starts."),
            ("BAD_INPUT", "The same deputy starts twice on one day."),
        ],
    )
    assert marks(world, world.garage) == before


def test_only_who_may_change_roles_names_deputies(world: World, pair: Pair) -> None:
    """Not even one's own: whoever can change every employee and share every customer cannot."""
    clerk = hire(world.garage, f"{pair.deputy.name}-clerk", Grants(rights(RowScope.ALL, "employee", "customer") | OWN))
    today = str(_today(world))
    given = [{"deputyId": str(clerk.id), "startsOn": today, "endsOn": today}]
    before = marks(world, world.garage)
    for person, whose in ((clerk, pair.away), (pair.away, pair.away), (clerk, clerk)):
        refused = person.ask(ASSIGN, id=str(whose.id), deputies=given)["x"]
        assert (refused["id"], [each["code"] for each in refused["problems"]]) == (None, ["FORBIDDEN"])
    for error in clerk.errors(LISTS, person=str(pair.away.id), deputy=str(clerk.id)):
        assert error["extensions"]["code"] == "FORBIDDEN"
    nobody = world.rival.rita.ask(LISTS, person=str(pair.away.id), deputy=str(pair.deputy.id))
    assert nobody == {"employeeDeputies": None, "employeeStandsInFor": None}
    assert marks(world, world.garage) == before
