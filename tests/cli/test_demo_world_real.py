"""With the real data at hand the demo is the real companies, each customer looked after by somebody."""

import pytest

from saas.cli.demo_data.load import has_data
from saas.cli.demo_report import DemoTenant
from saas.cli.demo_wish import SHARED_DATA, DemoWish, Size, World
from saas.cli.demo_world import build
from tests.cli.onboarding_place import ask
from tests.tenants.place import Place

pytestmark = pytest.mark.skipif(not has_data(SHARED_DATA), reason="the real data sets are not at ../shared/data")


@pytest.fixture(scope="module")
def companies(place: Place) -> dict[str, DemoTenant]:
    lines: list[str] = []
    found = {company.slug: company for company in build(DemoWish(World.REAL, Size.SMALL), lines.append)}
    assert [line for line in lines if " new " in line] == [
        "pipeline: no new departments",
        "pipeline: 4 new employees",
        "pipeline: 33 new employees",
        "pipeline: 7 new products",
        "pipeline: 10 new industries",
        "pipeline: 15 new areas",
        "pipeline: 85 new customers",
        "pipeline: no new customers",  # this file tells who looks after them
        "pipeline: 500 new opportunities",
        "northwind: 4 new employees",
        "northwind: 21 new areas",
        "northwind: 91 new customers",
        "northwind: 91 new contacts",
        "northwind: 77 new products",
    ]
    return found


def token(company: DemoTenant, name: str) -> str:
    return next(user.token for user in company.users if user.email.startswith(f"{name}@"))


def count(token: str, of: str) -> int:
    value: int = ask(token, f"{{ {of} {{ totalCount {{ value }} }} }}")["data"][of]["totalCount"]["value"]
    return value


def test_the_pipeline_is_that_of_the_files(companies: dict[str, DemoTenant]) -> None:
    admin = token(companies["pipeline"], "admin")
    # 35 agents and 6 managers, among them four of the onboarding file's seven people.
    assert count(admin, "employees") == 35 + 6 + 3
    assert (count(admin, "customers"), count(admin, "products"), count(admin, "opportunities")) == (85, 7, 500)


def test_a_manager_sees_the_office_and_an_agent_what_is_theirs(companies: dict[str, DemoTenant]) -> None:
    pipeline = companies["pipeline"]
    melvin, darcel = (count(token(pipeline, name), "opportunities") for name in ("melvin", "darcel"))
    assert 0 < darcel < melvin < 500
    assert 0 < count(token(pipeline, "darcel"), "customers") < count(token(pipeline, "melvin"), "customers") < 85


def test_northwind_is_that_of_the_files(companies: dict[str, DemoTenant]) -> None:
    andrew = token(companies["northwind"], "andrew")
    assert [count(andrew, of) for of in ("employees", "customers", "contacts", "products")] == [9, 91, 91, 77]
    query = "{ employees { nodes { code superior { code } department { code } } } }"
    nodes = ask(andrew, query)["data"]["employees"]["nodes"]
    line = {node["code"]: node["superior"] and node["superior"]["code"] for node in nodes}
    assert line == {"2": None, **dict.fromkeys("13458", "2"), **dict.fromkeys("679", "5")}
    assert {node["code"] for node in nodes if node["department"] is None} == set()


def test_each_customer_is_looked_after_by_who_takes_its_orders(companies: dict[str, DemoTenant]) -> None:
    andrew, nancy = (token(companies["northwind"], name) for name in ("andrew", "nancy"))
    query = '{ customers(filter: {code: {eq: "ERNSH"}}) { nodes { owner { name } creditLimit { amount } } } }'
    (ernst,) = ask(andrew, query)["data"]["customers"]["nodes"]
    assert ernst == {"owner": {"name": ernst["owner"]["name"]}, "creditLimit": {"amount": "30000"}}
    assert 0 < count(nancy, "customers") < 91
