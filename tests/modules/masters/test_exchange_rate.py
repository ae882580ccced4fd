"""Exchange rates: who may look after them; what they do to amounts stands in test_trading_currency.py."""

from tests.world import World


def test_sellers_write_amounts_without_reading_rates(world: World) -> None:
    (error,) = world.garage.sam.errors("{ exchangeRates { nodes { rate } } }")
    assert error["extensions"]["code"] == "FORBIDDEN"
    query = """
        mutation {
          customerCreate(input: { name: "X", creditLimit: { amount: 1, currency: "EUR" } }) { problems { message } }
        }"""
    (problem,) = world.garage.sam.ask(query)["customerCreate"]["problems"]
    assert problem["message"].startswith("There is no rate for EUR on ")
