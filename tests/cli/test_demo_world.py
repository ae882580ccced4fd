"""Without real data the demo invents customers: each of its people sees what their role allows."""

from pathlib import Path

import pytest

from saas.cli.demo_report import DemoTenant
from saas.cli.demo_world import build
from saas.tenants.sign_in import identify, sign_in
from tests.cli.onboarding_place import ask
from tests.tenants.place import Place

COUNT = "{ customers { totalCount { value } } opportunities { totalCount { value } } }"


@pytest.fixture(scope="module")
def companies(place: Place, tmp_path_factory: pytest.TempPathFactory) -> dict[str, DemoTenant]:
    lines: list[str] = []
    found = build("small", 1, lines.append, tmp_path_factory.mktemp("no-data"))
    assert [line.partition(":")[0] for line in (*lines[:2], *lines[3:])] == ["pipeline", "northwind"] * 2
    assert lines[2].endswith("customers are invented")
    return {company.slug: company for company in found}


def tokens(company: DemoTenant) -> dict[str, str]:
    return {user.email.partition("@")[0]: user.token for user in company.users}


def counts(token: str) -> tuple[int, int]:
    data = ask(token, COUNT)["data"]
    return data["customers"]["totalCount"]["value"], data["opportunities"]["totalCount"]["value"]


def test_two_companies_have_people_of_different_rights(companies: dict[str, DemoTenant]) -> None:
    assert list(companies) == ["pipeline", "northwind"]
    assert {user.roles for user in companies["pipeline"].users} == {
        (role,) for role in ("admin", "sales-manager", "salesperson", "assistant", "analyst")
    }
    assert {user.roles for user in companies["northwind"].users} == {
        (role,) for role in ("admin", "sales-manager", "salesperson", "assistant")
    }


def test_scopes_show(companies: dict[str, DemoTenant]) -> None:
    seen = {name: counts(token)[0] for name, token in tokens(companies["pipeline"]).items()}
    assert (seen["admin"], seen["nora"], seen["liang"]) == (50, 50, 50)
    assert (
        seen["darcel"] + seen["kary"] + (own := seen["melvin"] - seen["darcel"]) + seen["summer"] - seen["kary"] == 50
    )
    assert 0 < own < seen["melvin"]
    seen = {name: counts(token)[0] for name, token in tokens(companies["northwind"]).items()}
    assert (seen["andrew"], seen["laura"]) == (50, 50)
    assert 0 < seen["nancy"] < 50
    assert seen["michael"] == seen["steven"] == 50 - seen["nancy"]


def test_hidden_fields_show(companies: dict[str, DemoTenant]) -> None:
    query = "{ customers(first: 500) { nodes { owner { name } annualRevenue { amount } phone } } }"
    nodes = {
        name: ask(tokens(companies["northwind"])[name], query)["data"]["customers"]["nodes"]
        for name in ("andrew", "laura", "michael")
    }
    shown = {name: {node["annualRevenue"] is not None for node in each} for name, each in nodes.items()}
    assert shown == {"andrew": {True}, "laura": {False}, "michael": {True, False}}
    mine = [node for node in nodes["michael"] if node["annualRevenue"]]
    assert {node["owner"]["name"] for node in mine} == {"Michael Suyama"}


def test_a_client_can_sign_in_with_the_password(companies: dict[str, DemoTenant]) -> None:
    for company in companies.values():
        for user in company.users:
            assert identify(sign_in(company.slug, user.email, user.password).token).tenant.slug == company.slug


def test_building_again_adds_nothing(companies: dict[str, DemoTenant], tmp_path: Path) -> None:
    before = counts(tokens(companies["pipeline"])["admin"])
    again = build("small", 2, lambda _line: None, tmp_path)
    assert counts(tokens(again[0])["admin"]) == before
