"""An opportunity has one currency: its amount and its lines are in it, and in the base currency (USD) of one day."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from saas.engine.access.tables import Access, RowScope
from saas.engine.registry import object_of
from saas.engine.write.create import create
from saas.engine.write.load import Target
from saas.engine.write.money import recompute_base
from saas.engine.write.update import update
from saas.kit import clock
from saas.modules.catalog.product import Product
from saas.modules.masters.trading_currency import ExchangeRate
from saas.modules.organisation.rights import Grants
from saas.modules.sales.opportunity import Opportunity, OpportunityLine
from tests.contracts.factory import write
from tests.contracts.ledger import audited, kept
from tests.contracts.statements import counted
from tests.engine.people import hire
from tests.modules.masters.test_trading_currency import currency
from tests.world import World, limits, rights

ONE = object_of(Opportunity)
MONEY = "{ amount currency baseAmount }"
READ = f"""
    query($id: ID!) {{
      x: opportunity(id: $id) {{ version currency amount {MONEY} lines {{ id unitPrice {MONEY} amount {MONEY} }} }}
    }}"""
BIKES = {"quantity": 2, "unitPrice": {"amount": "100.5"}}
BELLS = {"quantity": 3, "unitPrice": {"amount": "1.25"}}


def _create(world: World, **values: Any) -> dict[str, Any]:
    return write(world.garage.ada, ONE, "Create", input={"name": "o", **values})


def _update(world: World, id_: str, **values: Any) -> list[dict[str, Any]]:
    problems: list[dict[str, Any]] = write(world.garage.ada, ONE, "Update", id=id_, input=values)["problems"]
    return problems


def _read(world: World, id_: str) -> dict[str, Any]:
    found: dict[str, Any] = world.garage.ada.ask(READ, id=id_)["x"]
    return found


def _money(amount: str, code: str, base: str) -> dict[str, str]:
    return {"amount": amount, "currency": code, "baseAmount": base}


def _new_rate(world: World, code: str, rate: str) -> None:
    """A rate from today on."""
    ((id_,),) = world.sql(world.garage, "SELECT id FROM trading_currency WHERE code = %s", code)
    today = clock.today(world.garage.tenant.time_zone)
    world.garage.make(ExchangeRate, currency_id=id_, valid_from=today, rate=Decimal(rate), source="bank")


def test_it_is_in_the_base_currency_where_nobody_says(world: World) -> None:
    made = _create(world, lines=[BIKES, BELLS])
    found = _read(world, made["id"])
    assert (found["currency"], found["amount"]) == ("USD", _money("204.75", "USD", "204.75"))
    assert [line["amount"] for line in found["lines"]] == [_money("201", "USD", "201"), _money("3.75", "USD", "3.75")]
    assert _read(world, _create(world)["id"])["currency"] == "USD"


def test_its_lines_and_its_sum_are_in_its_currency(world: World) -> None:
    code = currency(world, (9, "5"), (1, "1.5"), (-1, "7"))
    made = _create(world, currency=code, lines=[BIKES, BELLS, {"quantity": 1}])
    assert made["problems"] == []
    found = _read(world, made["id"])
    assert (found["currency"], found["amount"]) == (code, _money("204.75", code, "307.125"))
    assert [line["unitPrice"] for line in found["lines"]] == [
        _money("100.5", code, "150.75"),
        _money("1.25", code, "1.875"),
        None,
    ]
    assert [line["amount"] for line in found["lines"]] == [
        _money("201", code, "301.5"),
        _money("3.75", code, "5.625"),
        None,
    ]
    days = "SELECT DISTINCT o.amount_rate_on, l.amount_rate_on, l.unit_price_rate_on"
    where = (
        "FROM opportunity o, opportunity_line l WHERE o.id = %s AND l.opportunity_id = o.id AND l.amount IS NOT NULL"
    )
    assert world.sql(world.garage, f"{days} {where}", made["id"]) == [(clock.today("Europe/Berlin"),) * 3]


@pytest.mark.parametrize("place", ["amount", "line"])
def test_a_new_one_takes_the_currency_of_its_first_amount(world: World, place: str) -> None:
    code = currency(world, (1, "2"))
    in_code = {"amount": "10", "currency": code}
    values = {"amount": in_code} if place == "amount" else {"lines": [BELLS, {"quantity": 1, "unitPrice": in_code}]}
    found = _read(world, _create(world, **values)["id"])
    assert (found["currency"], found["amount"]["currency"]) == (code, code)
    assert found["amount"]["baseAmount"] == ("20" if place == "amount" else "27.5")


def test_an_amount_in_another_currency_is_refused_at_its_place(world: World) -> None:
    code, other = currency(world, (1, "2")), currency(world, (1, "3"))
    foreign = {"quantity": 1, "unitPrice": {"amount": "1", "currency": other}}
    message = f"All amounts of this opportunity are in {code}: leave the currency out, or change `currency`."
    id_ = _create(world, currency=code, lines=[BIKES])["id"]
    (line,) = _read(world, id_)["lines"]
    before = kept(world, world.garage, ONE), kept(world, world.garage, object_of(OpportunityLine))
    price = foreign["unitPrice"]
    attempts: list[tuple[list[dict[str, Any]], list[str]]] = [
        (_create(world, currency=code, amount=price)["problems"], ["amount", "currency"]),
        (_create(world, currency=code, lines=[BIKES, foreign])["problems"], ["lines", "1", "unitPrice", "currency"]),
        (_update(world, id_, lines={"create": [foreign]}), ["lines", "create", "0", "unitPrice", "currency"]),
        (
            _update(world, id_, lines={"update": [{"id": line["id"], "unitPrice": price}]}),
            ["lines", "update", "0", "unitPrice", "currency"],
        ),
    ]
    for problems, path in attempts:
        assert [(p["code"], p["path"], p["message"]) for p in problems] == [("BAD_INPUT", path, message)]
    assert (kept(world, world.garage, ONE), kept(world, world.garage, object_of(OpportunityLine))) == before


def test_changing_the_currency_prices_everything_anew(world: World) -> None:
    code, other = currency(world, (1, "2")), currency(world, (1, "0.1"))
    id_ = _create(world, currency=code, lines=[BIKES, BELLS])["id"]
    ids = [line["id"] for line in _read(world, id_)["lines"]]
    for version, (new, amount, base) in enumerate(
        [(other, "204.75", "20.475"), (None, "204.75", "204.75"), (code, "204.75", "409.5")], 2
    ):
        assert _update(world, id_, currency=new) == []
        found = _read(world, id_)
        now = new or "USD"
        assert (found["version"], found["currency"], found["amount"]) == (version, now, _money(amount, now, base))
        assert {line["unitPrice"]["currency"] for line in found["lines"]} == {now}
        bases = [Decimal(line["amount"]["baseAmount"]) for line in found["lines"]]
        assert sum(bases) == Decimal(base)
    row = audited(world, world.garage, id_)[-1]
    assert (row["version"], row["fields"]) == (4, ["amount_currency", "currency", "lines"])
    assert row["changes"]["currency"] == ["USD", code]
    assert row["changes"]["lines"][1] == [
        {"id": line, "unit_price_currency": code, "amount_currency": code} for line in ids
    ]
    assert _update(world, id_, currency=code) == []
    assert len(audited(world, world.garage, id_)) == 4


def test_an_amount_may_change_together_with_the_currency(world: World) -> None:
    code, other = currency(world, (1, "2")), currency(world, (1, "3"))
    id_ = _create(world, currency=code, amount={"amount": "10"})["id"]
    assert _update(world, id_, currency=other, amount={"amount": "20", "currency": other}) == []
    assert _read(world, id_)["amount"] == _money("20", other, "60")
    assert _update(world, id_, amount={"amount": "30"}) == []
    assert _read(world, id_)["amount"] == _money("30", other, "90")
    assert _update(world, id_, amount=None) == []
    found = _read(world, id_)
    assert (found["currency"], found["amount"]) == (other, None)


def test_a_currency_without_a_rate_is_refused_once_with_the_remedy(world: World) -> None:
    soon, code = currency(world, (-1, "2")), currency(world, (1, "2"))
    id_ = _create(world, currency=code, lines=[BIKES, BELLS])["id"]
    before = kept(world, world.garage, ONE), kept(world, world.garage, object_of(OpportunityLine))
    messages = {
        soon: f"There is no rate for {soon} on {clock.today('Europe/Berlin')}. Add an exchange rate, or write USD.",
        "YYY": "There is no active currency YYY. Add it with a rate, or write USD.",
    }
    for unknown, message in messages.items():
        for problems in (
            _create(world, currency=unknown, lines=[BIKES, BELLS])["problems"],
            _create(world, currency=unknown)["problems"],
            _create(world, amount={"amount": "1", "currency": unknown})["problems"],
            _update(world, id_, currency=unknown),
        ):
            assert [(p["code"], p["path"], p["message"]) for p in problems] == [("BAD_INPUT", ["currency"], message)]
    assert (kept(world, world.garage, ONE), kept(world, world.garage, object_of(OpportunityLine))) == before


def test_base_amounts_of_one_opportunity_are_of_one_day(world: World) -> None:
    """Yesterday's rate stays until an amount is written; then all of them follow, so the lines add up to the sum."""
    code = currency(world, (5, "2"))
    id_ = _create(world, currency=code, lines=[BIKES, BELLS])["id"]
    bikes, _ = _read(world, id_)["lines"]
    _new_rate(world, code, "3")
    assert _update(world, id_, notes="Called again") == []
    assert _read(world, id_)["amount"] == _money("204.75", code, "409.5")
    assert _update(world, id_, lines={"update": [{"id": bikes["id"], "quantity": 1}]}) == []
    found = _read(world, id_)
    assert found["amount"] == _money("104.25", code, "312.75")
    assert [line["amount"]["baseAmount"] for line in found["lines"]] == ["301.5", "11.25"]
    row = audited(world, world.garage, id_)[-1]
    assert [line["id"] for line in row["changes"]["lines"][1]] == [bikes["id"]]


def test_what_changes_nothing_on_a_later_day_leaves_no_trace(world: World) -> None:
    id_ = _create(world, lines=[BIKES])["id"]
    yesterday = clock.today("Europe/Berlin") - timedelta(days=1)
    world.sql(world.garage, "UPDATE opportunity SET amount_rate_on = %s WHERE id = %s", yesterday, id_)
    assert _update(world, id_, name="o") == []
    kept_ = world.sql(world.garage, "SELECT version, amount_rate_on FROM opportunity WHERE id = %s", id_)
    assert kept_ == [(1, yesterday)]


def test_actions_price_in_its_currency(world: World) -> None:
    code = currency(world, (5, "2"))
    id_ = _create(world, currency=code, lines=[BIKES, BELLS])["id"]
    _new_rate(world, code, "4")
    done = "mutation($id: ID!) { x: opportunityDiscount(id: $id, input: { discount: 50 }) { problems { message } } }"
    assert world.garage.ada.ask(done, id=id_)["x"] == {"problems": []}
    found = _read(world, id_)
    assert found["amount"] == _money("102.38", code, "409.52")
    assert [line["amount"]["baseAmount"] for line in found["lines"]] == ["402", "7.52"]


def test_revenue_adds_up_over_currencies(world: World) -> None:
    double, half = currency(world, (1, "2")), currency(world, (1, "0.5"))
    bike = str(world.garage.make(Product, name="Dear bike"))
    for code, price in ((double, "100"), (half, "300"), (None, "7")):
        line = {"productId": bike, "quantity": 1, "unitPrice": {"amount": price}}
        assert _create(world, currency=code, lines=[line])["problems"] == []
    query = """
        query($id: ID!) {
          x: opportunityLineGroups(by: [{ product: { name: VALUE } }], filter: { product: { id: { eq: $id } } }) {
            nodes { count keys { product { name } } aggregate { amount { sum { amount currency } max { amount } } } }
          }
          y: opportunityLines(
            filter: { product: { id: { eq: $id } }, amount: { gte: 8 } }, orderBy: [{ amount: DESC }]
          ) { nodes { amount { amount currency baseAmount } opportunity { currency } } }
          z: opportunityGroups(
            by: [{ currency: VALUE }]
            filter: { lines: { some: { product: { id: { eq: $id } } } } }
            orderBy: [{ amount: { sum: DESC } }]
          ) { nodes { keys { currency } aggregate { amount { sum { amount } } } } }
        }"""
    found = world.garage.ada.ask(query, id=bike)
    (row,) = found["x"]["nodes"]
    assert (row["count"], row["keys"]) == (3, {"product": {"name": "Dear bike"}})
    assert row["aggregate"]["amount"] == {"sum": {"amount": "357", "currency": "USD"}, "max": {"amount": "200"}}
    assert found["y"]["nodes"] == [
        {"amount": _money("100", double, "200"), "opportunity": {"currency": double}},
        {"amount": _money("300", half, "150"), "opportunity": {"currency": half}},
    ]
    sums = [(each["keys"]["currency"], each["aggregate"]["amount"]["sum"]["amount"]) for each in found["z"]["nodes"]]
    assert sums == [(double, "200"), (half, "150"), ("USD", "7")]


def test_who_may_not_write_amounts_may_not_change_their_currency(world: World) -> None:
    code = currency(world, (1, "2"))
    id_ = _create(world, lines=[BIKES])["id"]
    for access, told in ((Access.READ, "USD"), (Access.HIDDEN, None)):
        grants = Grants(rights(RowScope.ALL, "opportunity"), limits("opportunity", "amount", access))
        person = hire(world.garage, f"currency-{access.name}", grants)
        before = kept(world, world.garage, ONE)
        (problem,) = write(person, ONE, "Update", id=id_, input={"currency": code})["problems"]
        assert (problem["code"], problem["path"]) == ("FORBIDDEN", ["currency"])
        assert kept(world, world.garage, ONE) == before
        assert person.ask("query($id: ID!) { x: opportunity(id: $id) { currency } }", id=id_)["x"] == {"currency": told}
        made = write(person, ONE, "Create", input={"name": "without amounts"})
        assert made["problems"] == []
        assert world.sql(world.garage, "SELECT currency FROM opportunity WHERE id = %s", made["id"]) == [("USD",)]


def test_drafts_come_to_the_rate_of_today_with_their_lines(world: World) -> None:
    code = currency(world, (5, "2"))
    id_ = _create(world, currency=code, lines=[BIKES, {"quantity": 1}])["id"]
    bikes, _ = _read(world, id_)["lines"]
    _new_rate(world, code, "3")
    for _ in range(2):
        with world.garage.scope() as scope:
            assert recompute_base(scope, ONE, [UUID(id_)]) == []
    found = _read(world, id_)
    assert (found["version"], found["amount"]) == (2, _money("201", code, "603"))
    assert found["lines"][0]["amount"] == _money("201", code, "603")
    row = audited(world, world.garage, id_)[-1]
    assert row["changes"] == {
        "amount_base": ["402.0000", "603.0000"],
        "lines": [
            [{"id": bikes["id"], "unit_price_base": "201.000000", "amount_base": "402.0000"}],
            [{"id": bikes["id"], "unit_price_base": "301.500000", "amount_base": "603.0000"}],
        ],
    }
    assert len(audited(world, world.garage, id_)) == 2


def test_a_merge_hands_on_no_amount_in_another_currency(world: World) -> None:
    code = currency(world, (1, "2"))
    merge = (
        "mutation($into: ID!, $from: [ID!]!) { x: opportunityMerge(into: $into, from: $from) { problems { code } } }"
    )
    for mine, told in (("USD", None), (code, _money("10", code, "20"))):
        gone = _create(world, currency=code, amount={"amount": "10"})["id"]
        survivor = _create(world, currency=mine)["id"]
        assert world.garage.ada.ask(merge, **{"into": survivor, "from": [gone]})["x"] == {"problems": []}
        found = _read(world, survivor)
        assert (found["currency"], found["amount"]) == (mine, told)


def test_many_cost_no_more_statements_than_one(world: World) -> None:
    code = currency(world, (5, "2"))
    _new_rate(world, code, "3")
    row = {"quantity": Decimal(1), "unit_price": Decimal(5)}
    needed = []
    for number in (1, 20):
        with world.garage.scope() as scope, counted() as created:
            rows = [{"name": f"{number} {i}", "currency": code, "lines": [row, row]} for i in range(number)]
            made = create(scope, ONE, rows)
            assert [outcome.problems for outcome in made] == [[]] * number
        ids = [outcome.id for outcome in made if outcome.id]
        with world.garage.scope() as scope, counted() as changed:
            done = update(scope, ONE, [(Target(id_), {"currency": "USD"}) for id_ in ids])
            assert [outcome.problems for outcome in done] == [[]] * number
        with world.garage.scope() as scope, counted() as added:
            done = update(scope, ONE, [(Target(id_), {"currency": code, "lines": {"create": [row]}}) for id_ in ids])
            assert [outcome.problems for outcome in done] == [[]] * number
        needed.append((len(created), len(changed), len(added)))
        bases = "SELECT DISTINCT o.amount_base, l.amount_base FROM opportunity o JOIN opportunity_line l"
        found = world.sql(world.garage, f"{bases} ON l.opportunity_id = o.id WHERE o.id = ANY(%s)", ids)
        assert found == [(45, 15)]
    assert needed[0] == needed[1]
