"""Plans are shared by all who may use the same one, and by nobody else: each gets the answer that is theirs."""

import itertools
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saas.engine.access.tables import Access, RowScope
from saas.engine.plan.plan import make_plan
from saas.kit import clock
from saas.modules.customers.customer import Customer
from saas.modules.organisation.rights import Grants
from saas.modules.sales.opportunity import Opportunity
from saas.schema import planned
from tests.engine.people import hire
from tests.plans.agreeing import reading
from tests.schema import fast_way
from tests.schema.fast_way import FAST, LONG, Ways, by_fields, code, fresh
from tests.schema.test_fast_way_rights import days, for_days
from tests.world import Person, World, limits, rights

ways, short_way = fast_way.ways, fast_way.short_way
__all__ = ["days"]  # a fixture
_numbers = itertools.count(1)
READ = rights(RowScope.OWN, "customer", operations=("read",))


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Who plans were made for, in their order."""
    tenants: list[str] = []

    def makes(asked: Any, run: Any) -> Any:
        tenants.append(run.tenant.slug)
        return make_plan(asked, run)

    monkeypatch.setattr(planned, "make_plan", makes)
    return tenants


def own(world: World, person: Person, *names: str) -> None:
    company = world.rival if person.tenant.slug == "rival" else world.garage
    company.make_many(Customer, [{"name": name, "owner_id": person.id} for name in names])


def names(data: Any) -> list[str]:
    return [node["name"] for node in data["customers"]["nodes"]]


# --- People ---


def test_people_with_the_same_rights_share_a_plan_and_nothing_else(world: World, ways: Ways, made: list[str]) -> None:
    grants = Grants(READ, limits("customer", "finance", Access.HIDDEN))
    people = [hire(world.garage, "pia", grants), hire(world.garage, "paul", grants), hire(world.rival, "paco", grants)]
    query = fresh("{ customers { nodes { name taxNo owner { id } } totalCount { value } } }")
    for person in people:
        own(world, person, f"{person.name} 1", f"{person.name} 2")
    for person in people:
        person.ask("{ viewer { id } }")  # their token and their rights are known
    made.clear()
    for turn in range(2):
        for number, person in enumerate(people):
            way, answer = ways.of(person, query)
            assert names(answer.json()["data"]) == [f"{person.name} 1", f"{person.name} 2"]
            assert answer.content == by_fields(person, query).content
            assert way == ([LONG] if number == turn == 0 else [FAST]), (person.name, turn, made)
    assert made == ["garage"]


@pytest.mark.parametrize(
    ("other", "department"),
    [
        (Grants(rights(RowScope.OWN_AND_SUBORDINATES, "customer", operations=("read",))), None),
        (Grants(READ, limits("customer", "finance", Access.MASKED)), None),
        (Grants(READ | rights(RowScope.ALL, "contact", operations=("read",))), None),
        (Grants(READ), "north"),
    ],
    ids=["scope", "limit", "right", "with a department"],
)
def test_people_with_other_rights_have_plans_of_their_own(
    world: World, ways: Ways, made: list[str], other: Grants, department: str | None
) -> None:
    query = fresh("{ customers { nodes { name taxNo } } }")
    given = ((Grants(READ), None), (other, department))
    people = [hire(world.garage, f"p{next(_numbers)}", grants, department=place) for grants, place in given]
    for person in people:
        own(world, person, f"{person.name}'s")
    for person in people:
        assert names(person.ask(query)) == [f"{person.name}'s"]
    assert made == ["garage", "garage"]
    for person in people:
        assert names(ways.data(person, query)) == [f"{person.name}'s"]
        assert ways.of(person, query)[1].content == by_fields(person, query).content


def test_a_plan_holds_nobodys_places(world: World, ways: Ways, made: list[str]) -> None:
    grants = Grants(rights(RowScope.DEPARTMENT, "customer", operations=("read",)))
    mark = "Of places"
    for name in ("north", "service"):
        world.garage.make(Customer, name=f"{mark} {name}", department_id=world.garage.departments[name])
    query = fresh(f'{{ customers(filter: {{ name: {{ startsWith: "{mark}" }} }}) {{ nodes {{ name }} }} }}')
    people = {name: hire(world.garage, f"of-{name}", grants, department=name) for name in ("north", "service")}
    for _ in range(3):
        for name, person in people.items():
            assert names(person.ask(query)) == [f"{mark} {name}"]
    assert made == ["garage"]


# --- Variables ---

MANY = (
    "query($n: Int, $eq: String, $in: [String!], $d: OrderDirection = ASC, $f: CustomerFilter! = {}, $s: String,"
    " $x: Boolean!) { customers(first: $n, search: $s, orderBy: [{ name: $d }], filter: { and: [{ city: 0 }, $f] }) {"
    " nodes { name code @include(if: $x) } totalCount { value } }"
    " b: customers(filter: { or: [{ name: { eq: $eq, in: $in } }] }) { nodes { name } } }"
).replace("{ city: 0 }", '{ website: { eq: "plans.test" } }')
CITIES = [f"Wert {number}" for number in range(6)]


@pytest.fixture(scope="module")
def customers(world: World) -> list[str]:
    rows = [
        {"name": name, "website": "plans.test", "code": f"V-{number}", "language": ("de", "北京", None)[number % 3]}
        for number, name in enumerate(CITIES)
    ]
    return [str(id_) for id_ in world.garage.make_many(Customer, rows)]


def shared(world: World, ways: Ways, made: list[str], query: str, one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether the second runs by the plan of the first; both answers are right, in either order."""
    ada, query = world.garage.ada, fresh(query)
    made.clear()
    ada.ask(query, **one)
    ada.ask(query, **other)
    count = len(made)
    for variables in (one, other, one):
        way, answer = ways.of(ada, query, variables)
        assert way == [FAST]
        assert answer.content == by_fields(ada, query, variables).content
    assert len(made) == count
    return count == 1


NAMES = "query($v: %s) { customers(%s) { nodes { name } } }"
EQ = NAMES % ("String!", "filter: { name: { eq: $v } }")
FILTER = NAMES % ("CustomerFilter", "filter: $v")
FIRST, SEARCH = NAMES % ("Int", "first: $v"), NAMES % ("String", "search: $v")
ORDER = NAMES % ("[CustomerOrderBy!]", "orderBy: $v")


@pytest.mark.parametrize(
    ("query", "one", "other", "is_shared"),
    [
        (EQ, "Wert 1", "Wert 2", True),
        (EQ, "", "50% \\ ' \" _", True),
        (NAMES % ("String!", "filter: { name: { contains: $v } }"), "ert", "%", True),
        (NAMES % ("String", "filter: { language: { eq: $v, isNull: false } }"), "de", "北京", True),
        (FILTER, {"name": {"eq": "Wert 1"}}, {"name": {"eq": "Wert 2"}}, True),
        (FILTER, {"name": {"eq": "Wert 1"}}, {"name": {"ne": "Wert 1"}}, False),
        (FILTER, {"name": {"eq": "Wert 1"}}, {"code": {"eq": "V-1"}}, False),
        (FILTER, {"name": {"eq": "Wert 1"}}, None, False),
        (FILTER, {"name": {"eq": "Wert 1"}}, {}, False),
        (FILTER, {"name": {"in": ["Wert 1"]}}, {"name": {"in": ["Wert 1", "Wert 2"]}}, True),
        (FILTER, {"name": {"in": ["Wert 1"]}}, {"name": {"in": []}}, False),
        (FILTER, {"name": {"isNull": True}}, {"name": {"isNull": False}}, False),
        (FILTER, {"kind": {"eq": "COMPANY"}}, {"kind": {"eq": "PERSON"}}, False),
        (FILTER, {"kind": {"in": ["COMPANY"]}}, {"kind": {"in": ["COMPANY", "PERSON"]}}, False),
        (FILTER, {"isPartner": {"eq": True}}, {"isPartner": {"eq": False}}, False),
        (FILTER, {"foundedYear": {"gt": 1}}, {"foundedYear": {"gt": 0}}, True),
        (FILTER, {"or": [{"name": {"eq": "a"}}]}, {"or": [{"name": {"eq": "a"}}, {"code": {"eq": "V-1"}}]}, False),
        (FILTER, {"or": []}, {"and": []}, False),
        (FILTER, {"createdAt": {"in": "TODAY"}}, {"createdAt": {"in": "LAST_YEAR"}}, False),
        (FILTER, {"createdAt": {"last": {"n": 1, "unit": "DAY"}}}, {"createdAt": {"last": {"n": 9, "unit": "DAY"}}},
         True),
        (ORDER, [{"name": "ASC"}], [{"name": "DESC"}], False),
        (ORDER, [{"name": "ASC"}], [{"code": "ASC"}], False),
        (ORDER, [{"name": "ASC"}], [], False),
        (FIRST, 1, 1, True),
        (FIRST, 1, 2, False),
        (FIRST, 1, 0, False),
        (FIRST, 50, None, True),
        (SEARCH, "wert 1", "wert 2", True),
        (SEARCH, "wert", "wert 1", False),
        (SEARCH, "wert", "北京", False),
        (SEARCH, "wert", None, False),
    ],
)  # fmt: skip
def test_which_variables_share_a_plan(
    world: World, ways: Ways, made: list[str], customers: list[str], query: str, one: Any, other: Any, is_shared: bool
) -> None:
    if query == FIRST and other is None:
        is_shared = False  # null is another shape
    assert shared(world, ways, made, query, {"v": one}, {"v": other}) is is_shared


def test_an_absent_variable_is_no_null_and_a_default_is_a_value(
    world: World, ways: Ways, made: list[str], customers: list[str]
) -> None:
    query = 'query($v: String = "Wert 1") { customers(filter: { name: { eq: $v } }) { nodes { name } } }'
    assert shared(world, ways, made, query, {}, {"v": "Wert 2"})
    assert not shared(world, ways, made, FIRST, {}, {"v": None})
    way, answer = ways.of(world.garage.ada, query, {"v": None})
    assert (way, code(answer)) == ([LONG], "BAD_INPUT")
    assert answer.content == by_fields(world.garage.ada, query, {"v": None}).content


@pytest.mark.parametrize("argument", ["search: %s", "filter: { name: { eq: %s } }", "filter: { id: { in: [%s] } }"])
def test_each_root_field_has_its_own_values(world: World, ways: Ways, customers: list[str], argument: str) -> None:
    """Values that live only while a plan is made must not be taken for one another."""
    ids = "{ id: { in" in argument
    kind, values = ("ID!", customers) if ids else ("String!", CITIES)
    variables = {f"v{number}": value for number, value in enumerate(values)}
    fields = " ".join(f"r{n}: customers({argument % f'$v{n}'}) {{ nodes {{ name }} }}" for n in range(len(values)))
    query = fresh(f"query({' '.join(f'$v{n}: {kind}' for n in range(len(values)))}) {{ {fields} }}")
    expected = {f"r{number}": {"nodes": [{"name": name}]} for number, name in enumerate(CITIES)}
    assert world.garage.ada.ask(query, **variables) == expected
    assert ways.data(world.garage.ada, query, variables) == expected
    turned = dict(zip(variables, reversed(values), strict=True))
    backwards = dict(zip(expected, reversed(expected.values()), strict=True))
    assert ways.data(world.garage.ada, query, turned) == backwards


def test_single_records_have_their_own_ids(world: World, ways: Ways, customers: list[str]) -> None:
    fields = " ".join(f"r{n}: customer(id: $v{n}) {{ name }} n{n}: node(id: $v{n}) {{ id }}" for n in range(6))
    query = fresh(f"query({' '.join(f'$v{n}: ID!' for n in range(6))}) {{ {fields} }}")
    for order in (customers, customers[::-1]):
        variables = {f"v{number}": id_ for number, id_ in enumerate(order)}
        told = world.garage.ada.ask(query, **variables)
        assert [told[f"n{number}"]["id"] for number in range(6)] == order
        assert [told[f"r{n}"]["name"] for n in range(6)] == [CITIES[customers.index(id_)] for id_ in order]


_FILTERS: st.SearchStrategy[Any] = st.sampled_from(
    [{}, {"name": {"eq": "Wert 1"}}, {"name": {"in": ["Wert 1", "Wert 3"]}}, {"name": {"in": []}},
     {"code": {"isNull": False}}, {"not": {"name": {"eq": "Wert 1"}}}, {"language": {"eq": "北京"}},
     {"language": {"isNull": True}}, {"createdAt": {"in": "TODAY"}}, {"createdAt": {"last": {"n": 2, "unit": "DAY"}}},
     {"or": [{"name": {"eq": "Wert 2"}}, {"code": {"in": ["V-0"]}}]}]
)  # fmt: skip
_VALUES = st.fixed_dictionaries(
    {"x": st.booleans()},
    optional={
        "n": st.sampled_from([None, 0, 1, 2, 3, 500, 501, -1]),
        "eq": st.sampled_from([*CITIES, "", "%"]),
        "in": st.sampled_from([[], ["Wert 1"], ["Wert 1", "Wert 2"], CITIES]),
        "d": st.sampled_from(["ASC", "DESC"]),
        "f": _FILTERS,
        "s": st.sampled_from([None, "wert", "wert 1", "wert 2", "北京", "V-1", "w", ""]),
    },
)


@settings(max_examples=25, suppress_health_check=[*HealthCheck], deadline=None)
@given(sequence=st.lists(_VALUES, min_size=2, max_size=8))
def test_values_in_any_order_get_the_answers_of_field_by_field(
    world: World, customers: list[str], sequence: list[dict[str, Any]]
) -> None:
    ada = world.garage.ada
    assert len(ada.ask(MANY, x=True)["customers"]["nodes"]) == len(CITIES)
    told = [ada.http(MANY, variables).content for variables in sequence]
    again = [ada.http(MANY, variables).content for variables in sequence[::-1]][::-1]
    with reading("fields"):
        expected = [ada.http(MANY, variables).content for variables in sequence]
    for variables, one, other, right in zip(sequence, told, again, expected, strict=True):
        assert one == other == right, variables


def test_a_number_with_a_point_costs_what_it_asks_for(world: World) -> None:
    """GraphQL takes 3.0 for the integer 3."""
    query = fresh("query($n: Int) { customers(first: $n) { nodes { contacts(first: $n) { nodes { id } } } } }")
    for number in (3, 3.0):
        told = world.garage.ada.http(query, {"n": number}).json()
        assert told["extensions"]["cost"]["records"] == 9
    for number in (500, 500.0):
        assert code(world.garage.ada.http(query, {"n": number})) == "TOO_COMPLEX"


# --- Days, cursors ---


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("{ in: TODAY }", [["0"], ["1"], ["3"]]),
        ("{ in: YESTERDAY }", [[], ["0"], ["2"]]),
        ("{ last: { n: $n, unit: DAY } }", [["0"], ["0", "1"], ["2", "3"]]),
        ("{ next: { n: 1, unit: DAY } }", [["0"], ["1"], ["3"]]),
    ],
)
def test_the_same_plan_gives_each_day_its_answer(
    world: World, ways: Ways, made: list[str], days: Any, condition: str, expected: Sequence[list[str]]
) -> None:
    ada = for_days(world.garage.ada)
    with days(0):
        today = clock.today(world.garage.tenant.time_zone)
    rows = [{"name": str(number), "close_on": today + timedelta(days=number)} for number in range(5)]
    ids = [str(id_) for id_ in world.garage.make_many(Opportunity, rows)]
    n = "$n: Int!, " if "$n" in condition else ""
    query = fresh(
        f"query({n}$ids: [ID!]) {{ opportunities(filter: {{ id: {{ in: $ids }}, closeOn: {condition} }},"
        " orderBy: [{ closeOn: ASC }]) { nodes { name } } }"
    )
    variables = {"ids": ids, **({"n": 2} if n else {})}
    with days(0):
        ways.known(ada, query, variables)
    for day, right in zip((0, 1, 3, 0), (*expected, expected[0]), strict=True):
        with days(day):
            data = ways.data(ada, query, variables)
            assert [node["name"] for node in data["opportunities"]["nodes"]] == right
    assert made == ["garage"]


def test_a_period_out_of_the_calendar_is_told_as_on_the_long_way(world: World, ways: Ways) -> None:
    query = fresh(
        "query($n: Int!) { opportunities(filter: { closeOn: { last: { n: $n, unit: YEAR } } }) { nodes { id } } }"
    )
    ways.known(world.garage.ada, query, {"n": 1})
    for number in (3_000, 2**31 - 1, 0, -1):
        way, answer = ways.of(world.garage.ada, query, {"n": number})
        assert (way, code(answer)) == ([LONG], "BAD_INPUT")
        assert answer.content == by_fields(world.garage.ada, query, {"n": number}).content
    ways.data(world.garage.ada, query, {"n": 5})


def test_a_cursor_is_worth_nothing_to_somebody_else_with_the_same_plan(
    world: World, ways: Ways, made: list[str]
) -> None:
    grants = Grants(rights(RowScope.ALL, "customer", operations=("read",)))
    one, other = (hire(company, "cur", grants) for company in (world.garage, world.rival))
    near = hire(world.garage, "cursed", grants)
    world.rival.make_many(Customer, [{}, {}, {}])
    world.garage.make_many(Customer, [{}, {}, {}])
    query = fresh("query($c: String) { customers(first: 1, after: $c) { nodes { id } pageInfo { endCursor } } }")
    seen, cursor = list[str](), None
    for _ in range(3):
        told = one.ask(query, c=cursor)["customers"]
        cursor = told["pageInfo"]["endCursor"]
        seen += [node["id"] for node in told["nodes"]]
    assert len(set(seen)) == 3
    ways.data(one, query, {"c": cursor})
    for person in (near, other):
        mine = person.ask(query, c=None)["customers"]["pageInfo"]["endCursor"]
        ways.data(person, query, {"c": mine})
        way, answer = ways.of(person, query, {"c": cursor})
        assert (way, code(answer)) == ([LONG], "BAD_INPUT")
        assert answer.content == by_fields(person, query, {"c": cursor}).content
    assert len(made) == 2  # without a cursor, and with one


def test_no_plan_is_kept_for_what_cannot_be_planned(world: World, made: list[str]) -> None:
    query = fresh("query($v: [ID!]!) { nodes(ids: $v) { id } }")
    known = [str(world.garage.make(Customer)), str(UUID(int=0))]
    for variables in ([known[0]], known, known[1:]):
        for _ in range(2):
            told = world.garage.ada.ask(query, v=variables)["nodes"]
            assert told == [{"id": id_} if id_ == known[0] else None for id_ in variables]
