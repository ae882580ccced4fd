"""The firms that one deals with: what the n-th is called, where it is, how large, and whose it is."""

from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from random import Random

from saas.cli.invented.chance import stream
from saas.cli.invented.names import firm_name, legal_name, spelled
from saas.cli.invented.sources import Business, Industry, Locale, Place, business, locales

BLOCK = 50  # firms that know each other: one heads a group, one brings others
SUBSIDIARIES = (2, 3, 4, 5)
SMALLEST, LARGEST = 6, 6_000


class Part(Enum):
    """What a firm is among those of its block."""

    HEAD = auto()
    PARTNER = auto()
    SUBSIDIARY = auto()
    SUPPLIER = auto()
    COMPETITOR = auto()
    ORDINARY = auto()


@dataclass(frozen=True, slots=True)
class Firm:
    """One of them; `parent` and `referrer` are the numbers of others of its block, `seller` is the code of a person."""

    number: int
    part: Part
    name: str
    full_name: str
    domain: str
    place: Place
    industry: Industry
    region: str
    seller: str
    people: int
    parent: int | None
    referrer: int | None

    @property
    def code(self) -> str:
        """As its record is numbered."""
        return code_of(self.number)

    @property
    def locale(self) -> Locale:
        return locales()[self.place.locale]

    @property
    def is_chinese(self) -> bool:
        return self.place.locale == "zh"

    @property
    def class_(self) -> str:
        """How large it is as a customer: a, b or c."""
        return "a" if self.people >= 800 else "b" if self.people >= 90 else "c"


def code_of(number: int) -> str:
    """The number of the record of the n-th firm, which is counted from 1."""
    return f"C-{number:06}"


def block_of(number: int) -> int:
    """The block of the n-th firm."""
    return (number - 1) // BLOCK


def is_met_first(number: int) -> bool:
    """Whether others of its block refer to it, so that it has to be there before them."""
    return (number - 1) % BLOCK < 2


@lru_cache(maxsize=4 * BLOCK)
def firm(slug: str, seed: int, number: int) -> Firm:
    """The n-th firm of an invented company: the same in a small world and in a large one."""
    of, chance = business(slug), stream(seed, slug, "firm", number)
    part = _part(number, seed, slug)
    place, region, sellers = _where(of, chance)
    if part is Part.SUBSIDIARY:
        return _subsidiary(of, seed, number, chance, place, region, sellers)
    industry = of.industries.draw(chance)
    name = firm_name(chance, locales()[place.locale], industry, place, number)
    return Firm(
        number=number,
        part=part,
        name=name,
        full_name=legal_name(chance, locales()[place.locale], name, place),
        domain=f"{spelled(name)}.example",
        place=place,
        industry=industry,
        region=region,
        seller=chance.choice(sellers),
        people=_people(chance, part),
        parent=None,
        referrer=_first(number) + 1 if part is Part.ORDINARY and chance.random() < 0.12 else None,
    )


def _subsidiary(
    of: Business, seed: int, number: int, chance: Random, place: Place, region: str, sellers: tuple[str, ...]
) -> Firm:
    """A firm that is called after the one that it belongs to, and does the same."""
    head = firm(of.slug, seed, _first(number))
    locale = locales()[place.locale]
    if head.is_chinese:
        name = f"{head.name}（{place.city_zh}）"
        full_name = f"{name}{locale.forms[0] if locale.name == 'zh' else '有限公司'}"
    else:
        name = f"{head.name} {place.city_en}"
        full_name = f"{name} {locale.forms[0] if locale.name != 'zh' else 'Co., Ltd'}"
    return Firm(
        number=number,
        part=Part.SUBSIDIARY,
        name=name,
        full_name=full_name,
        domain=head.domain,
        place=place,
        industry=head.industry,
        region=region,
        seller=chance.choice(sellers),
        people=max(SMALLEST, int(head.people * chance.uniform(0.05, 0.35))),
        parent=head.number,
        referrer=None,
    )


def _first(number: int) -> int:
    return number - (number - 1) % BLOCK


def _part(number: int, seed: int, slug: str) -> Part:
    place, block = (number - 1) % BLOCK, block_of(number)
    if place < 2:
        return Part.PARTNER if place else Part.HEAD
    if place < 2 + stream(seed, slug, "group", block).choice(SUBSIDIARIES):
        return Part.SUBSIDIARY
    if place == BLOCK - 1:
        return Part.SUPPLIER if block % 2 else Part.COMPETITOR
    return Part.ORDINARY


def _where(of: Business, chance: Random) -> tuple[Place, str, tuple[str, ...]]:
    territory = of.territories.draw(chance)
    return territory.places.draw(chance), territory.region, tuple(territory.sellers)


def _people(chance: Random, part: Part) -> int:
    """How many work there: few firms are large and most are small, as Pareto found."""
    if part is Part.HEAD:
        return min(40_000, int(900 * chance.paretovariate(1.2)))
    return min(LARGEST, int(SMALLEST * chance.paretovariate(0.8)))
