"""Filling a company goes on where an earlier run stopped."""

from dataclasses import replace

import pytest

from saas.cli.demo_world import COMPANIES
from saas.cli.invented.fill import Plan, fill
from saas.cli.invented.firms import BLOCK
from saas.cli.invented.pages import PAGE
from saas.cli.onboarding.read import read_onboarding
from tests.lively import CUSTOMERS, TODAY, WISH, Lively


@pytest.mark.parametrize("slug", ["halden", "yunfan"])
def test_filling_again_writes_what_is_missing_and_nothing_else(lively: Lively, slug: str) -> None:
    company = lively.company(slug)
    plan = Plan(CUSTOMERS, WISH.seed, TODAY)
    blueprint = read_onboarding(COMPANIES / f"{slug}.yaml").blueprint
    before = lively.count(company, "audit")
    assert fill(company.tenant, blueprint, plan, lambda *_: None) == 0
    assert lively.count(company, "audit") == before
    told: list[tuple[int, int]] = []
    larger = replace(plan, customers=PAGE + BLOCK)
    more = fill(company.tenant, blueprint, larger, lambda *done: told.append(done))
    assert [customers for customers, _ in told] == [PAGE, BLOCK]
    assert more == sum(records for _, records in told) > PAGE + BLOCK - CUSTOMERS
    assert lively.count(company, "customer") == PAGE + BLOCK
    assert fill(company.tenant, blueprint, larger, lambda *_: None) == 0
