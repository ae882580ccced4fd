"""The life of a deal over the year that ends today: when it begins, how long it takes, and what becomes of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random

from saas.cli.invented.chance import Weighted, stream
from saas.cli.invented.firms import Firm, Part
from saas.cli.invented.sources import Business, Good, business
from saas.modules.sales.opportunity import OpportunityStage

YEAR = 365
COLD_AFTER = 150  # days: nobody has said anything for so long
HOT_WITHIN = 45  # days until it is decided
HOT_FROM = 60  # percent
_SATURDAY = 5
_MANY = {
    "a": Weighted([(1, 1), (2, 3), (3, 3), (4, 2), (6, 1)]),
    "b": Weighted([(0, 2), (1, 5), (2, 4), (3, 1)]),
    "c": Weighted([(0, 4), (1, 4), (2, 1)]),
}
_GOES_COLD = 0.07
_WINS = 0.5
_NO_CUSTOMERS = (Part.SUPPLIER, Part.COMPETITOR)


@dataclass(frozen=True, slots=True)
class Deal:
    """One of them. `began` is when it became known; `closes` is when it was decided, or probably will be."""

    number: int
    good: Good
    stage: OpportunityStage
    began: date
    engaged: date | None
    closes: date | None
    probability: int

    @property
    def is_open(self) -> bool:
        return self.stage in (OpportunityStage.PROSPECTING, OpportunityStage.ENGAGING)

    def is_hot(self, today: date) -> bool:
        """Whether it is likely and soon."""
        soon = self.closes is not None and self.closes <= today + timedelta(HOT_WITHIN)
        return self.is_open and soon and self.probability >= HOT_FROM

    def is_cold(self, today: date) -> bool:
        """Whether nothing has happened for long, and nothing is expected."""
        return self.is_open and self.closes is None and self.began <= today - timedelta(COLD_AFTER)


def deals(of: Business, seed: int, today: date, firm: Firm) -> Sequence[Deal]:
    """Those with this firm, in the order in which they began."""
    if firm.part in _NO_CUSTOMERS:
        return ()
    chance = stream(seed, of.slug, "deals", firm.number)
    many = _MANY[firm.class_].draw(chance)
    days = sorted(_begins(chance, of, today) for _ in range(many))
    return [_deal(chance, of, today, firm, number, began) for number, began in enumerate(days)]


def _begins(chance: Random, of: Business, today: date) -> date:
    """A working day of the past year; in busy months there are more."""
    busiest = max(of.months)
    while True:
        day = today - timedelta(chance.randrange(YEAR))
        if day.weekday() < _SATURDAY and chance.random() * busiest < of.months[day.month - 1]:
            return day


def _deal(chance: Random, of: Business, today: date, firm: Firm, number: int, began: date) -> Deal:
    good = _goods(of.slug).draw(chance)
    wins = _chance_to_win(of, firm, good, number)
    ends_well, goes_cold = chance.random() < wins, chance.random() < _GOES_COLD
    days = max(3, round(good.days * chance.lognormvariate(0, 0.4)))
    answered = began + timedelta(max(1, round(days * chance.uniform(0.1, 0.3))))
    decided = began + timedelta(days)
    felt = min(0.9, max(0.1, wins + chance.uniform(-0.15, 0.15) + (0.1 if ends_well else -0.1)))
    age = (today - began).days
    if goes_cold and age >= COLD_AFTER:
        return Deal(number, good, OpportunityStage.ENGAGING, began, answered, None, chance.choice((5, 10, 15)))
    if decided <= today:
        stage = OpportunityStage.WON if ends_well else OpportunityStage.LOST
        return Deal(number, good, stage, began, min(answered, decided), decided, 100 if ends_well else 0)
    if answered > today:
        return Deal(number, good, OpportunityStage.PROSPECTING, began, None, decided, _fives(felt * 0.4))
    nearer = 0.6 + 0.4 * age / days
    return Deal(number, good, OpportunityStage.ENGAGING, began, answered, decided, _fives(felt * nearer))


def _chance_to_win(of: Business, firm: Firm, good: Good, number: int) -> float:
    """Sellers are not equally good; who has bought buys again; machines are fought for, parts are not."""
    easier = 1.25 if good.category in ("part", "consumable", "service") else 0.9
    known = 1.15 if number else 1.0
    return min(0.9, _WINS * of.skill[firm.seller] * easier * known)


def _fives(share: float) -> int:
    """In percent, as people guess: in steps of five."""
    return max(5, min(95, round(share * 20) * 5))


@cache
def _goods(slug: str) -> Weighted[Good]:
    return Weighted([(good, good.weight) for good in business(slug).goods])
