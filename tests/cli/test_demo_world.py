"""Without real data the demo invents customers: each of its people sees what their role allows."""

from pathlib import Path

import pytest

from saas.cli.demo_generated import generate
from saas.cli.demo_report import DemoTenant
from saas.cli.demo_world import COMPANIES, build
from saas.cli.onboarding.onboard import onboard
from saas.cli.onboarding.read import read_onboarding
from saas.tenants.provision import drop_tenant
from saas.tenants.sign_in import identify, sign_in
from tests.cli.onboarding_place import Operator, ask
from tests.tenants.place import Place

WRITTEN = {
    "product": "code, name, list_price::text, cost::text",
    "customer": "code, name, kind, phone, address_city, employee_count, annual_revenue::text, credit_limit::text",
    "contact": "email, name, job_title, mobile",
    "opportunity": "code, name, stage, amount::text, engaged_on, close_on",
}
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


def invented(operator: Operator, seed: int) -> list[tuple[object, ...]]:
    """What is written with this seed into a new company of the same name; people and ids are left out."""
    text = (COMPANIES / "northwind.yaml").read_text("utf-8").replace("slug: northwind", "slug: invented")
    file = read_onboarding(Path(operator.file(text)))
    tenant = onboard(file, create=True, dry_run=False, shown=lambda _plan: None, told=lambda *_: None)
    assert tenant is not None
    generate(tenant, file.blueprint, seed, lambda _line: None)
    found = []
    for table, columns in WRITTEN.items():
        found += operator.rows("invented", f"SELECT '{table}', {columns} FROM {{}}.{table} ORDER BY 2, 3")
    drop_tenant(tenant)
    return found


def test_the_same_seed_invents_the_same_and_another_one_something_else(operator: Operator) -> None:
    once, again, other = (invented(operator, seed) for seed in (1, 1, 2))
    assert len([row for row in once if row[0] == "customer"]) == 50
    assert once == again
    assert {row for row in once if row[0] == "customer"} & {row for row in other if row[0] == "customer"} == set()


def test_building_again_adds_nothing(companies: dict[str, DemoTenant], tmp_path: Path) -> None:
    before = counts(tokens(companies["pipeline"])["admin"])
    again = build("small", 2, lambda _line: None, tmp_path)
    assert counts(tokens(again[0])["admin"]) == before
