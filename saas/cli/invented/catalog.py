"""What the company sells, from its price list: products, the boxes they come in, and what they consist of."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from saas.cli.invented.chance import stream
from saas.cli.invented.keys import Key, Row
from saas.cli.invented.sources import Business, industries, places
from saas.kit.countries import countries
from saas.modules.catalog.product import ProductKind

BOX = 12
MONTHS = 13  # of rates: deals of a whole year find theirs
_SMALL = ("part", "consumable")


def products(of: Business) -> Iterator[Row]:
    """One record for each thing on the list; what nobody buys any more is discontinued."""
    for good in of.goods:
        yield {
            "code": good.code,
            "name": good.name,
            "kind": ProductKind(good.kind),
            "category": good.category,
            "model": good.model or None,
            "series": good.series or None,
            "unit": good.unit,
            "list_price": good.price,
            "cost": good.cost,
            "business_line_id": Key("business_line", good.line),
            "is_discontinued": good.weight == 0,
        }


def units(of: Business) -> Iterator[Row]:
    """Small things also come in boxes."""
    for number, good in enumerate(of.goods):
        if good.category in _SMALL:
            barcode = f"40{number:02}{stream('barcode', good.code).randrange(10**9):09}"
            yield {
                "product_id": Key("product", good.code),
                "name": of.texts["unit"],
                "factor": Decimal(BOX),
                "barcode": barcode,
            }


def components(of: Business) -> Iterator[Row]:
    """What machines are made of, in the order of the list."""
    for good in of.goods:
        for number, (part, many) in enumerate(good.parts.items(), start=1):
            yield {
                "product_id": Key("product", good.code),
                "part_id": Key("product", part),
                "quantity": Decimal(many),
                "position": str(number * 10),
            }


def industry_levels() -> Iterator[list[Row]]:
    """The tree of industries, each level after the one above."""
    ranked = list(enumerate(industries(), start=1))
    for is_part in (False, True):
        yield [
            {
                "code": each.code,
                "name": each.name,
                "name_zh": each.name_zh,
                "rank": rank,
                "parent_id": Key("industry", each.parent),
            }
            for rank, each in ranked
            if bool(each.parent) is is_part
        ]


def area_levels() -> Iterator[list[Row]]:
    """The tree of places: countries, then the cities in them."""
    named = countries()
    known = list(dict.fromkeys(place.country for place in places()))
    yield [
        {"code": code, "name": named[code].en, "name_zh": named[code].zh, "rank": rank, "parent_id": None}
        for rank, code in enumerate(known, start=1)
    ]
    yield [
        {
            "code": place.code,
            "name": place.city_en,
            "name_zh": place.city_zh,
            "rank": rank,
            "parent_id": Key("area", place.country),
        }
        for rank, place in enumerate(places(), start=1)
    ]


def tags(of: Business) -> Iterator[Row]:
    """Words that the company's people put on records."""
    for name, colour in of.texts["tags"].values():
        yield {"name": name, "colour": colour}


def exchange_rates(of: Business, seed: int, today: date) -> Iterator[Row]:
    """A rate for each foreign currency on the first of each month, up to this one; they move a little."""
    for currency, rate in of.rates.items():
        chance = stream(seed, of.slug, "rate", currency)
        for back in reversed(range(MONTHS)):
            moved = rate * Decimal(str(round(1 + chance.uniform(-0.02, 0.02), 4)))
            yield {
                "currency_id": Key("trading_currency", currency),
                "valid_from": _month_back(today, back),
                "rate": round(moved, 6),
                "source": of.texts["rates_from"],
            }


def _month_back(today: date, months: int) -> date:
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return date(year, month + 1, 1)
