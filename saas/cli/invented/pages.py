"""The world page by page: so many firms with all that hangs on them, in the order in which it can be written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from saas.cli.invented.contacts import contact_rows
from saas.cli.invented.customers import customer_row
from saas.cli.invented.deals import deals
from saas.cli.invented.firms import BLOCK, Firm, firm, is_met_first
from saas.cli.invented.keys import Key, Row
from saas.cli.invented.opportunities import opportunity_row
from saas.cli.invented.sources import Business

PAGE = 10 * BLOCK  # firms: whole blocks, as those of a block refer to each other


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one object, which can be written at once; `keys` are those by which others refer to them."""

    object: str
    rows: Sequence[Row]
    keys: Sequence[Key | None]


def pages(customers: int) -> Iterator[range]:
    """The numbers of so many firms, in pages."""
    for first in range(1, customers + 1, PAGE):
        yield range(first, min(first + PAGE, customers + 1))


def page(of: Business, seed: int, today: date, numbers: Sequence[int]) -> Iterator[Batch]:
    """All of the firms with these numbers; what a record refers to is in an earlier batch."""
    firms = [firm(of.slug, seed, number) for number in numbers]
    dealings = {each.number: deals(of, seed, today, each) for each in firms}
    for is_first in (True, False):
        chosen = [each for each in firms if is_met_first(each.number) is is_first]
        rows = [customer_row(of, seed, today, each, dealings[each.number]) for each in chosen]
        yield Batch("customer", rows, [Key("customer", each.number) for each in chosen])
    yield from _contacts(of, seed, today, firms)
    known = [(deal.began, each.number, each, deal) for each in firms for deal in dealings[each.number]]
    known.sort(key=lambda one: one[:2])
    rows = [opportunity_row(of, seed, today, each, deal) for _, _, each, deal in known]
    yield Batch("opportunity", rows, [None] * len(rows))


def _contacts(of: Business, seed: int, today: date, firms: Sequence[Firm]) -> Iterator[Batch]:
    people = [(each, contact_rows(of, seed, today, each)) for each in firms]
    yield Batch("contact", [rows[0] for _, rows in people], [Key("contact", each.number) for each, _ in people])
    others = [row for _, rows in people for row in rows[1:]]
    yield Batch("contact", others, [None] * len(others))
