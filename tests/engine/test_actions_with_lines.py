"""Actions and rules look at the lines of their document; what an action does to them is one write with the document."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from saas.engine import rules
from saas.engine.actions import action_of
from saas.engine.line_list import LineList
from saas.engine.registry import object_of
from saas.engine.rules import Broken, rule
from saas.engine.scope import Scope
from saas.engine.write.act import act
from saas.engine.write.load import Target
from saas.engine.write.outcome import Outcome
from saas.kit.errors import BadConfig
from saas.modules.catalog.product import Product
from saas.modules.sales.opportunity import Opportunity, OpportunityLine, opportunity_discount
from tests.contracts.factory import write
from tests.contracts.ledger import audited, kept
from tests.contracts.statements import counted
from tests.world import World

Lines = LineList[OpportunityLine]
ONE = object_of(Opportunity)
READ = """
    query($id: ID!) {
      opportunity(id: $id) {
        version amount { amount } lines { description position quantity discount amount { amount } }
      }
    }"""


def _row(description: str, quantity: str, price: str | None) -> dict[str, Any]:
    values = {"description": description, "quantity": Decimal(quantity)}
    return values if price is None else values | {"unit_price": Decimal(price)}


def _made(world: World) -> UUID:
    rows = [_row("Bike", "2", "100"), _row("Bell", "3", "1.5"), _row("Advice", "1", None)]
    return world.garage.make(Opportunity, lines=rows)


def _do(world: World, what: Callable[[Lines], None], *ids: UUID) -> list[Outcome]:
    """Have an action of opportunities do this to the lines of each of these."""

    def function(_scope: Scope, _opportunity: Opportunity, lines: Lines, **_inputs: Any) -> None:
        what(lines)

    function.__name__ = opportunity_discount.__name__
    action = replace(action_of(opportunity_discount), function=function)
    with world.garage.scope() as scope:
        return act(scope, action, [(Target(id_), {"discount": Decimal(0)}) for id_ in ids])


def _problems(world: World, id_: UUID, what: Callable[[Lines], None]) -> list[tuple[str, tuple[str, ...]]]:
    before = kept(world, world.garage, ONE), kept(world, world.garage, object_of(OpportunityLine))
    told, (outcome,) = audited(world, world.garage), _do(world, what, id_)
    assert outcome.id is None
    assert (kept(world, world.garage, ONE), kept(world, world.garage, object_of(OpportunityLine))) == before
    assert audited(world, world.garage) == told
    return [(problem.code, problem.path) for problem in outcome.problems]


def test_it_sees_them_as_they_are(world: World) -> None:
    seen: list[tuple[Any, ...]] = []

    def look(lines: Lines) -> None:
        seen.extend((line.description, line.quantity, line.amount) for line in lines)
        assert (len(lines), lines[0].description, [line.description for line in lines[1:]]) == (
            3,
            "Bike",
            ["Bell", "Advice"],
        )

    id_ = _made(world)
    assert [outcome.problems for outcome in _do(world, look, id_)] == [[]]
    assert seen == [("Bike", 2, 200), ("Bell", 3, Decimal("4.5")), ("Advice", 1, None)]
    row = audited(world, world.garage, id_)[-1]
    assert (row["kind"], row["action"], row["version"], row["fields"]) == ("acted", "discount", 2, [])


def test_it_changes_adds_and_takes_away_in_one_version(world: World) -> None:
    id_ = _made(world)

    def change(lines: Lines) -> None:
        bike, bell, advice = lines
        bike.quantity = Decimal(1)
        setattr(advice, "position", 9)  # noqa: B010  # which the class does not write out
        lines.remove(bell)
        lines.remove(lines.add(description="Nothing", quantity=Decimal(5)))
        pump = lines.add(description=" Pump ", quantity=Decimal("2"), unit_price=Decimal("7.25"))
        assert [line.description for line in lines] == ["Bike", "Advice", " Pump "]
        assert vars(pump)["position"] == 10

    assert [outcome.problems for outcome in _do(world, change, id_)] == [[]]
    found = world.garage.ada.ask(READ, id=str(id_))["opportunity"]
    assert (found["version"], found["amount"]) == (2, {"amount": "114.5"})
    assert [(line["description"], line["position"], line["amount"]) for line in found["lines"]] == [
        ("Bike", 1, {"amount": "100"}),
        ("Advice", 9, None),
        ("Pump", 10, {"amount": "14.5"}),
    ]
    (_, row) = audited(world, world.garage, id_)
    assert (row["kind"], row["version"], row["fields"]) == ("acted", 2, ["amount", "lines"])
    assert row["changes"]["amount"] == ["204.5000", "114.5000"]
    before, after = row["changes"]["lines"]
    assert [line.get("description") for line in before] == ["Bell", None, None]
    told = [{name: value for name, value in line.items() if name != "id"} for line in after[1:]]
    assert told == [{"quantity": "1.000000", "amount": "100.0000"}, {"position": 9}]
    assert (after[0]["description"], after[0]["quantity"], after[0]["amount"]) == ("Pump", "2.000000", "14.5000")


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"quantity": None}, ("REQUIRED", ("lines", "quantity"))),
        ({"quantity": Decimal("0.0000001")}, ("BAD_INPUT", ("lines", "quantity"))),
        ({"description": "x" * 401}, ("BAD_INPUT", ("lines", "description"))),
        ({"discount": Decimal(101)}, ("RULE_BROKEN", ("lines", "discount"))),
    ],
    ids=str,
)
def test_what_it_writes_is_checked_as_what_people_write(
    world: World, values: dict[str, Any], problem: tuple[str, tuple[str, ...]]
) -> None:
    id_ = _made(world)

    def change(lines: Lines) -> None:
        for name, value in values.items():
            setattr(lines[0], name, value)

    def add(lines: Lines) -> None:
        lines.add(**{"quantity": Decimal(1), **values})

    for each in (change, add):
        assert _problems(world, id_, each) == [problem]


def test_nor_are_there_ever_too_many(world: World) -> None:
    id_ = _made(world)

    def add(lines: Lines) -> None:
        for _ in range(498):
            lines.add(quantity=Decimal(1))

    assert _problems(world, id_, add) == [("BAD_INPUT", ("lines",))]


def test_what_it_refuses_leaves_the_lines_alone(world: World) -> None:
    def refuse(lines: Lines) -> None:
        lines.remove(lines[0])
        lines.add(quantity=Decimal(1))
        raise Broken("Not today.")

    assert _problems(world, _made(world), refuse) == [("RULE_BROKEN", ())]


def test_many_documents_cost_no_more_statements_than_one(world: World) -> None:
    def change(lines: Lines) -> None:
        lines[0].quantity += 1
        lines.remove(lines[1])
        lines.add(quantity=Decimal(1), unit_price=Decimal(1))

    needed = []
    for number in (1, 20):
        ids = [_made(world) for _ in range(number)]
        with counted() as sent:
            assert [outcome.problems for outcome in _do(world, change, *ids)] == [[]] * number
        needed.append(len(sent))
        amounts = world.sql(world.garage, "SELECT DISTINCT amount FROM opportunity WHERE id = ANY(%s)", ids)
        assert amounts == [(301,)]
    assert needed[0] == needed[1]


@pytest.fixture
def no_product_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule of opportunities that looks at their lines, for one test."""
    monkeypatch.setattr(rules, "_rules", rules._rules.copy())
    rules._rules[Opportunity] = [*rules._rules[Opportunity]]

    @rule(Opportunity)
    def opportunity_names_no_product_twice(_opportunity: Opportunity, lines: Sequence[OpportunityLine]) -> None:
        """Each product stands there once."""
        products = [line.product_id for line in lines if line.product_id]
        if len(set(products)) < len(products):
            raise Broken("A product stands there twice.", field="lines")


TWICE = {
    "__typename": "FieldProblem",
    "code": "RULE_BROKEN",
    "message": "A product stands there twice.",
    "path": ["lines"],
    "rule": "opportunity_names_no_product_twice",
}


@pytest.mark.usefixtures("no_product_twice")
def test_a_rule_looks_at_the_lines_of_a_document_that_is_written(world: World) -> None:
    ada, bike, bell = world.garage.ada, *(str(world.garage.make(Product)) for _ in range(2))
    line = {"productId": bike, "quantity": 1}
    assert write(ada, ONE, "Create", input={"name": "o", "lines": [line, line]})["problems"] == [TWICE]
    made = write(ada, ONE, "Create", input={"name": "o", "lines": [line]})
    assert made["problems"] == []
    for changes, problems in (
        ({"create": [line]}, [TWICE]),
        ({"create": [{"productId": bell, "quantity": 1}]}, []),
    ):
        assert write(ada, ONE, "Update", id=made["id"], input={"lines": changes})["problems"] == problems


def test_it_looks_at_lines_that_nobody_changes_too(world: World, request: pytest.FixtureRequest) -> None:
    ada, bike = world.garage.ada, world.garage.make(Product)
    rows = [{"product_id": bike, "quantity": Decimal(1)}] * 2
    id_, other = str(world.garage.make(Opportunity, lines=rows)), str(world.garage.make(Opportunity))
    request.getfixturevalue("no_product_twice")
    assert write(ada, ONE, "Update", id=id_, input={"notes": "x"})["problems"] == [TWICE]
    assert write(ada, ONE, "Update", id=other, input={"notes": "x"})["problems"] == []
    assert write(ada, ONE, "Advance", id=id_)["problems"] == [TWICE]
    merge = (
        "mutation($into: ID!, $from: [ID!]!) { x: opportunityMerge(into: $into, from: $from) { problems { path } } }"
    )
    assert ada.ask(merge, **{"into": id_, "from": [other]})["x"] == {"problems": [{"path": ["lines"]}]}
    assert world.sql(world.garage, "SELECT version, deleted_at FROM opportunity WHERE id = %s", other) == [(2, None)]


def test_a_rule_takes_the_record_and_its_lines_at_most() -> None:
    def opportunity_is_odd(_opportunity: Opportunity, _lines: Any, _more: Any) -> None:
        """Odd."""

    with pytest.raises(BadConfig, match=r"does not take \(record\) or \(record, lines\)"):
        rule(Opportunity)(opportunity_is_odd)
