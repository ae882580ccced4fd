"""The invented companies as they stand in the database: whole, and each of their people sees what is theirs."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from saas.cli.demo_world import COMPANIES
from saas.cli.onboarding.read import read_onboarding
from saas.engine.registry import objects
from saas.gateways.files import file_store
from saas.kit.names import sort_key
from saas.kit.settings import settings
from saas.tenants.sign_in import identify, sign_in
from tests.export.place import exported
from tests.lively import CUSTOMERS, TODAY, Lively
from tests.world import Company, Person

SLUGS = ("halden", "yunfan")


@pytest.fixture(params=SLUGS)
def company(request: pytest.FixtureRequest, lively: Lively) -> Company:
    return lively.company(request.param)


def counted(person: Person, of: str, where: str = "{}") -> int:
    value: int = person.ask(f"{{ {of}(filter: {where}) {{ totalCount {{ value }} }} }}")[of]["totalCount"]["value"]
    return value


def test_a_company_has_people_places_products_and_a_year_of_deals(lively: Lively, company: Company) -> None:
    counts = {one.name: lively.count(company, one.table.name) for one in objects()}
    assert (counts["employee"], counts["customer"]) == (20, CUSTOMERS)
    assert counts["department"] >= 8
    assert counts["region"] == 7
    assert counts["business_line"] == 3
    assert counts["product"] > 25
    assert counts["contact"] > 1.3 * CUSTOMERS
    assert counts["opportunity"] > 0.7 * CUSTOMERS
    assert lively.count(company, "opportunity_line") > counts["opportunity"]
    assert counts["exchange_rate"] == 5 * 13
    assert all(counts[name] for name in ("product_unit", "product_component", "industry", "area", "tag"))


def test_everybody_signs_in_with_their_password(company: Company) -> None:
    file = read_onboarding(COMPANIES / f"{company.tenant.slug}.yaml")
    assert len(file.sign_ins) == 20
    for wish in file.sign_ins:
        assert wish.email
        assert wish.password
        assert (
            identify(sign_in(company.tenant.slug, wish.email, wish.password).token).tenant.slug == company.tenant.slug
        )


def test_people_are_known_to_the_day_they_came(lively: Lively, company: Company) -> None:
    people = lively.rows(company, "SELECT phone, hired_on, birthday FROM employee")
    for each in people:
        assert each["phone"]
        assert str(each["birthday"]) < str(each["hired_on"]) < TODAY.isoformat()


def test_a_manager_sees_what_the_sellers_below_do_and_a_seller_what_is_theirs(lively: Lively) -> None:
    halden = lively.halden
    names = ("jonas", "miriam", "tobias")
    deals = {name: counted(halden.people[name], "opportunities") for name in names}
    assert all(deals.values())
    assert counted(halden.petra, "opportunities") == sum(deals.values()) < counted(halden.oliver, "opportunities")
    assert counted(halden.oliver, "opportunities") == counted(halden.katrin, "opportunities")
    # Customers of the department are seen by all who work there.
    assert {counted(halden.people[name], "customers") for name in names} == {counted(halden.petra, "customers")}
    assert counted(halden.petra, "customers") < counted(halden.katrin, "customers") == CUSTOMERS


def test_regions_and_business_lines_cut_across_departments(lively: Lively) -> None:
    halden, yunfan = lively.halden, lively.yunfan
    emea = sum(counted(halden.people[name], "customers") for name in ("petra", "luc", "fiona"))
    assert 0 < counted(halden.sofia, "customers") == emea < CUSTOMERS
    china = '{ region: { code: { in: ["east", "south", "north", "west"] } } }'
    assert counted(yunfan.guolixin, "customers") == counted(yunfan.linzhenhua, "customers", china)
    robots = '{ businessLine: { code: { eq: "robots" } } }'
    assert 0 < counted(yunfan.ouyangming, "opportunities") == counted(yunfan.linzhenhua, "opportunities", robots)


def test_fields_are_hidden_masked_or_written_by_who_may(lively: Lively) -> None:
    shown = "id phone creditLimit { amount } access { writableFields }"
    query = f'{{ customers(filter: {{code: {{eq: "C-000001"}}}}) {{ nodes {{ {shown} }} }} }}'
    seen: dict[str, dict[str, Any]] = {}
    for name in ("katrin", "nadia", "gerd", "marek"):
        (seen[name],) = lively.halden.people[name].ask(query)["customers"]["nodes"]
    phone, limit = seen["katrin"]["phone"], seen["katrin"]["creditLimit"]
    assert seen["marek"] == seen["katrin"] | {"creditLimit": None, "access": {"writableFields": []}}
    assert (seen["nadia"]["phone"], seen["nadia"]["creditLimit"]) == (phone[:3] + "****" + phone[-4:], None)
    assert (seen["gerd"]["phone"], seen["gerd"]["creditLimit"]) == (phone, limit)
    assert "creditLimit" in seen["gerd"]["access"]["writableFields"]
    assert "phone" not in seen["gerd"]["access"]["writableFields"]
    contact = "{ contacts(first: 1) { nodes { phone mobile email } } }"
    assert lively.halden.gerd.ask(contact)["contacts"]["nodes"] == [{"phone": None, "mobile": None, "email": None}]


def test_both_languages_are_searched_and_a_name_is_found_by_its_sound(company: Company, lively: Lively) -> None:
    rows = lively.rows(company, "SELECT name, name_sound FROM customer ORDER BY code")
    latin = next(str(row["name"]) for row in rows if str(row["name"]).isascii())
    han, sound = next((str(row["name"]), str(row["name_sound"])) for row in rows if str(row["name"])[0] > "一")
    query = "query($text: String!) { customers(search: $text, first: 500) { nodes { name } } }"
    for text, name in ((latin.split()[0].lower(), latin), (han[:2], han), (sound.split()[0], han)):
        found = company.boss.ask(query, text=text)["customers"]["nodes"]
        assert name in {node["name"] for node in found}
        assert len(found) < CUSTOMERS / 2


def test_lists_come_in_the_order_of_sounds(lively: Lively) -> None:
    query = "{ contacts(first: 500, orderBy: [{ name: ASC }]) { nodes { name } } }"
    names = [node["name"] for node in lively.yunfan.linzhenhua.ask(query)["contacts"]["nodes"]]
    assert names == sorted(names, key=lambda name: sort_key(name, person=True))
    surnames = list(dict.fromkeys(name[0] for name in names))
    assert surnames.index("陈") < surnames.index("李") < surnames.index("王") < surnames.index("张")


def test_groups_agree_with_the_rows(lively: Lively, company: Company) -> None:
    shown = "keys { stage } count aggregate { amount { sum { amount } } }"
    query = f"{{ opportunityGroups(by: [{{ stage: VALUE }}]) {{ nodes {{ {shown} }} }} }}"
    found = {
        node["keys"]["stage"].lower(): (node["count"], Decimal(node["aggregate"]["amount"]["sum"]["amount"]))
        for node in company.boss.ask(query)["opportunityGroups"]["nodes"]
    }
    rows = lively.rows(company, "SELECT stage, count(*) AS many, sum(amount_base) AS worth FROM opportunity GROUP BY 1")
    assert found == {row["stage"]: (row["many"], row["worth"]) for row in rows}
    assert {"engaging", "won", "lost"} <= found.keys()


def test_foreign_deals_are_worth_something_at_home(lively: Lively, company: Company) -> None:
    base = company.tenant.base_currency
    rows = lively.rows(
        company, "SELECT currency, sum(amount) AS abroad, sum(amount_base) AS home FROM opportunity GROUP BY 1"
    )
    assert {base} < {row["currency"] for row in rows}
    for row in rows:
        assert (row["abroad"] == row["home"]) is (row["currency"] == base)


def test_a_manager_exports_what_they_see_in_the_words_of_the_company(
    lively: Lively, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAAS_FILES", str(tmp_path))
    settings.cache_clear()
    file_store.cache_clear()
    zhou = lively.yunfan.zhouwenbo
    heading, *rows = exported(zhou, 'format: CSV, fields: ["code", "name", "level"]').rows
    assert heading == "编码,名称,级别"
    assert len(rows) == counted(zhou, "customers")
    assert {row.rpartition(",")[2] for row in rows} <= {"A级", "B级", "C级"}
    settings.cache_clear()
    file_store.cache_clear()


def test_every_record_has_its_entry_in_the_audit(lively: Lively, company: Company) -> None:
    written = "SELECT object, count(*) AS many FROM audit WHERE kind = 'created' AND app = 'saas demo' GROUP BY 1"
    told = {row["object"]: row["many"] for row in lively.rows(company, written)}
    assert told.keys() == {
        *("industry", "area", "product", "product_unit", "product_component", "tag", "exchange_rate"),
        *("customer", "contact", "opportunity"),
    }
    for name, many in told.items():
        assert many == lively.count(company, name)
        assert many == lively.count(company, name, "id IN (SELECT record_id FROM audit WHERE kind = 'created')")
