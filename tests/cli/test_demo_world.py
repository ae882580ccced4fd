"""Which companies a demo has, and that all of them are made: one after the other, or in two processes at once."""

from pathlib import Path

import pytest

from saas.cli.demo_crew import build_at_once
from saas.cli.demo_report import DemoTenant
from saas.cli.demo_wish import DemoWish, Size, World
from saas.cli.demo_world import build
from saas.kit.errors import NotFound, Unavailable
from saas.tenants.sign_in import identify, sign_in
from tests.cli.onboarding_place import ask
from tests.lively import CUSTOMERS, WISH, Lively

COUNT = (
    "{ customers { totalCount { value } } employees { totalCount { value } } opportunities { totalCount { value } } }"
)


@pytest.fixture(scope="module")
def told(lively: Lively) -> list[str]:
    return []


@pytest.fixture(scope="module")
def companies(lively: Lively, told: list[str]) -> dict[str, DemoTenant]:
    """Of an earlier run, as nearly all tests of the invented world need them."""
    return {company.slug: company for company in build(WISH, told.append)}


def counts(company: DemoTenant) -> list[int]:
    data = ask(company.users[0].token, COUNT)["data"]
    return [data[of]["totalCount"]["value"] for of in ("customers", "employees", "opportunities")]


def test_both_companies_are_there_with_people_of_different_rights(companies: dict[str, DemoTenant]) -> None:
    assert list(companies) == ["halden", "yunfan"]
    roles = {role for company in companies.values() for user in company.users for role in user.roles}
    assert roles == {
        *("admin", "sales-manager", "salesperson", "region-director", "assistant"),
        *("controller", "product-manager", "service", "analyst"),
    }
    for company in companies.values():
        customers, employees, opportunities = counts(company)
        assert (customers, employees, len(company.users)) == (CUSTOMERS, 20, 20)
        assert opportunities > 70
        assert company.users[0].roles == ("admin",)


def test_a_client_can_sign_in_with_the_password(companies: dict[str, DemoTenant]) -> None:
    for company in companies.values():
        user = company.users[-1]
        assert identify(sign_in(company.slug, user.email, user.password).token).tenant.slug == company.slug


def test_building_again_adds_nothing_and_says_so(companies: dict[str, DemoTenant], told: list[str]) -> None:
    assert told == [
        line
        for slug in companies
        for line in (
            f"{slug}: 20 people with 9 roles",
            f"{slug}: 100 customers; 0 new records with their contacts and opportunities",
        )
    ]


def test_two_processes_make_the_same_at_once(companies: dict[str, DemoTenant]) -> None:
    told: list[str] = []
    written: list[tuple[int, int]] = []
    made = build_at_once(WISH, told.append, lambda *done: written.append(done))
    assert [(each.slug, each.name) for each in made] == [(each.slug, each.name) for each in companies.values()]
    assert [counts(each) for each in made] == [counts(each) for each in companies.values()]
    assert len(told) == 4
    assert written == [(100, 0), (100, 0)]


def test_what_keeps_a_company_from_being_made_is_told(companies: dict[str, DemoTenant], lively: Lively) -> None:
    lively.directory("UPDATE directory.tenant SET name = 'Another' WHERE slug = 'yunfan'")
    try:
        with pytest.raises(Unavailable) as refused:
            build_at_once(WISH, lambda _line: None, lambda *_: None)
    finally:
        lively.directory(f"UPDATE directory.tenant SET name = '{companies['yunfan'].name}' WHERE slug = 'yunfan'")
    assert "the slug 'yunfan' is taken" in refused.value.message


def test_which_companies_there_are(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as missing:
        DemoWish(World.REAL).companies(tmp_path)
    assert missing.value.message == f"There is no real data in {tmp_path}."
    assert DemoWish(World.ALL).companies(tmp_path) == ("halden", "yunfan")
    for folder in ("pipeline", "northwind"):
        (tmp_path / folder).mkdir()
    assert DemoWish(World.REAL).companies(tmp_path) == ("pipeline", "northwind")
    assert DemoWish(World.ALL).companies(tmp_path) == ("halden", "yunfan", "pipeline", "northwind")
    assert DemoWish(World.INVENTED).companies(tmp_path) == ("halden", "yunfan")
    assert DemoWish(size=Size.NONE).companies(tmp_path) == ()
