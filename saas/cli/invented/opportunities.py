"""The record of a deal: what it is about, line by line, and what it would bring."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from random import Random

from saas.cli.invented.chance import Weighted, stream
from saas.cli.invented.deals import Deal
from saas.cli.invented.firms import Firm
from saas.cli.invented.keys import Key, Row
from saas.cli.invented.sources import Business, Good, business
from saas.modules.sales.opportunity import OpportunityStage

_DISCOUNTS = {
    "a": Weighted([(0, 1), (5, 2), (8, 2), (10, 3), (15, 1)]),
    "b": Weighted([(0, 3), (3, 2), (5, 3), (10, 1)]),
    "c": Weighted([(0, 6), (3, 2), (5, 1)]),
}
_BESIDES = Weighted([(0, 5), (1, 4), (2, 2), (3, 1)])
_GROWS = {"a": 3, "b": 2, "c": 1}  # how many times as much a large customer buys of small things
_DEAR = 50_000  # in euros: of what costs more one takes few
_CENT, _WHOLE = Decimal("0.01"), Decimal(1)
_NO_CENTS = ("JPY",)


def opportunity_row(of: Business, seed: int, today: date, firm: Firm, deal: Deal) -> Row:
    """The values of its record and of its lines."""
    chance = stream(seed, of.slug, "opportunity", firm.number, deal.number)
    currency = of.currencies.get(firm.place.country)
    lines = _lines(chance, of, firm, deal, currency)
    is_guess = deal.stage is OpportunityStage.PROSPECTING and chance.random() < 0.5
    worth = sum((line["quantity"] * line["unit_price"] for line in lines), Decimal())
    place = firm.place.city_zh if of.is_chinese else firm.place.city_en
    kind = "machine" if deal.good.category == "equipment" else "other"
    title = chance.choice(of.texts["projects"][kind]).format(product=deal.good.name, place=place)
    return {
        "name": title,
        "customer_id": Key("customer", firm.number),
        "product_id": Key("product", deal.good.code),
        "stage": deal.stage,
        "currency": currency,
        **({"amount": round(worth, -3) or worth} if is_guess else {"lines": lines}),
        "probability": Decimal(deal.probability),
        "engaged_on": deal.engaged,
        "close_on": deal.closes,
        "lost_because": chance.choice(of.texts["lost"]) if deal.stage is OpportunityStage.LOST else None,
        "notes": chance.choice(of.texts["notes"]) if chance.random() < 0.15 else None,
        "tags": [Key("tag", each) for each in _tags(chance, today, firm, deal)],
        "owner_id": Key("employee", firm.seller),
        "department_id": Key("department of", firm.seller),
        "region_id": Key("region", firm.region),
        "business_line_id": Key("business_line", deal.good.line),
    }


def _tags(chance: Random, today: date, firm: Firm, deal: Deal) -> Sequence[str]:
    found = [name for name, holds in (("hot", deal.is_hot(today)), ("cold", deal.is_cold(today))) if holds]
    return [*found, "tender"] if firm.class_ == "a" and chance.random() < 0.2 else found


def _lines(chance: Random, of: Business, firm: Firm, deal: Deal, currency: str | None) -> list[Row]:
    """What it is about first, then what goes with it: each thing once."""
    goods = [deal.good]
    for _ in range(_BESIDES.draw(chance)):
        other = _small(of.slug, deal.good.line).draw(chance)
        if other not in goods:
            goods.append(other)
    discount = _DISCOUNTS[firm.class_].draw(chance)
    return [_line(chance, of, firm, good, currency, discount) for good in goods]


def _line(
    chance: Random, of: Business, firm: Firm, good: Good, currency: str | None, discount: int
) -> dict[str, Decimal | Key | None]:
    is_dear = good.price / of.euro > _DEAR
    most = good.most if is_dear else good.most * _GROWS[firm.class_]
    price = good.price / of.rate(currency)
    return {
        "product_id": Key("product", good.code),
        "quantity": Decimal(min(chance.randint(good.fewest, most), chance.randint(good.fewest, most))),
        "unit_price": price.quantize(_WHOLE if currency in _NO_CENTS else _CENT),
        "discount": Decimal(discount) if discount else None,
    }


@cache
def _small(slug: str, line: str) -> Weighted[Good]:
    """What is bought along with something of this business line."""
    goods = [good for good in business(slug).goods if good.weight and good.category != "equipment"]
    return Weighted([(good, good.weight * (3 if good.line == line else 1)) for good in goods])
