"""Order and paging: no record is lost or doubled, in either direction, over ties and missing values."""

import itertools
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from saas.engine.access.tables import Access, Relation, RowScope
from saas.engine.read.listing import Page
from saas.engine.read.page import read_page
from saas.engine.read.request import PageRequest
from saas.engine.read.wanted import Wanted, WantedList
from saas.engine.registry import object_of
from saas.engine.scope import Scope, open_scope
from saas.kit import clock
from saas.kit.text import fold
from saas.modules.customers.contact import Contact
from saas.modules.customers.customer import Customer, CustomerKind
from saas.modules.organisation.rights import Grants
from tests.engine.people import hire
from tests.world import Person, World, limits, rights

TITLES = (None, "Buyer", "BUYER", "bücher", "ａ", "chief", None)
YEARS = (1900, None, 1950, 1900)
PEOPLE = 31


@pytest.fixture(scope="module")
def rows(world: World) -> dict[str, dict[str, Any]]:
    """Contacts with many ties and gaps, and by id what each is ordered by."""
    customers = [_customer(world, number) for number in range(len(YEARS))]
    found: dict[str, dict[str, Any]] = {}
    for number in range(PEOPLE):
        customer_id, keys = customers[number % 4]
        moment = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(microseconds=number // 3)
        values: dict[str, Any] = {
            "name": f"Person {number % 5}",
            "job_title": TITLES[number % len(TITLES)],
            "birthday": None if number % 3 == 0 else date(2000, 1, 1 + number % 4),
            "is_primary": number % 4 == 1,
        }
        with clock.stopped_at(moment):
            id_ = str(world.garage.make(Contact, customer_id=customer_id, **values))
        found[id_] = keys | {
            "name": fold(values["name"]),
            "jobTitle": values["job_title"] and fold(values["job_title"]),
            "birthday": values["birthday"],
            "isPrimary": values["is_primary"],
            "createdAt": moment,
            "email": None,
            "id": id_,
        }
    return found


def _customer(world: World, number: int) -> tuple[UUID, dict[str, Any]]:
    """A customer, and what its contacts are ordered by through it."""
    owner = ("sam", "sue", None, "sam")[number]
    values: dict[str, Any] = {
        "name": f"Customer {'aBcD'[number]}",
        "kind": list(CustomerKind)[number % 3],
        "founded_year": YEARS[number],
        "annual_revenue": None if number == 2 else Decimal(number) / 8,
    }
    id_ = world.garage.make(Customer, owner_id=world.garage.people[owner].id if owner else None, **values)
    return id_, {
        "customer.name": fold(values["name"]),
        "customer.kind": values["kind"].value,
        "customer.foundedYear": values["founded_year"],
        "customer.annualRevenue": values["annual_revenue"],
        "customer.owner.name": owner,
    }


KEYS = (
    *("name", "jobTitle", "birthday", "isPrimary", "createdAt", "email", "id"),
    *("customer.name", "customer.kind", "customer.foundedYear", "customer.annualRevenue", "customer.owner.name"),
)
DIRECTIONS = ("ASC", "DESC", "ASC_NULLS_FIRST", "DESC_NULLS_FIRST")
Order = list[tuple[str, str]]
Terms = list[Mapping[str, Any]]
ORDERS = st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(DIRECTIONS)), max_size=3)


def _as_input(order: Order) -> Terms:
    found: Terms = []
    for key, direction in order:
        term: Any = direction
        for part in reversed(key.split(".")):
            term = {part: term}
        found.append(term)
    return found


def _sorted(rows: dict[str, dict[str, Any]], order: Order) -> list[str]:
    """What the order means, in Python: stable sorts from the last key to the first."""
    ids = sorted(rows)
    for key, direction in reversed(order or [("name", "ASC")]):
        there = [id_ for id_ in ids if rows[id_][key] is not None]
        missing = [id_ for id_ in ids if rows[id_][key] is None]
        value = {id_: rows[id_][key] for id_ in there}
        there.sort(key=value.__getitem__, reverse=direction.startswith("DESC"))
        ids = missing + there if direction.endswith("NULLS_FIRST") else there + missing
    return ids


def _page(scope: Scope, order: Order, **arguments: Any) -> Page:
    one = object_of(Contact)
    request = PageRequest(order_by=_as_input(order) or None, **arguments)
    return read_page(scope, WantedList(Wanted(one), request, is_read=True))


def _walk(scope: Scope, order: Order, sizes: Iterator[int], *, backwards: bool) -> list[str]:
    found: list[str] = []
    cursor: str | None = None
    while True:
        size = next(sizes)
        page = (
            _page(scope, order, last=size, before=cursor)
            if backwards
            else _page(scope, order, first=size, after=cursor)
        )
        ids = [str(node["id"]) for node in page.nodes]
        assert len(ids) == len(page.cursors) <= size
        found = ids + found if backwards else found + ids
        more = page.has_previous if backwards else page.has_next
        assert (page.has_next if backwards else page.has_previous) is (cursor is not None)
        if not more:
            return found
        assert len(ids) == size
        cursor = page.cursors[0] if backwards else page.cursors[-1]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(order=[("isPrimary", "ASC"), ("customer.kind", "DESC")], sizes=[1])
@example(order=[("isPrimary", "DESC_NULLS_FIRST"), ("birthday", "ASC_NULLS_FIRST")], sizes=[2, 3])
@given(order=ORDERS, sizes=st.lists(st.integers(1, PEOPLE), min_size=1, max_size=4))
def test_walking_in_pages_is_the_whole_list(
    world: World, rows: dict[str, dict[str, Any]], order: Order, sizes: list[int]
) -> None:
    expected = _sorted(rows, order)
    with open_scope(world.garage.tenant, world.garage.ada.id, write=False) as scope:
        assert [str(node["id"]) for node in _page(scope, order).nodes] == expected
        assert _walk(scope, order, itertools.cycle(sizes), backwards=False) == expected
        assert _walk(scope, order, itertools.cycle(sizes), backwards=True) == expected


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=ORDERS, at=st.integers(0, PEOPLE - 1), to=st.integers(0, PEOPLE - 1), size=st.integers(0, PEOPLE))
def test_between_two_cursors_lies_what_lies_between(
    world: World, rows: dict[str, dict[str, Any]], order: Order, at: int, to: int, size: int
) -> None:
    expected = _sorted(rows, order)
    with open_scope(world.garage.tenant, world.garage.ada.id, write=False) as scope:
        cursors = _page(scope, order, first=500).cursors
        between = expected[at + 1 : to]
        forwards = _page(scope, order, first=size, after=cursors[at], before=cursors[to])
        assert [str(node["id"]) for node in forwards.nodes] == between[:size]
        backwards = _page(scope, order, last=size, after=cursors[at], before=cursors[to])
        assert [str(node["id"]) for node in backwards.nodes] == (between[-size:] if size else [])


def test_a_record_deleted_meanwhile_leaves_its_cursor_usable(world: World, rows: dict[str, dict[str, Any]]) -> None:
    ada = world.garage.ada
    extra = str(world.garage.make(Contact, name="Zz", customer_id=world.garage.make(Customer)))
    query = """
        query($after: String) {
          contacts(last: 1) { pageInfo { endCursor } }
          n: contacts(after: $after) { nodes { id } }
        }"""
    cursor = ada.ask(query)["contacts"]["pageInfo"]["endCursor"]
    assert ada.ask("mutation($id: ID!) { contactDelete(id: $id) { id } }", id=extra)["contactDelete"]["id"] == extra
    assert ada.ask(query, after=cursor)["n"]["nodes"] == []
    before = "query($before: String) { contacts(last: 500, before: $before) { nodes { id } } }"
    assert [node["id"] for node in ada.ask(before, before=cursor)["contacts"]["nodes"]] == _sorted(rows, [])


@pytest.fixture(scope="module")
def olga(world: World) -> Person:
    """Sees all customers, and the revenue of her own."""
    not_mine = tuple(relation for relation in Relation if relation is not Relation.OWNER)
    grants = Grants(rights(RowScope.ALL, "customer"), limits("customer", "finance", Access.HIDDEN, *not_mine))
    person = hire(world.garage, "olga", grants)
    for revenue in (5, 1, 3):
        world.garage.make(Customer, annual_revenue=revenue and Decimal(revenue), owner_id=person.id)
    return person


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_hidden_values_stand_where_missing_ones_do(
    world: World, rows: dict[str, dict[str, Any]], olga: Person, direction: str
) -> None:
    """In pages of one, forwards and backwards: those that are hidden lie by id among those that are missing."""
    query = f"""
        query($first: Int, $after: String, $last: Int, $before: String) {{
          customers(
            orderBy: [{{ annualRevenue: {direction} }}], first: $first, after: $after, last: $last, before: $before
          ) {{
            nodes {{ id annualRevenue {{ amount }} }}
            pageInfo {{ startCursor endCursor hasNextPage hasPreviousPage }}
          }}
        }}"""
    whole = olga.ask(query)["customers"]["nodes"]
    amounts = [node["annualRevenue"] and node["annualRevenue"]["amount"] for node in whole]
    shown = sorted(["1", "3", "5"], reverse=direction.startswith("DESC"))
    hidden = [None] * (len(whole) - 3)
    assert len(hidden) >= 4
    assert amounts == (hidden + shown if direction.endswith("FIRST") else shown + hidden)
    ids = [node["id"] for node, amount in zip(whole, amounts, strict=True) if amount is None]
    assert ids == sorted(ids)
    walked: list[Any] = []
    cursor, page = None, {}
    for _ in whole:
        page = olga.ask(query, first=1, after=cursor)["customers"]
        walked += page["nodes"]
        cursor = page["pageInfo"]["endCursor"]
    assert (walked, page["pageInfo"]["hasNextPage"]) == (whole, False)
    back: list[Any] = []
    cursor = None
    for _ in whole:
        page = olga.ask(query, last=1, before=cursor)["customers"]
        back = page["nodes"] + back
        cursor = page["pageInfo"]["startCursor"]
    assert (back, page["pageInfo"]["hasPreviousPage"]) == (whole, False)


LIST = """
    query($first: Int, $after: String, $last: Int, $before: String, $order: [ContactOrderBy!]) {
      contacts(first: $first, after: $after, last: $last, before: $before, orderBy: $order) {
        nodes { id } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
    }"""


def test_pages_tell_where_they_lie(world: World, rows: dict[str, dict[str, Any]]) -> None:
    page = world.garage.ada.ask(LIST, first=2)["contacts"]
    assert [edge["node"] for edge in page["edges"]] == page["nodes"]
    assert page["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": page["edges"][0]["cursor"],
        "endCursor": page["edges"][1]["cursor"],
    }
    nothing = world.garage.ada.ask(LIST, first=0)["contacts"]
    assert (nothing["nodes"], nothing["edges"]) == ([], [])
    assert nothing["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": None,
        "endCursor": None,
    }


@pytest.mark.parametrize(
    "arguments",
    [
        {"first": 501},
        {"first": -1},
        {"last": 501},
        {"last": -1},
        {"first": 1, "last": 1},
        {"after": ""},
        {"after": "é"},
        {"before": "AAAA"},
        {"after": "bm90aGluZyBvZiBvdXJz" * 5},
    ],
    ids=str,
)
def test_impossible_pages_are_refused(world: World, arguments: dict[str, Any]) -> None:
    (error,) = world.garage.ada.errors(LIST, **arguments)
    assert (error["extensions"]["code"], error["path"]) == ("BAD_INPUT", ["contacts"])
    only_counted = "query($first: Int, $last: Int) { contacts(first: $first, last: $last) { totalCount { value } } }"
    if "first" in arguments or "last" in arguments:
        (error,) = world.garage.ada.errors(only_counted, **arguments)
        assert error["extensions"]["code"] == "BAD_INPUT"


def test_a_cursor_serves_its_own_person_order_and_company_only(world: World, rows: dict[str, dict[str, Any]]) -> None:
    ada = world.garage.ada
    name, title = [{"name": "ASC"}], [{"jobTitle": "ASC"}]
    cursor = ada.ask(LIST, first=1, order=name)["contacts"]["pageInfo"]["endCursor"]
    assert len(ada.ask(LIST, first=1, order=name, after=cursor)["contacts"]["nodes"]) == 1
    flipped = cursor[:-2] + ("B" if cursor[-2] == "A" else "A") + cursor[-1]
    foreign = [
        (ada, title, cursor),
        (ada, [{"name": "DESC"}], cursor),
        (ada, [*name, *title], cursor),
        (ada, [{"customer": {"name": "ASC"}}], cursor),
        (ada, name, flipped),
        (ada, name, cursor[4:]),
        (ada, name, cursor + cursor),
        (world.garage.vera, name, cursor),
        (world.rival.rita, name, cursor),
    ]
    for person, order, given_ in foreign:
        for argument in ("after", "before"):
            (error,) = person.errors(LIST, order=order, **{argument: given_})
            assert error["extensions"]["code"] == "BAD_INPUT", (person.name, order, argument)
            assert error["message"] == "This cursor does not belong to this list."


def test_orders_that_mean_nothing_are_refused(world: World) -> None:
    query = "query($o: [ContactOrderBy!]) { contacts(orderBy: $o) { nodes { id } } }"
    order: Any
    for order in (
        [{}],
        [{"name": "ASC", "birthday": "ASC"}],
        [{"name": None}],
        [{"name": "UP"}],
        [{"notes": "ASC"}],
        [{"customer": {}}],
    ):
        error, *_ = world.garage.ada.errors(query, o=order)
        assert error["extensions"]["code"] == "BAD_INPUT", order
    (error,) = world.garage.ada.errors(query, o=[{"name": "ASC"}] * 6)
    assert error["extensions"]["code"] == "BAD_INPUT"
    deep: Any = {"name": "ASC"}
    for _ in range(60):
        deep = {"parent": deep}
    (error,) = world.garage.ada.errors(query, o=[{"customer": deep}])
    assert error["extensions"]["code"] == "TOO_COMPLEX"


def test_counts_are_exact_up_to_a_limit(world: World, rows: dict[str, dict[str, Any]]) -> None:
    query = "query($max: Int) { contacts(first: 1) { nodes { id } totalCount(max: $max) { value exact } } }"
    ada = world.garage.ada

    def count(**variables: Any) -> tuple[int, bool]:
        found = ada.ask(query, **variables)["contacts"]["totalCount"]
        return found["value"], found["exact"]

    assert count() == (PEOPLE, True)
    assert count(max=PEOPLE) == (PEOPLE, True)
    assert count(max=PEOPLE - 1) == (PEOPLE - 1, False)
    assert count(max=0) == (0, False)
    for impossible in (-1, 100_001):
        (error,) = ada.errors(query, max=impossible)
        assert error["extensions"]["code"] == "BAD_INPUT"


def test_the_trash_is_apart(world: World) -> None:
    ada = world.garage.ada
    kept, gone = (str(world.garage.make(Customer, language="bin")) for _ in range(2))
    ada.ask("mutation($id: ID!) { customerDelete(id: $id) { id } }", id=gone)
    query = (
        'query($t: Trash) { customers(trash: $t, filter: { language: { eq: "bin" } }) '
        "{ nodes { id } totalCount { value } } }"
    )

    def ids(**variables: Any) -> set[str]:
        found = ada.ask(query, **variables)["customers"]
        assert found["totalCount"]["value"] == len(found["nodes"])
        return {node["id"] for node in found["nodes"]}

    assert ids() == ids(t=None) == ids(t="EXCLUDE") == {kept}
    assert ids(t="ONLY") == {gone}
    assert ids(t="INCLUDE") == {kept, gone}
