"""Groups and aggregates give exactly the figures that Python makes of the records one may see."""

import random
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from saas.engine.access.tables import Access, Relation, RowScope
from saas.engine.registry import object_of
from saas.engine.write.create import create
from saas.kit import clock
from saas.modules.customers.customer import Customer, CustomerKind
from saas.modules.organisation.rights import Grants
from saas.schema.scalars import serialize_decimal
from tests.engine.people import hire
from tests.world import Person, World, limits, rights

Record = dict[str, Any]
BERLIN = ZoneInfo("Europe/Berlin")
NOT_THE_OWNER = tuple(relation for relation in Relation if relation is not Relation.OWNER)
INDUSTRIES = ("Retail", "RETAIL", "ｒetail", "Café", "cafe", "Steel", None)
DEPARTMENT = {"sam": "north", "sue": "sales", "mona": "sales", None: None}


class Viewer:
    """Somebody with what they see of the records, told by a rule of its own in Python."""

    def __init__(self, person: Person, records: Iterable[Record], sees_money: Callable[[Record], bool]) -> None:
        self.person = person
        self.records = [each if sees_money(each) else {**each, "revenue": None} for each in records]


@pytest.fixture(scope="module")
def viewers(world: World) -> dict[str, Viewer]:
    """The administrator; a seller, who sees her own; somebody who sees all, but the money of his own only."""
    garage = world.garage
    all_customers = rights(RowScope.ALL, "customer", "employee", "department", operations=("read",))
    half = hire(garage, "half", Grants(all_customers, limits("customer", "finance", Access.HIDDEN, *NOT_THE_OWNER)))
    owners = {"sam": garage.sam.id, "sue": garage.sue.id, "mona": garage.mona.id, "half": half.id, None: None}
    dice = random.Random(11)  # the same data in every run
    records = [_customer(dice, i, owners) for i in range(150)]
    records.append({**records[0], "name": "Gone", "revenue": Decimal("999999")})
    for i, each in enumerate(records):
        _made(world, each, owners, deleted=i == len(records) - 1)
    records.pop()
    return {
        "ada": Viewer(garage.ada, records, lambda _: True),
        "sam": Viewer(garage.sam, [each for each in records if each["owner"] == "sam"], lambda _: True),
        "half": Viewer(half, records, lambda each: each["owner"] == "half"),
    }


def _customer(dice: random.Random, i: int, owners: dict[Any, Any]) -> Record:
    revenue = Decimal(dice.randrange(-50_000_000, 900_000_000)) / 10_000
    return {
        "name": f"Customer {i}",
        "kind": dice.choice(list(CustomerKind)),
        "website": dice.choice(INDUSTRIES),
        "founded": dice.choice([None, *range(1990, 2000)]),
        "revenue": dice.choice([None, revenue, revenue, Decimal(1000)]),
        "owner": dice.choice(list(owners)),
        "created": datetime(2023, 12, 30, 22, 30, tzinfo=UTC) + timedelta(hours=dice.randrange(15_000)),
    }


def _made(world: World, each: Record, owners: dict[Any, Any], *, deleted: bool) -> None:
    values = {
        "name": each["name"],
        "kind": each["kind"],
        "website": each["website"],
        "founded_year": each["founded"],
        "annual_revenue": each["revenue"],
        "owner_id": owners[each["owner"]],
    }
    with clock.stopped_at(each["created"]), world.garage.scope() as scope:
        (made,) = create(scope, object_of(Customer), [values])
    each["id"] = str(made.id)
    if deleted:
        world.garage.ada.ask("mutation($id: ID!) { customerDelete(id: $id) { id } }", id=each["id"])


def _fold(text: str | None) -> str | None:
    return text and {"ｒ": "r"}.get(text[0], text[0].lower()) + text[1:].lower().replace("é", "e")


def _local(record: Record) -> date:
    created: datetime = record["created"]
    return created.astimezone(BERLIN).date()


def _floor(value: Any, step: str) -> str | None:
    if value is None:
        return None
    return serialize_decimal((Decimal(value) / Decimal(step)).to_integral_value(ROUND_FLOOR) * Decimal(step))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


# by, what is selected of the keys, and the key of a record as Python makes it. Of texts the smallest form is shown.
KEYS: dict[str, tuple[str, str, Callable[[Record], Any]]] = {
    "kind": ("{ kind: VALUE }", "kind", lambda each: each["kind"].name),
    "website": ("{ website: VALUE }", "website", lambda each: _fold(each["website"])),
    "founded": ('{ foundedYear: { step: "5" } }', "foundedYear", lambda each: _floor(each["founded"], "5")),
    "money": (
        '{ annualRevenue: { step: "2500.5" } }',
        "annualRevenue { amount }",
        lambda each: _floor(each["revenue"], "2500.5"),
    ),
    "day": ("{ createdAt: DAY }", "createdAt", lambda each: _local(each).isoformat()),
    "week": ("{ createdAt: WEEK }", "createdAt", lambda each: _monday(_local(each)).isoformat()),
    "month": ("{ createdAt: MONTH }", "createdAt", lambda each: _local(each).replace(day=1).isoformat()),
    "quarter": (
        "{ createdAt: QUARTER }",
        "createdAt",
        lambda each: _local(each).replace(month=(_local(each).month - 1) // 3 * 3 + 1, day=1).isoformat(),
    ),
    "year": ("{ createdAt: YEAR }", "createdAt", lambda each: _local(each).replace(month=1, day=1).isoformat()),
    "owner": ("{ owner: { name: VALUE } }", "owner { name }", lambda each: each["owner"]),
    "department": (
        "{ owner: { department: { name: VALUE } } }",
        "owner { department { name } }",
        lambda each: DEPARTMENT.get(each["owner"]),
    ),
}
AGGREGATE = """
    count
    annualRevenue {
        sum { amount currency baseAmount } avg { amount } min { amount } max { amount } count countDistinct
    }
    foundedYear { sum avg min max }
    website { count countDistinct }
    owner { count countDistinct }
    createdAt { min max }
"""


def _figures(records: list[Record]) -> dict[str, Any]:
    """The answer to AGGREGATE, from the records."""
    money = [each["revenue"] for each in records if each["revenue"] is not None]
    years = [each["founded"] for each in records if each["founded"] is not None]
    industries = [_fold(each["website"]) for each in records if each["website"]]
    owners = [each["owner"] for each in records if each["owner"]]
    moments = [each["created"] for each in records]
    total = _amount(sum(money) if money else None)
    return {
        "count": len(records),
        "annualRevenue": {
            "sum": total and {**total, "currency": "USD", "baseAmount": total["amount"]},
            "avg": _amount(_average(money)),
            "min": _amount(min(money, default=None)),
            "max": _amount(max(money, default=None)),
            "count": len(money),
            "countDistinct": len(set(money)),
        },
        "foundedYear": {
            "sum": str(sum(years)) if years else None,
            "avg": (_amount(_average(years)) or {"amount": None})["amount"],
            "min": min(years, default=None),
            "max": max(years, default=None),
        },
        "website": {"count": len(industries), "countDistinct": len(set(industries))},
        "owner": {"count": len(owners), "countDistinct": len(set(owners))},
        "createdAt": {
            "min": min(moments).isoformat().replace("+00:00", "Z") if moments else None,
            "max": max(moments).isoformat().replace("+00:00", "Z") if moments else None,
        },
    }


def _average(values: list[Any]) -> Decimal | None:
    if not values:
        return None
    exact = sum((Fraction(value) for value in values), Fraction()) / len(values)
    micros = Decimal(exact.numerator * 1_000_000) / Decimal(exact.denominator)
    return micros.to_integral_value(ROUND_HALF_UP) / 1_000_000


def _amount(value: Any) -> dict[str, Any] | None:
    return None if value is None else {"amount": serialize_decimal(value)}


def _leaf(value: Any) -> Any:
    """The one value in nested keys."""
    while isinstance(value, dict):
        (value,) = value.values()
    return value


@pytest.mark.parametrize("who", ["ada", "sam", "half"])
def test_the_aggregate_of_a_list_is_that_of_the_records_one_sees(viewers: dict[str, Viewer], who: str) -> None:
    viewer = viewers[who]
    query = f"{{ customers(first: 1) {{ nodes {{ id }} aggregate {{ {AGGREGATE} }} }} }}"
    assert viewer.person.ask(query)["customers"]["aggregate"] == _figures(viewer.records)


@pytest.mark.parametrize("who", ["ada", "sam", "half"])
def test_it_is_that_of_the_filter(viewers: dict[str, Viewer], who: str) -> None:
    viewer = viewers[who]
    query = f'{{ customers(filter: {{ annualRevenue: {{ gt: "1000" }} }}) {{ aggregate {{ {AGGREGATE} }} }} }}'
    few = [each for each in viewer.records if each["revenue"] is not None and each["revenue"] > 1000]
    assert viewer.person.ask(query)["customers"]["aggregate"] == _figures(few)


@pytest.mark.parametrize("who", ["ada", "half"])
def test_a_list_of_each_record_has_an_aggregate_of_its_own(viewers: dict[str, Viewer], who: str) -> None:
    """Of those too that have no records, and under whatever arguments."""
    viewer = viewers[who]
    selected = f"first: 0, filter: {{ foundedYear: {{ lt: 1995 }} }}) {{ aggregate {{ {AGGREGATE} }} }}"
    query = f"{{ employees {{ nodes {{ name customers({selected} }} }} }}"
    nodes = viewer.person.ask(query)["employees"]["nodes"]
    assert len(nodes) > 4
    for node in nodes:
        mine = [each for each in viewer.records if each["owner"] == node["name"] and (each["founded"] or 9999) < 1995]
        (told,) = [value["aggregate"] for value in node.values() if isinstance(value, dict)]
        assert told == _figures(mine), node["name"]


@pytest.mark.parametrize("who", ["ada", "sam", "half"])
@pytest.mark.parametrize("name", KEYS)
def test_each_group_has_the_figures_of_its_records(viewers: dict[str, Viewer], who: str, name: str) -> None:
    by, selected, key_of = KEYS[name]
    viewer = viewers[who]
    query = (
        f"{{ groups: customerGroups(by: [{by}], first: 500) {{ totalCount {{ value exact }} "
        f"nodes {{ count keys {{ {selected} }} aggregate {{ {AGGREGATE} }} }} }} }}"
    )
    answer = viewer.person.ask(query)["groups"]
    expected: dict[Any, list[Record]] = {}
    for each in viewer.records:
        expected.setdefault(key_of(each), []).append(each)
    told = {_leaf(node["keys"]): node for node in answer["nodes"]}
    if name == "website":
        written = [{each["website"] for each in records} for records in expected.values()]
        assert told.keys() == {None if None in forms else min(forms) for forms in written}
        told = {_fold(shown): node for shown, node in told.items()}
    assert told.keys() == expected.keys()
    assert len(answer["nodes"]) == len(expected)
    assert answer["totalCount"] == {"value": len(expected), "exact": True}
    for key, records in expected.items():
        assert told[key]["aggregate"] == _figures(records), key
        assert told[key]["count"] == len(records)
    counts = [node["count"] for node in answer["nodes"]]
    assert counts == sorted(counts, reverse=True)


WALKED = """query($first: Int, $after: String) {
  groups: customerGroups(
    by: [{ kind: VALUE }, { owner: { id: VALUE } }, { createdAt: QUARTER }]
    filter: { foundedYear: { gte: 1992 } }
    having: { count: { gte: 2 }, or: [{ annualRevenue: { sum: { gt: "20000" } } },
                                      { annualRevenue: { count: { eq: 0 } } }] }
    orderBy: [{ annualRevenue: { sum: DESC } }, { keys: { createdAt: DESC } }]
    first: $first, after: $after
  ) {
    edges { cursor node {
      count keys { kind createdAt owner { id record { name } } } aggregate { annualRevenue { sum { amount } } }
    } }
    pageInfo { hasNextPage hasPreviousPage endCursor }
    totalCount { value }
  }
}"""


@pytest.mark.parametrize("who", ["ada", "half"])
def test_several_keys_conditions_and_an_order_walked_page_by_page(viewers: dict[str, Viewer], who: str) -> None:
    viewer = viewers[who]
    expected: dict[tuple[Any, ...], list[Record]] = {}
    for each in viewer.records:
        if each["founded"] is not None and each["founded"] >= 1992:
            expected.setdefault((each["kind"].name, each["owner"], KEYS["quarter"][2](each)), []).append(each)
    rows = []
    for key, records in expected.items():
        money = [each["revenue"] for each in records if each["revenue"] is not None]
        if len(records) >= 2 and (not money or sum(money) > 20000):
            rows.append((*key, len(records), serialize_decimal(sum(money)) if money else None))
    whole = viewer.person.ask(WALKED, first=500)["groups"]
    assert whole["totalCount"]["value"] == len(rows)
    assert sorted(map(_row, whole["edges"]), key=str) == sorted(rows, key=str)
    order = [_sort_key(_row(edge)) for edge in whole["edges"]]
    assert order == sorted(order)
    assert len(rows) > 7
    walked, after = [], None
    while True:
        page = viewer.person.ask(WALKED, first=3, after=after)["groups"]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        walked += page["edges"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert walked == whole["edges"]


def _row(edge: dict[str, Any]) -> tuple[Any, ...]:
    keys, node = edge["node"]["keys"], edge["node"]
    total = node["aggregate"]["annualRevenue"]["sum"]
    owner = keys["owner"]["record"]
    assert (owner is None) is (keys["owner"]["id"] is None)
    return keys["kind"], owner and owner["name"], keys["createdAt"], node["count"], total and total["amount"]


def _sort_key(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """By the sum, missing ones last, then by the quarter, both downwards."""
    total = row[-1]
    return total is None, -Decimal(total or 0), -date.fromisoformat(row[2]).toordinal()


NODES = "nodes { keys { createdAt } }"
FIGURES: dict[str, Callable[[list[Record]], Any]] = {
    "annualRevenue.sum": lambda records: sum(_money(records)) if _money(records) else None,
    "annualRevenue.avg": lambda records: _average(_money(records)),
    "annualRevenue.min": lambda records: min(_money(records), default=None),
    "annualRevenue.max": lambda records: max(_money(records), default=None),
    "annualRevenue.count": lambda records: len(_money(records)),
    "annualRevenue.countDistinct": lambda records: len(set(_money(records))),
    "foundedYear.sum": lambda records: sum(_years(records)) if _years(records) else None,
    "foundedYear.avg": lambda records: _average(_years(records)),
    "foundedYear.min": lambda records: min(_years(records), default=None),
    "website.countDistinct": lambda records: len({_fold(each["website"]) for each in records if each["website"]}),
    "owner.count": lambda records: sum(each["owner"] is not None for each in records),
    "createdAt.min": lambda records: min(each["created"] for each in records),
    "createdAt.max": lambda records: max(each["created"] for each in records),
}
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, operand: value == operand,
    "ne": lambda value, operand: value != operand,
    "lt": lambda value, operand: value < operand,
    "lte": lambda value, operand: value <= operand,
    "gt": lambda value, operand: value > operand,
    "gte": lambda value, operand: value >= operand,
}


def _money(records: list[Record]) -> list[Decimal]:
    return [each["revenue"] for each in records if each["revenue"] is not None]


def _years(records: list[Record]) -> list[int]:
    return [each["founded"] for each in records if each["founded"] is not None]


def _operand(value: Any) -> str:
    if isinstance(value, datetime):
        return f'"{value.isoformat()}"'
    return f'"{value}"' if isinstance(value, Decimal) else str(value)


@pytest.mark.parametrize("figure", FIGURES)
def test_every_figure_can_be_a_condition_and_an_order(viewers: dict[str, Viewer], figure: str) -> None:
    """By the month: of the group in the middle the figure is compared with those of all groups."""
    viewer, made_of = viewers["half"], FIGURES[figure]
    by, _, key_of = KEYS["month"]
    groups: dict[str, list[Record]] = {}
    for each in viewer.records:
        groups.setdefault(key_of(each), []).append(each)
    figures = {key: made_of(records) for key, records in groups.items()}
    known = sorted(value for value in figures.values() if value is not None)
    middle, (field, function) = known[len(known) // 2], figure.split(".")
    conditions = {f"{op}: {_operand(middle)}": (op, middle) for op in OPERATORS} | {"isNull: true": ("isNull", None)}
    parts = [
        f"c{i}: customerGroups(by: [{by}], having: {{ {field}: {{ {function}: {{ {condition} }} }} }}) {{ {NODES} }}"
        for i, condition in enumerate(conditions)
    ] + [
        f"{way}: customerGroups(by: [{by}], orderBy: [{{ {field}: {{ {function}: {way} }} }}]) {{ {NODES} }}"
        for way in ("ASC", "DESC_NULLS_FIRST")
    ]
    answer = viewer.person.ask(f"{{ {' '.join(parts)} }}")
    told = {name: [node["keys"]["createdAt"] for node in value["nodes"]] for name, value in answer.items()}
    for i, (op, operand) in enumerate(conditions.values()):
        if op == "isNull":
            expected = {key for key, value in figures.items() if value is None}
        else:
            expected = {key for key, value in figures.items() if value is not None and OPERATORS[op](value, operand)}
        assert set(told[f"c{i}"]) == expected, op
    there = [key for key in told["ASC"] if figures[key] is not None]
    assert [figures[key] for key in there] == known
    assert told["ASC"] == there + sorted(figures.keys() - set(there))
    assert [figures[key] for key in told["DESC_NULLS_FIRST"]] == [
        *(value for value in figures.values() if value is None),
        *reversed(known),
    ]
