"""XLSX, JSON Lines, lines of documents, languages: what the forms have in common and what sets them apart."""

import io
import re
import zipfile
from datetime import date
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import orjson
import pytest

from saas.engine.access.tables import ANY, RowScope
from saas.engine.export import xlsx_sheet
from saas.engine.export.cells import Cell, Column, Find
from saas.engine.export.run import perform
from saas.modules.organisation.rights import Grants, Right
from tests.engine.people import hire
from tests.export.place import exported, followed, started, wished
from tests.world import Person, World

OF = "filter: { id: { in: $ids } }, orderBy: [{ name: ASC }]"
FIELDS = 'fields: ["name", "stage", "amount", "engagedOn", "tags"]'
LINES = 'lines: true, lineFields: ["description", "quantity", "amount"]'
NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
MAKE = """
mutation($input: OpportunityCreateInput!) { opportunityCreate(input: $input) { id problems { message } } }
"""
PERMIT = """
mutation($id: ID!) {
  employeeGrantSpecials(id: $id, specials: [{ key: "export.excel", value: true }]) { problems { message } }
}
"""


@pytest.fixture(scope="module")
def xena(world: World) -> Person:
    """May do anything, Excel too."""
    found = hire(world.garage, "xena", Grants(frozenset({Right(ANY, ANY, RowScope.ALL)})))
    permit_excel(world, found)
    return found


@pytest.fixture(scope="module")
def made(world: World) -> list[str]:
    """One with two lines, one without."""
    lines = [
        {"description": "=1+1", "quantity": "2", "unitPrice": {"amount": "10.50"}},
        {"description": "Second", "quantity": "1.5", "unitPrice": {"amount": "1"}},
    ]
    found = []
    for values in (
        {"name": "@A deal", "engagedOn": "2026-02-03", "lines": lines},
        {"name": "B_x0041_ deal", "stage": "WON"},
    ):
        payload = world.garage.ada.ask(MAKE, input=values)["opportunityCreate"]
        assert payload["problems"] == []
        found.append(payload["id"])
    return found


def sheet(content: bytes, number: int) -> list[list[Any]]:
    """The cells of a sheet by their kinds: texts, numbers, and None; it has no formula."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        text = archive.read(f"xl/worksheets/sheet{number}.xml").decode()
    assert "<f>" not in text
    return cells(text)


def cells(text: str) -> list[list[Any]]:
    """The values of the cells of a sheet, row by row."""
    rows = ElementTree.fromstring(text).iter(f"{NAMESPACE}row")  # noqa: S314  # our own file
    return [[_value(cell) for cell in row] for row in rows]


def _value(cell: ElementTree.Element) -> Any:
    if cell.get("t") == "inlineStr":
        return re.sub("_x([0-9A-F]{4})_", lambda found: chr(int(found[1], 16)), "".join(cell.itertext()))
    value = cell.find(f"{NAMESPACE}v")
    return None if value is None else Decimal(value.text or "")


def test_json_lines_are_named_and_typed_as_in_the_api(world: World, made: list[str]) -> None:
    found = exported(world.garage.ada, f"{OF}, format: JSON_LINES, {FIELDS}, {LINES}", "opportunity", ids=made)
    first, second = (orjson.loads(line) for line in found.content.splitlines())
    query = """query($id: ID!) { opportunity(id: $id) {
        id name stage amount { amount currency } engagedOn tags { id name }
        lines { id description quantity amount { amount currency } } } }"""
    assert first == world.garage.ada.ask(query, id=made[0])["opportunity"]
    assert second == world.garage.ada.ask(query, id=made[1])["opportunity"]
    assert [line["amount"]["amount"] for line in first["lines"]] == ["21", "1.5"]


def test_csv_repeats_the_document_on_each_of_its_lines(world: World, made: list[str]) -> None:
    found = exported(world.garage.ada, f"{OF}, format: CSV, {FIELDS}, {LINES}", "opportunity", ids=made)
    assert found.rows == [
        "Name,Stage,Amount,Amount currency,Engaged on,Tags,Opportunity line: Description,Opportunity line: Quantity,"
        "Opportunity line: Amount,Opportunity line: Amount currency",
        "'@A deal,Prospecting,22.5,USD,2026-02-03,,'=1+1,2,21,USD",
        "'@A deal,Prospecting,22.5,USD,2026-02-03,,Second,1.5,1.5,USD",
        "B_x0041_ deal,Won,,,,,,,,",
    ]


def test_xlsx_has_texts_numbers_and_dates_and_a_sheet_of_lines(world: World, xena: Person, made: list[str]) -> None:
    found = exported(xena, f"{OF}, format: XLSX, {FIELDS}, {LINES}", "opportunity", ids=made)
    day = Decimal((date(2026, 2, 3) - date(1899, 12, 30)).days)
    assert sheet(found.content, 1) == [
        ["Name", "Stage", "Amount", "Amount currency", "Engaged on", "Tags"],
        ["@A deal", "Prospecting", Decimal("22.5"), "USD", day, None],
        ["B_x0041_ deal", "Won", None, None, None, None],
    ]
    assert sheet(found.content, 2) == [
        ["Opportunity Name", "Description", "Quantity", "Amount", "Amount currency"],
        ["@A deal", "=1+1", Decimal(2), Decimal(21), "USD"],
        ["@A deal", "Second", Decimal("1.5"), Decimal("1.5"), "USD"],
    ]
    assert found.run["file"]["name"].endswith(".xlsx")


def test_chinese_headings_and_labels_and_codes(world: World, made: list[str]) -> None:
    ask = f'{OF}, format: CSV, fields: ["name", "stage"]'
    found = exported(world.garage.ada, f"{ask}, language: ZH", "opportunity", ids=made)
    assert found.rows[0] == "名称,阶段"
    assert found.rows[2].endswith(",已赢单")
    codes = exported(world.garage.ada, f"{ask}, codes: true", "opportunity", ids=made)
    assert codes.rows[2].endswith(",WON")


def test_lines_are_asked_of_documents_only(world: World) -> None:
    answer = wished(world.garage.ada, 'format: CSV, lineFields: ["quantity"]', "opportunity")
    assert (answer["id"], answer["problems"][0]["path"]) == (None, ["lineFields"])
    errors = world.garage.ada.errors("mutation { customerExport(format: CSV, lines: true) { id } }")
    assert "lines" in errors[0]["message"]


def test_more_than_a_sheet_holds_ends_it(
    world: World, xena: Person, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_sheet, "MAX_ROWS", 2)
    run_id = started(xena, f"{OF}, format: XLSX", "opportunity", ids=made)
    perform(xena.tenant, xena.id, run_id)
    run = followed(xena, run_id)
    assert (run["state"], run["file"]) == ("FAILED", None)
    assert run["reason"].startswith("A sheet holds 1 rows below its headings, and these are more. Narrow the filter")


def test_what_excel_cannot_hold_is_a_text() -> None:
    out = io.BytesIO()
    kinds = {"n": Cell.NUMBER, "d": Cell.DATE, "m": Cell.MOMENT, "b": Cell.TRUTH, "t": Cell.TEXT}
    columns = [Column(name, kind, finding(name)) for name, kind in kinds.items()]
    written = xlsx_sheet.Sheet(out, columns)
    fits = {"n": "-0.00123", "d": "1900-03-01", "m": "2026-01-02 06:00:00", "b": True, "t": "\x0b<&>"}
    too_much = {"n": "1234567890.123456", "d": "1900-02-28", "m": "1899-01-01 00:00:00", "b": None, "t": "x" * 40_000}
    written.add([fits, too_much])
    written.end()
    rows = cells(out.getvalue().decode())
    assert rows[1] == [Decimal("-0.00123"), Decimal(61), Decimal("46024.25000000"), Decimal(1), "\x0b<&>"]
    assert rows[2] == ["1234567890.123456", "1900-02-28", "1899-01-01 00:00:00", None, "x" * 32_766 + "…"]


def finding(name: str) -> Find:
    """What a column finds its values with."""
    return lambda records: [record[name] for record in records]


def permit_excel(world: World, person: Person) -> None:
    """Have the administrator grant it."""
    payload = world.garage.ada.ask(PERMIT, id=str(person.id))["employeeGrantSpecials"]
    assert payload["problems"] == []
