"""Workbooks for tests: as Excel writes them, and put together part by part where Excel would not."""

import io
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import xlsxwriter

from saas.engine.transfer.entry import Sheet, sheet_of
from saas.engine.transfer.xlsx import xlsx_content

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
RELATIONS = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'


def workbook(fill: Callable[[Any, Any], None], **options: Any) -> bytes:
    """A workbook of one sheet that `fill` writes, given the book and the sheet."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, options) as book:
        fill(book, book.add_worksheet("Data"))
    return out.getvalue()


def table(rows: Sequence[Any]) -> bytes:
    """A workbook of one sheet with these values."""

    def fill(_book: Any, sheet: Any) -> None:
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)

    return workbook(fill)


def parts(sheet: str, **more: str) -> bytes:
    """A workbook whose sheet holds this XML; `more` are other parts, with `_` for `/`, such as xl_styles."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook {MAIN} {RELATIONS}><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        archive.writestr("xl/_rels/workbook.xml.rels", _related("r1", "worksheet", "worksheets/sheet1.xml"))
        archive.writestr("_rels/.rels", _related("r", "officeDocument", "xl/workbook.xml"))
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
        for name, text in more.items():
            archive.writestr(name.replace("_", "/") + ".xml", text)
    return out.getvalue()


def _related(id_: str, kind: str, target: str) -> str:
    return f'<Relationships><Relationship Id="{id_}" Type="{_KIND}{kind}" Target="{target}"/></Relationships>'


def data(rows: str) -> str:
    """The XML of a sheet with these rows."""
    return f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"


def read(content: bytes, sheet: str | None = None) -> Sheet:
    """What is read of it."""
    return sheet_of(xlsx_content(io.BytesIO(content), sheet))


def cells(content: bytes, sheet: str | None = None) -> list[tuple[str, ...]]:
    return [entry.cells for entry in read(content, sheet).entries]
