"""A list as CSV, by the front door: columns, words, amounts, references, and no formula."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from saas.modules.customers.customer import Customer, CustomerKind
from tests.export.place import exported, followed, wished
from tests.transfer.place import bring, sentences, tally
from tests.world import World

OF = "filter: { id: { in: $ids } }, orderBy: [{ name: ASC }], format: CSV"


@pytest.fixture(scope="module")
def made(world: World) -> list[UUID]:
    """Two customers of sam's."""
    values = {
        "owner_id": world.garage.sam.id,
        "annual_revenue": Decimal("-1200.50"),
        "annual_revenue_currency": "USD",
        "kind": CustomerKind.PERSON,
        "phone": "+86 10 5555",
        "address_country": "DE",
        "address_city": "Köln",
        "founded_year": 1999,
    }
    rows: list[dict[str, Any]] = [
        {"name": "Exported 二", **values},
        {"name": '=HYPERLINK("x"),\n1', "notes": "@cmd\r\nb"},
    ]
    return world.garage.make_many(Customer, rows)


def test_the_fields_asked_for_are_its_columns_in_their_order(world: World, made: list[UUID]) -> None:
    fields = 'fields: ["name", "kind", "annualRevenue", "owner", "phone", "address", "isPartner", "foundedYear"]'
    ((code,),) = world.sql(world.garage, "SELECT code FROM employee WHERE id = %s", world.garage.sam.id)
    found = exported(world.garage.ada, f"{OF}, {fields}", ids=[str(each) for each in made])
    assert found.content.startswith(b"\xef\xbb\xbfName,")
    text = found.content.decode("utf-8-sig")
    assert text == (
        "Name,Kind,Annual revenue,Annual revenue currency,Owner,Owner code,Phone,Address country,Address province,"
        "Address city,Address district,Address street,Address second street line,Address postal code,Partner,"
        "Founded in\r\n"
        f"Exported 二,Person,-1200.5,USD,sam,{code},'+86 10 5555,Germany,,Köln,,,,,no,1999\r\n"
        '"\'=HYPERLINK(""x""), 1",Company,,,,,,,,,,,,,no,\r\n'
    )
    assert found.run["progress"] == {"rows": 2}
    assert found.run["file"]["name"].startswith("Customers 20")
    assert found.run["file"]["type"] == "text/csv"
    assert found.run["file"]["size"] == len(found.content)


def test_what_the_list_would_refuse_is_refused_at_once(world: World) -> None:
    ada = world.garage.ada
    assert wished(ada, 'format: CSV, fields: ["nom"]')["problems"][0]["path"] == ["fields", "0"]
    (problem,) = wished(world.garage.vera, "format: CSV")["problems"]
    assert (problem["code"], problem["message"][:38]) == ("FORBIDDEN", "You need the right customer.export. An")


def test_an_export_is_its_starters_own(world: World, made: list[UUID]) -> None:
    run = exported(world.garage.ada, OF, ids=[str(made[0])]).run
    for stranger in (world.garage.sam, world.rival.rita):
        assert followed(stranger, UUID(run["id"])) is None
        assert stranger.ask("query($id: ID!) { file(id: $id) { id } }", id=run["file"]["id"]) == {"file": None}


def test_what_is_imported_again_is_unchanged(world: World, made: list[UUID]) -> None:
    ada = world.garage.ada
    fields = 'fields: ["name", "kind", "annualRevenue", "owner", "phone", "isPartner", "foundedYear"]'
    found = exported(ada, f"{OF}, {fields}, language: ZH", ids=[str(each) for each in made])
    assert found.rows[0] == "名称,类别,年营业额,年营业额币种,负责人,负责人编码,电话,合作伙伴,成立年份"
    mapping = {
        "object": "customer",
        "key": ["name"],
        "columns": {
            "name": "名称",
            "kind": "类别",
            "annual_revenue": {"columns": ["年营业额", "年营业额币种"]},
            "owner_id": {"column": "负责人编码", "reference": {"by": "code"}},
            "phone": "电话",
            "is_partner": "合作伙伴",
            "founded_year": "成立年份",
        },
    }
    counts, issues = bring(ada.tenant, found.content.decode(), mapping, ada)
    assert (tally(counts), sentences(issues)) == ({"rows": 2, "unchanged": 2}, [])


def test_what_a_filter_says_is_the_same_when_the_worker_begins(world: World) -> None:
    ada = world.garage.ada
    rows = [{"name": f"Kept {i}", "website": "kept.test", "annual_revenue": Decimal(i)} for i in (1, 2, 3)]
    world.garage.make_many(Customer, rows)
    arguments = """
        filter: { and: [
          { website: { eq: "kept.test" } }, { annualRevenue: { gte: "1.5" } }, { kind: { in: [COMPANY] } },
          { createdAt: { in: THIS_YEAR, last: { n: 2, unit: DAY }, gte: "2026-01-01T00:00:00Z" } }
          { not: { name: { startsWith: "x" } } }
        ] }, search: "kept", orderBy: [{ annualRevenue: DESC_NULLS_FIRST }, { name: ASC }], trash: INCLUDE"""
    nodes = ada.ask(f"{{ customers({arguments}) {{ nodes {{ name }} }} }}")["customers"]["nodes"]
    assert [node["name"] for node in nodes] == ["Kept 3", "Kept 2"]
    assert exported(ada, f'{arguments}, format: CSV, fields: ["name"]').rows == ["Name", "Kept 3", "Kept 2"]
