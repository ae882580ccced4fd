"""A list as CSV, by the front door: columns, words, amounts, references, and no formula."""

from decimal import Decimal
from uuid import UUID

import pytest

from saas.modules.customers.customer import Customer, CustomerKind
from tests.export.place import exported, followed, wished
from tests.transfer.place import bring
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
    rows = [{"name": "Exported 二", **values}, {"name": '=HYPERLINK("x"),\n1', "notes": "@cmd\r\nb"}]
    return world.garage.make_many(Customer, rows)


def test_the_fields_asked_for_are_its_columns_in_their_order(world: World, made: list[UUID]) -> None:
    fields = 'fields: ["name", "kind", "annualRevenue", "owner", "phone", "address", "isPartner", "foundedYear"]'
    ((code,),) = world.sql(world.garage, "SELECT code FROM employee WHERE id = %s", world.garage.sam.id)
    found = exported(world.garage.ada, f"{OF}, {fields}", ids=[str(each) for each in made])
    assert found.content.startswith(b"\xef\xbb\xbfName,")
    text = found.content.decode("utf-8-sig")
    assert text == (
        "Name,Kind,Annual revenue,Annual revenue currency,Owner,Owner code,Phone,Address country,Address province,"
        "Address city,Address district,Address street,Address second street line,Address postal code,Partner,Founded in\r\n"
        f"Exported 二,Person,-1200.5,USD,sam,{code},'+86 10 5555,Germany,,Köln,,,,,no,1999\r\n"
        '"\'=HYPERLINK(""x""),\n1",Company,,,,,,,,,,,,,no,\r\n'
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


def test_the_file_can_be_imported_again(world: World, made: list[UUID]) -> None:
    ada = world.garage.ada
    fields = 'fields: ["name", "kind", "annualRevenue", "owner", "phone", "isPartner", "foundedYear"]'
    found = exported(ada, f"{OF}, {fields}, language: ZH", ids=[str(each) for each in made])
    assert found.rows[0] == "名称,类别,年营业额,年营业额币种,负责人,负责人编码,电话,合作伙伴,成立年份"
    mapping = {
        "object": "customer",
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
    assert (counts.created, [issue for issue in issues if issue.severity == "error"]) == (2, [])
    again = exported(ada, f"filter: {{ foundedYear: {{ eq: 1999 }} }}, format: CSV, {fields}, language: ZH")
    assert again.rows[1] == again.rows[2] == found.rows[1]
