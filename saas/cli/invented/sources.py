"""What the world is invented from: the word lists, price lists and companies of the folder `data`."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from saas.cli.invented.chance import Weighted


@dataclass(frozen=True, slots=True)
class Place:
    """A city, and what addresses and telephone numbers look like there: `#` is a digit, `@` a letter."""

    country: str
    locale: str
    province: str
    city: str
    city_en: str
    city_zh: str
    districts: Sequence[str]
    postal: str
    phone: str
    mobile: str
    weight: int

    @property
    def code(self) -> str:
        """Of the city as an area: CN-SUZHOU."""
        return f"{self.country}-{self.city_en.upper().replace(' ', '-')}"


@dataclass(frozen=True, slots=True)
class Locale:
    """How people, streets and firms are called where one speaks so."""

    name: str
    last: Sequence[str]
    first: Sequence[str]
    streets: Sequence[str]
    street: str
    forms: Sequence[str]
    openings: Sequence[str]
    endings: Sequence[str]


@dataclass(frozen=True, slots=True)
class Industry:
    """What a firm lives from; `head` is the yearly revenue for each of its people, in euros."""

    code: str
    name: str
    name_zh: str
    parent: str | None = None
    head: int = 0
    latin: Sequence[str] = ()
    han: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Good:
    """Something on a price list: what it costs, how many are bought at once, how many days a deal about it takes."""

    code: str
    name: str
    kind: str
    category: str
    model: str
    series: str
    unit: str
    price: Decimal
    cost: Decimal
    line: str
    fewest: int
    most: int
    days: int
    weight: int
    parts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Territory:
    """Where customers come from and who looks after those: the codes of sellers and of the management region."""

    places: Weighted[Place]
    region: str
    sellers: Sequence[str]


@dataclass(frozen=True, slots=True)
class Business:
    """How the business of one invented company goes.

    texts       what its people write, by what it is for
    months      how many deals begin in each month, January first
    currencies  in which customers of a country pay, where that is not the company's own
    rates       of the company's own currency for one unit, `euro` that for one euro
    skill       by seller, how well they close against the average
    """

    slug: str
    is_chinese: bool
    texts: Mapping[str, Any]
    months: Sequence[int]
    industries: Weighted[Industry]
    territories: Weighted[Territory]
    currencies: Mapping[str, str]
    rates: Mapping[str, Decimal]
    euro: Decimal
    skill: Mapping[str, float]
    goods: Sequence[Good]

    def rate(self, currency: str | None) -> Decimal:
        """What one unit of the currency is worth in the company's own; None is that one."""
        return self.rates[currency] if currency else Decimal(1)


COMPANIES = ("halden", "yunfan")


@cache
def business(slug: str) -> Business:
    """The company of that slug, one of COMPANIES."""
    told = _yaml(slug)
    known = {each.code: each for each in industries()}
    return Business(
        slug=slug,
        is_chinese=told["speaks"] == "zh",
        texts=_yaml("texts")[told["speaks"]],
        months=told["months"],
        industries=Weighted([(known[code], weight) for code, weight in told["industries"].items()]),
        territories=Weighted([(_territory(each), each["weight"]) for each in told["places"]]),
        currencies=told["currencies"],
        rates={code: Decimal(rate) for code, rate in told["rates"].items()},
        euro=Decimal(told["euro"]),
        skill=told["sellers"],
        goods=[_good(row) for row in _csv(f"{slug}_products")],
    )


@cache
def places() -> Sequence[Place]:
    """Every city that there is."""
    return [
        Place(
            **{name: row[name] for name in ("country", "locale", "province", "city", "city_en", "city_zh")},
            **{name: row[name] for name in ("postal", "phone", "mobile")},
            districts=row["districts"].split("|") if row["districts"] else (),
            weight=int(row["weight"]),
        )
        for row in _csv("places")
    ]


@cache
def locales() -> Mapping[str, Locale]:
    """By name, such as `zh`."""
    return {name: Locale(name=name, **told) for name, told in _yaml("locales").items()}


@cache
def jobs(*, is_chinese: bool) -> Sequence[Sequence[str]]:
    """Department, title and influence of people at a firm; the others report to the first."""
    found: Sequence[Sequence[str]] = _yaml("texts")["jobs"]["han" if is_chinese else "latin"]
    return found


@cache
def industries() -> Sequence[Industry]:
    """Each after the one above it."""
    found: list[Industry] = []
    for code, above in _yaml("industries").items():
        found.append(Industry(code, above["name"], above["zh"]))
        for part, told in above["parts"].items():
            words = {"latin": told["latin"], "han": told["han"]}
            found.append(Industry(part, told["name"], told["zh"], code, told["head"], **words))
    return found


def _territory(told: Mapping[str, Any]) -> Territory:
    cities = told.get("cities")
    there = [each for each in places() if each.country == told["country"] and (not cities or each.city in cities)]
    return Territory(Weighted([(each, each.weight) for each in there]), told["region"], told["sellers"])


def _good(row: Mapping[str, str]) -> Good:
    parts = (part.split(":") for part in row["consists"].split("|") if part)
    return Good(
        code=row["code"],
        name=row["name"],
        kind=row["kind"],
        category=row["category"],
        model=row["model"],
        series=row["series"],
        unit=row["unit"],
        price=Decimal(row["price"]),
        cost=Decimal(row["cost"]),
        line=row["line"],
        fewest=int(row["fewest"]),
        most=int(row["most"]),
        days=int(row["days"]),
        weight=int(row["weight"]),
        parts={code: int(many) for code, many in parts},
    )


def _text(name: str) -> str:
    return files("saas.cli.invented").joinpath("data", name).read_text("utf-8")


def _yaml(name: str) -> Any:
    return yaml.safe_load(_text(f"{name}.yaml"))


def _csv(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(_text(f"{name}.csv").splitlines()))
