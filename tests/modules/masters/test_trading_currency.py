"""Amounts in any currency through the front door: kept as given, compared and added up in the base currency (USD)."""

import itertools
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from saas.engine.access.tables import Access, Relation, RowScope
from saas.engine.registry import object_of
from saas.engine.write.money import recompute_base
from saas.engine.write.unmerge import unmerge
from saas.kit import clock
from saas.modules.customers.customer import Customer
from saas.modules.masters.trading_currency import ExchangeRate, TradingCurrency
from saas.modules.organisation.rights import Grants
from tests.contracts.factory import write
from tests.contracts.ledger import audited
from tests.engine.people import hire
from tests.world import World, limits, rights

MONEY = "{ amount currency baseAmount }"
_numbers = itertools.count()


def currency(world: World, *rates: tuple[int, str]) -> str:
    """A new currency with rates from so many days ago."""
    number = next(_numbers)
    code = f"T{chr(65 + number // 26)}{chr(65 + number % 26)}"
    id_ = world.garage.make(TradingCurrency, code=code, name=code)
    for days, rate in rates:
        day = clock.today(world.garage.tenant.time_zone) - timedelta(days=days)
        world.garage.make(ExchangeRate, currency_id=id_, valid_from=day, rate=Decimal(rate), source="bank")
    return code


def customer(world: World, amount: str, code: str, **values: Any) -> dict[str, Any]:
    given = {"name": "X", "creditLimit": {"amount": amount, "currency": code}, **values}
    return write(world.garage.ada, object_of(Customer), "Create", input=given)


def test_an_amount_is_kept_as_given_with_its_base_amount(world: World) -> None:
    code = currency(world, (30, "2"), (1, "1.0833333333"), (-1, "3"))
    made = customer(world, "100.5", code)
    assert made["record"]["creditLimit"] == {"amount": "100.5", "currency": code, "baseAmount": "108.875"}
    row = world.sql(world.garage, "SELECT credit_limit_rate_on FROM customer WHERE id = %s", made["id"])
    assert row == [(clock.today(world.garage.tenant.time_zone),)]
    (audit,) = audited(world, world.garage, made["id"])
    assert (audit["changes"]["credit_limit"], audit["changes"]["credit_limit_currency"]) == (
        [None, "100.5000"],
        [None, code],
    )


@pytest.mark.parametrize(("amount", "base"), [("0.00005", None), ("0.0001", "0.0002"), ("0.0003", "0.0004")])
def test_base_amounts_round_half_to_even(world: World, amount: str, base: str | None) -> None:
    code = currency(world, (0, "1.5"))
    made = customer(world, amount, code)
    if base is None:
        assert [problem["message"] for problem in made["problems"]] == ["Credit limit has more than 4 decimals."]
    else:
        assert made["record"]["creditLimit"]["baseAmount"] == base


def test_without_a_currency_it_is_the_base_currency(world: World) -> None:
    given = {"name": "X", "creditLimit": {"amount": 7}}
    made = write(world.garage.ada, object_of(Customer), "Create", input=given)["record"]
    assert made["creditLimit"] == {"amount": "7", "currency": "USD", "baseAmount": "7"}
    id_ = world.garage.make(Customer, credit_limit=Decimal(8))
    found = world.garage.ada.ask(f"query($id: ID!) {{ customer(id: $id) {{ creditLimit {MONEY} }} }}", id=str(id_))
    assert found["customer"]["creditLimit"] == {"amount": "8", "currency": "USD", "baseAmount": "8"}


def test_a_currency_without_a_rate_is_refused_with_the_remedy(world: World) -> None:
    soon = currency(world, (-1, "2"))
    today = clock.today(world.garage.tenant.time_zone)
    messages = {
        soon: f"There is no rate for {soon} on {today}. Add an exchange rate, or write USD.",
        "YYY": "There is no active currency YYY. Add it with a rate, or write USD.",
    }
    for code, message in messages.items():
        (problem,) = customer(world, "1", code)["problems"]
        told = (problem["code"], problem["path"], problem["message"])
        assert told == ("BAD_INPUT", ["creditLimit", "currency"], message)
    (problem,) = customer(world, "9999999999999999", currency(world, (0, "100")))["problems"]
    assert problem["message"] == "Credit limit is out of range in USD."


def test_changing_amount_or_currency_makes_a_new_base_amount(world: World) -> None:
    double, triple = currency(world, (0, "2")), currency(world, (0, "3"))
    one, ada = object_of(Customer), world.garage.ada
    id_ = customer(world, "10", double)["id"]
    for amount, code, base in (("10", triple, "30"), ("11", triple, "33"), ("11", "USD", "11")):
        changed = write(ada, one, "Update", id=id_, input={"creditLimit": {"amount": amount, "currency": code}})
        assert changed["record"]["creditLimit"] == {"amount": amount, "currency": code, "baseAmount": base}
    cleared = write(ada, one, "Update", id=id_, input={"creditLimit": None})["record"]
    assert (cleared["creditLimit"], cleared["version"]) == (None, 5)
    kept = "SELECT credit_limit_currency, credit_limit_base, credit_limit_rate_on FROM customer WHERE id = %s"
    assert world.sql(world.garage, kept, id_) == [(None, None, None)]


def test_what_is_written_keeps_its_rate_until_it_is_computed_anew(world: World) -> None:
    code = currency(world, (5, "2"))
    made = customer(world, "10", code)
    id_ = UUID(made["id"])
    ((currency_id,),) = world.sql(world.garage, "SELECT id FROM trading_currency WHERE code = %s", code)
    world.garage.make(ExchangeRate, currency_id=currency_id, valid_from=date(2026, 1, 1), rate=Decimal(9), source="b")
    today = clock.today(world.garage.tenant.time_zone)
    world.garage.make(ExchangeRate, currency_id=currency_id, valid_from=today, rate=Decimal(5), source="b")
    written = write(world.garage.ada, object_of(Customer), "Update", id=made["id"], input={"language": "Berlin"})
    assert written["record"]["creditLimit"]["baseAmount"] == "20"
    with world.garage.scope() as scope:
        assert recompute_base(scope, object_of(Customer), [id_]) == []
        assert recompute_base(scope, object_of(Customer), [id_]) == []
    query = f"query($id: ID!) {{ customer(id: $id) {{ version creditLimit {MONEY} }} }}"
    found = world.garage.ada.ask(query, id=made["id"])["customer"]
    assert found == {"version": 3, "creditLimit": {"amount": "10", "currency": code, "baseAmount": "50"}}
    assert audited(world, world.garage, id_)[-1]["changes"] == {"credit_limit_base": ["20.0000", "50.0000"]}


def test_amounts_compare_order_and_add_up_in_the_base_currency(world: World) -> None:
    double = currency(world, (0, "2"))
    language = f"City {double}"
    for name, amount, code in (("A", "10", double), ("B", "15", "USD"), ("C", "30", "USD")):
        customer(world, amount, code, name=name, language=language)
    query = """
        query($language: String!) {
          customers(
            filter: { language: { eq: $language }, creditLimit: { gte: "20" } }, orderBy: [{ creditLimit: DESC }]
          ) {
            nodes { name }
            aggregate { creditLimit { sum { amount currency baseAmount } max { amount } } }
          }
        }"""
    found = world.garage.ada.ask(query, language=language)["customers"]
    assert [node["name"] for node in found["nodes"]] == ["C", "A"]
    total = {"amount": "50", "currency": "USD", "baseAmount": "50"}
    assert found["aggregate"]["creditLimit"] == {"sum": total, "max": {"amount": "30"}}


def test_a_hidden_amount_hides_its_currency_too(world: World) -> None:
    hidden = limits("customer", "finance", Access.HIDDEN, Relation.SUPERIOR, Relation.SAME_DEPARTMENT, Relation.OTHERS)
    otto = hire(world.garage, "otto", Grants(rights(RowScope.ALL, "customer"), hidden))
    code = currency(world, (0, "2"))
    query = f"query($id: ID!) {{ customer(id: $id) {{ creditLimit {MONEY} access {{ hiddenFields }} }} }}"
    shown = {"amount": "1", "currency": code, "baseAmount": "2"}
    for owner, limit, fields in (
        (otto, shown, []),
        (world.garage.sue, None, ["creditLimit"]),
    ):
        made = customer(world, "1", code, ownerId=str(owner.id))
        found = otto.ask(query, id=made["id"])["customer"]
        assert found["creditLimit"] == limit
        assert [name for name in found["access"]["hiddenFields"] if name.startswith("creditLimit")] == fields


def test_rates_are_positive_and_one_a_day(world: World) -> None:
    world.garage.make(TradingCurrency, code="TZZ", name="T")
    ((id_,),) = world.sql(world.garage, "SELECT id FROM trading_currency WHERE code = 'TZZ'")
    one = object_of(ExchangeRate)
    given = {"currencyId": str(id_), "validFrom": "2026-01-01", "rate": "0", "source": "bank"}
    (problem,) = write(world.garage.ada, one, "Create", input=given)["problems"]
    assert (problem["code"], problem["path"]) == ("RULE_BROKEN", ["rate"])
    first = write(world.garage.ada, one, "Create", input=given | {"rate": "0.0000000001"})
    assert first["record"]["rate"] == "0.0000000001"
    (problem,) = write(world.garage.ada, one, "Create", input=given | {"rate": "2"})["problems"]
    assert (problem["code"], problem["existingId"]) == ("DUPLICATE", first["id"])


def test_a_company_begins_with_the_usual_currencies(world: World) -> None:
    query = (
        '{ currencies(filter: { code: { in: ["CNY", "EUR", "USD"] } }) { nodes { code symbol decimals isActive } } }'
    )
    assert world.garage.ada.ask(query)["currencies"]["nodes"] == [
        {"code": code, "symbol": symbol, "decimals": 2, "isActive": True}
        for code, symbol in (("CNY", "¥"), ("EUR", "€"), ("USD", "$"))
    ]


def test_an_amount_that_a_merge_hands_on_keeps_currency_and_base_amount(world: World) -> None:
    code = currency(world, (0, "2"))
    gone = customer(world, "10", code)["id"]
    survivor = str(world.garage.make(Customer))
    kept = "SELECT credit_limit, credit_limit_currency, credit_limit_base, credit_limit_rate_on IS NULL FROM customer"
    query = (
        "mutation($into: ID!, $from: [ID!]!) { x: customerMerge(into: $into, from: $from) { problems { message } } }"
    )
    assert world.garage.ada.ask(query, **{"into": survivor, "from": [gone]})["x"] == {"problems": []}
    row = world.sql(world.garage, f"{kept} WHERE id = %s", survivor)
    assert row == [(Decimal(10), code, Decimal(20), False)]
    undo = "mutation($id: ID!) { x: customerUnmerge(id: $id) { problems { message } } }"
    assert world.garage.ada.ask(undo, id=gone)["x"] == {"problems": []}
    assert world.sql(world.garage, f"{kept} WHERE id = %s", survivor) == [(None, None, None, True)]


def test_undoing_a_merge_brings_back_amounts_at_the_rate_of_their_day(world: World) -> None:
    code = currency(world, (30, "2"), (-10, "5"))
    survivor, gone = customer(world, "10", code)["id"], customer(world, "20", code)["id"]
    columns = "credit_limit, credit_limit_currency, credit_limit_base, credit_limit_rate_on"
    kept = f"SELECT {columns} FROM customer WHERE id = %s"
    before = world.sql(world.garage, kept, survivor)
    merge = """
        mutation($into: ID!, $from: [ID!]!, $input: CustomerUpdateInput) {
          x: customerMerge(into: $into, from: $from, input: $input) { problems { message } }
        }"""
    given = {"creditLimit": {"amount": "7", "currency": "USD"}}
    answer = world.garage.ada.ask(merge, **{"into": survivor, "from": [gone], "input": given})["x"]
    assert answer == {"problems": []}
    assert world.sql(world.garage, kept, survivor) != before
    with clock.stopped_at(clock.now() + timedelta(days=20)), world.garage.scope() as scope:
        assert recompute_base(scope, object_of(Customer), [UUID(survivor)]) == []
        assert unmerge(scope, object_of(Customer), UUID(gone)).problems == []
    assert world.sql(world.garage, kept, survivor) == before
