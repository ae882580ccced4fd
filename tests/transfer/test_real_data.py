"""Two real companies, with the flaws that real data has: counted to the row."""

import csv
from collections import Counter
from typing import Any

import pytest

from saas.cli.demo_data.load import import_northwind, import_pipeline, mapping_named
from saas.engine.transfer.report import RunReport
from tests.transfer.place import DATA, bring, needs_data, tally
from tests.world import World

pytestmark = [needs_data, pytest.mark.slow]


def rows(file: str) -> list[dict[str, str]]:
    with (DATA / file).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def tallies(reports: dict[str, RunReport]) -> dict[str, dict[str, int]]:
    return {name: tally(report.counts) for name, report in reports.items()}


@pytest.fixture(scope="module")
def loaded(world: World) -> dict[str, dict[str, int]]:
    """The pipeline in garage, with the correction of `GTXPro` that the mapping holds."""
    return tallies(import_pipeline(world.garage.tenant, DATA))


def test_the_pipeline_goes_in_as_a_whole(loaded: dict[str, dict[str, int]]) -> None:
    empty = sum(not row["account"] for row in rows("pipeline/sales_pipeline.csv"))
    assert empty == 1425
    assert loaded == {
        "pipeline_departments": {"rows": 3, "created": 3},
        "pipeline_managers": {"rows": 6, "created": 6},
        "pipeline_agents": {"rows": 35, "created": 35},
        "pipeline_products": {"rows": 7, "created": 7},
        "pipeline_industries": {"rows": 10, "created": 10},
        "pipeline_areas": {"rows": 15, "created": 15},
        "pipeline_accounts": {"rows": 85, "created": 85},
        "pipeline_owners": {"rows": 85, "updated": 85},
        "pipeline_opportunities": {"rows": 8800, "created": 8800, "warnings": empty},
    }


@pytest.mark.usefixtures("loaded")
def test_what_was_imported_is_what_the_files_say(world: World) -> None:
    def ask(statement: str) -> list[tuple[Any, ...]]:
        return world.sql(world.garage, statement)

    file = rows("pipeline/sales_pipeline.csv")
    coded = "FROM opportunity WHERE length(code) = 8"
    assert dict(ask(f"SELECT stage, count(*) {coded} GROUP BY 1")) == {
        stage.lower(): number for stage, number in Counter(row["deal_stage"] for row in file).items()
    }
    assert ask(f"SELECT sum(amount) {coded}") == [(sum(int(row["close_value"] or 0) for row in file),)]
    assert ask(f"SELECT count(*), count(DISTINCT owner_id), count(department_id) {coded}") == [(8800, 30, 8800)]
    assert ask(f"SELECT count(engaged_on), count(close_on) {coded}") == [(8300, 6711)]
    assert ask("SELECT name, amount, engaged_on::text FROM opportunity WHERE code = 'Z063OYW0'") == [
        ("Isdom · GTX Pro", 4514, "2016-10-25")
    ]
    assert ask("SELECT name, customer_id FROM opportunity WHERE code = 'HAXMC4IX'") == [("MG Advanced", None)]
    parents = "SELECT c.name, p.name FROM customer c JOIN customer p ON p.id = c.parent_id"
    assert dict(ask(parents)) == {
        row["account"]: row["subsidiary_of"] for row in rows("pipeline/accounts.csv") if row["subsidiary_of"]
    }
    industry = "SELECT i.name, a.name, annual_revenue FROM customer c JOIN industry i ON i.id = c.industry_id"
    assert ask(f"{industry} JOIN area a ON a.id = c.area_id WHERE c.name = 'Acme Corporation'") == [
        ("technology", "United States", 1_100_040_000)
    ]
    line = "SELECT e.name, s.name, d.name FROM employee e JOIN employee s ON s.id = e.superior_id"
    line += " JOIN department d ON d.id = e.department_id WHERE e.job_title = 'Sales agent'"
    assert sorted(ask(line)) == sorted(
        (row["sales_agent"], row["manager"], row["regional_office"]) for row in rows("pipeline/sales_teams.csv")
    )


@pytest.mark.usefixtures("loaded")
def test_the_same_files_again_change_nothing(world: World) -> None:
    audits = world.sql(world.garage, "SELECT count(*) FROM audit")
    again = tallies(import_pipeline(world.garage.tenant, DATA, limit=500))
    assert all(each["unchanged"] == each["rows"] for name, each in again.items() if name != "pipeline_owners")
    assert again["pipeline_opportunities"]["rows"] == 500
    file = (DATA / "pipeline" / "sales_pipeline.csv").read_text("utf-8")
    counts, _ = bring(world.garage.tenant, file, mapping_named("pipeline_opportunities").model_dump())
    assert tally(counts) == {"rows": 8800, "unchanged": 8800, "warnings": 1425}
    owners = again["pipeline_owners"].get("updated", 0)  # of 500 opportunities other agents have most
    assert world.sql(world.garage, "SELECT count(*) FROM audit") == [(audits[0][0] + owners,)]


@pytest.mark.usefixtures("loaded")
def test_without_the_correction_every_unknown_product_refuses_its_row(world: World) -> None:
    file = (DATA / "pipeline" / "sales_pipeline.csv").read_text("utf-8")
    mapping = mapping_named("pipeline_opportunities").model_dump()
    mapping["columns"]["product"]["values"] = {}
    counts, issues = bring(world.garage.tenant, file, mapping, dry_run=True)
    data = rows("pipeline/sales_pipeline.csv")
    unknown = [line for line, row in enumerate(data, start=2) if row["product"] == "GTXPro"]
    kept_without = sum(not row["account"] for row in data if row["product"] != "GTXPro")
    assert (len(unknown), kept_without) == (1480, 1203)
    assert (counts.refused, counts.warnings, counts.unchanged) == (1480, 1203, 7320)
    refused = [issue for issue in issues if issue.severity == "error"]
    assert [issue.line for issue in refused] == unknown
    assert {(issue.field, issue.code, issue.message) for issue in refused} == {
        ("product", "NOT_FOUND", "Product: there is no product with the name “GTXPro”. Is “GTX Pro” meant?")
    }


def test_northwind_goes_in_as_a_whole(world: World) -> None:
    reports = tallies(import_northwind(world.rival.tenant, DATA))
    assert reports == {
        "northwind_employees": {"rows": 9, "created": 9},
        "northwind_areas": {"rows": 21, "created": 21},
        "northwind_customers": {"rows": 91, "created": 91, "warnings": 2},  # two that have a telephone number in common
        "northwind_contacts": {"rows": 91, "created": 91},
        "northwind_products": {"rows": 77, "created": 77},
    }

    def ask(statement: str) -> list[tuple[Any, ...]]:
        return world.sql(world.rival, statement)

    told = ask("SELECT message FROM import_issue WHERE severity = 'warning' ORDER BY line")
    assert told == [("Another customer has the same phone, or nearly.",)] * 2

    line = "SELECT e.code, s.code FROM employee e JOIN employee s ON s.id = e.superior_id"
    assert dict(ask(line)) == {
        row["employee_id"]: row["reports_to"] for row in rows("northwind/employees.csv") if row["reports_to"]
    }
    assert ask("SELECT name, address_postal_code FROM customer WHERE code = 'ANATR'") == [
        ("Ana Trujillo Emparedados y helados", "05021")
    ]
    assert ask("SELECT list_price::text, series, unit FROM product WHERE code = '5'") == [
        ("21.350000", "Condiments", "36 boxes")
    ]
    assert ask("SELECT count(*) FROM product WHERE is_discontinued") == [
        (sum(row["discontinued"] == "1" for row in rows("northwind/products.csv")),)
    ]
    person = "SELECT t.name, t.job_title FROM contact t JOIN customer c ON c.id = t.customer_id WHERE c.code = 'ALFKI'"
    assert ask(person) == [("Maria Anders", "Sales Representative")]
    again = tallies(import_northwind(world.rival.tenant, DATA))
    assert all(each["unchanged"] == each["rows"] for each in again.values())
