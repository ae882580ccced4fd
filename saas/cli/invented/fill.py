"""Fills one invented company: what stands first, then its customers page by page, a transaction each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from saas.cli.by_key import ids_by
from saas.cli.invented.firms import block_of, code_of
from saas.cli.invented.pages import page, pages
from saas.cli.invented.sources import business
from saas.cli.invented.standing import standing
from saas.cli.invented.write import write
from saas.engine.scope import Scope, Via, open_scope
from saas.modules.organisation.blueprint.wanted import Blueprint
from saas.tenants.tenant import Tenant

APP = "saas demo"


@dataclass(frozen=True, slots=True)
class Plan:
    """What the world shall be: the same plan, the same world. `customers` is their number in each company."""

    customers: int
    seed: int
    today: date


def fill(tenant: Tenant, blueprint: Blueprint, plan: Plan, written: Callable[[int, int], None]) -> int:
    """Write what is not there yet, and tell after each page how many customers and records are `written` by it.

    Returns how many records were written here. A block of customers of which one is there was written by an earlier
    run: it is left as it is.
    """
    of = business(tenant.slug)
    with open_scope(tenant, None, write=True, via=Via(APP)) as scope:
        known = standing(scope, of, blueprint, plan.seed, plan.today)
    total = 0
    for numbers in pages(plan.customers):
        records = 0
        with open_scope(tenant, None, write=True, via=Via(APP)) as scope:
            of_page = dict(known)
            for batch in page(of, plan.seed, plan.today, _missing(scope, numbers)):
                write(scope, batch, of_page)
                records += len(batch.rows) + sum(len(row.get("lines", ())) for row in batch.rows)
        written(len(numbers), records)
        total += records
    return total


def _missing(scope: Scope, numbers: Sequence[int]) -> list[int]:
    codes = {code_of(number): number for number in numbers}
    there = {block_of(codes[code]) for code in ids_by(scope, "customer", "code", codes)}
    return [number for number in numbers if block_of(number) not in there]
