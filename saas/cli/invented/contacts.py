"""The people at a firm: who decides, who only uses, and whom they report to."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from saas.cli.invented.chance import Weighted, filled, stream
from saas.cli.invented.customers import address_of
from saas.cli.invented.firms import Firm
from saas.cli.invented.keys import Key, Row
from saas.cli.invented.names import person_name, spelled, written
from saas.cli.invented.sources import Business, jobs

_MANY = {
    "a": Weighted([(3, 3), (4, 3), (5, 2), (6, 1)]),
    "b": Weighted([(1, 3), (2, 4), (3, 2)]),
    "c": Weighted([(1, 7), (2, 3)]),
}


def contact_rows(of: Business, seed: int, today: date, firm: Firm) -> list[Row]:
    """The one that the others report to first; at a small firm it is the only one."""
    chance = stream(seed, of.slug, "contacts", firm.number)
    known = jobs(is_chinese=firm.is_chinese)
    many = min(_MANY[firm.class_].draw(chance), len(known))
    chosen = [known[0], *chance.sample(known[1:], many - 1)]
    return [_row(chance, of, today, firm, nth, job) for nth, job in enumerate(chosen)]


def _row(chance: Random, of: Business, today: date, firm: Firm, nth: int, job: Sequence[str]) -> Row:
    department, title, influence = job
    first, last = person_name(chance, firm.locale)
    local = f"{spelled(last)}{spelled(first)}" if firm.is_chinese else f"{spelled(first)}.{spelled(last)}"
    is_personal = chance.random() < 0.2
    born = today.replace(day=1) - timedelta(chance.randrange(25 * 365, 62 * 365))
    return {
        "name": written(firm.locale, first, last),
        "customer_id": Key("customer", firm.number),
        "department": department,
        "job_title": title,
        "superior_id": Key("contact", (firm.number if nth else None)),
        "influence": influence,
        "phone": filled(chance, firm.place.phone) if chance.random() < 0.7 else None,
        "mobile": filled(chance, firm.place.mobile),
        "email": f"{local}@{firm.domain}",
        "birthday": born if is_personal else None,
        "preferences": chance.choice(of.texts["preferences"]) if is_personal else None,
        "tags": [Key("tag", "newsletter")] if chance.random() < 0.25 else [],
        "is_primary": nth == 0,
        **(address_of(chance, firm) if chance.random() < 0.05 else {}),
    }
