"""Workbooks: what Excel shows is what is read; what is broken, or a bomb, is refused with a reason."""

import io
import struct
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from saas.engine.transfer import xlsx_book
from saas.engine.transfer.xlsx import xlsx_content
from saas.kit.errors import BadInput
from tests.transfer.workbooks import cells, data, parts, read, table, workbook

NUMBERS = [0, 1, -17, 0.1, 0.1 + 0.2, 59.97, 1234567890123456, 1e-7, 1e21, 12.5]


def test_texts_numbers_and_truth() -> None:
    rows = [["name", "n", "is"], ["张三 & <Söhne>", 12, True], ["  spaced ", 0.1 + 0.2, False], ["", "", ""]]
    assert read(table(rows)).header == ("name", "n", "is")
    assert cells(table(rows)) == [("张三 & <Söhne>", "12", "true"), ("  spaced ", "0.3", "false")]


def test_numbers_are_those_that_excel_counts_with() -> None:
    found = [row[0] for row in cells(table([["n"], *([number] for number in NUMBERS)]))]
    assert found == ["0", "1", "-17", "0.1", "0.3", "59.97", "1234567890123460", "0.0000001", "1" + "0" * 21, "12.5"]


@pytest.mark.parametrize("since_1904", [False, True])
def test_dates_moments_and_percent_are_told_by_their_formats(since_1904: bool) -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["day", "moment", "time", "percent", "plain", "money", "chinese"])
        formats = ["yyyy-mm-dd", 'dd.mm.yy "um" hh:mm:ss', "hh:mm", "0.0%", "0.00", '[Red]#,##0 "days"', "yyyy年m月d日"]
        values = [
            date(2026, 11, 28),
            datetime(2026, 11, 28, 7, 59, 59),  # noqa: DTZ001  # Excel knows no zones
            time(8, 30),
            0.125,
            45_000,
            45_000,
            date(2026, 3, 1),
        ]  # Excel knows no zones
        for place, (form, value) in enumerate(zip(formats, values, strict=True)):
            write = sheet.write_datetime if isinstance(value, date | time) else sheet.write_number
            write(1, place, value, book.add_format({"num_format": form}))

    content = workbook(fill, date_1904=since_1904)
    assert cells(content) == [
        ("2026-11-28", "2026-11-28 07:59:59", "08:30:00", "12.5%", "45000", "45000", "2026-03-01")
    ]


def test_the_days_before_the_day_that_never_was() -> None:
    styles = '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    days = "".join(f'<row><c s="1"><v>{day}</v></c></row>' for day in (1, 59, 61, 2958465))
    content = parts(data(f'<row><c t="str"><v>d</v></c></row>{days}'), xl_styles=styles)
    assert [row[0] for row in cells(content)] == ["1900-01-01", "1900-02-28", "1900-03-01", "9999-12-31"]


def test_formulas_are_what_excel_computed_last() -> None:
    def fill(_book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["a", "b", "c"])
        sheet.write_formula(1, 0, "=1+1", value=2)
        sheet.write_formula(1, 1, '="x"&"y"', value="xy")
        sheet.write_string(1, 2, "=1+1")
        sheet.write_formula(2, 0, "=1/0", value="#DIV/0!")

    first, second = read(workbook(fill)).entries
    assert first.cells == ("2", "xy", "=1+1")
    assert second.wrong == "A cell holds the error #DIV/0!."


def test_rich_texts_are_whole_and_what_is_read_aloud_is_left_out() -> None:
    aloud = '<si><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh></si>'
    texts = f"<sst><si><r><t>Great </t></r><r><t>Wall</t></r></si>{aloud}</sst>"
    header = '<row><c t="inlineStr"><is><t>n</t></is></c></row>'
    rows = header + "".join(f'<row><c t="s"><v>{number}</v></c></row>' for number in (0, 1))
    assert cells(parts(data(rows), xl_sharedStrings=texts)) == [("Great Wall",), ("東京",)]


def test_cells_that_are_left_out_are_empty_and_rows_keep_their_numbers() -> None:
    rows = (
        '<row r="2"><c r="A2" t="str"><v>a</v></c><c r="C2" t="str"><v>c</v></c></row>'
        '<row r="7"><c r="C7"><v>3</v></c></row><row r="9"><c r="A9"><v>1</v></c></row>'
    )
    sheet = read(parts(data(rows)))
    assert sheet.header == ("a", "", "c")
    assert [(entry.line, entry.cells) for entry in sheet.entries] == [(7, ("", "", "3")), (9, ("1", "", ""))]


def test_a_sheet_is_chosen_by_name_else_the_first_that_is_shown() -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["x"])
        sheet.write_row(1, 0, ["hidden"])
        other = book.add_worksheet("订单")
        other.write_row(0, 0, ["x"])
        other.write_row(1, 0, ["shown"])
        other.activate()
        sheet.hide()

    content = workbook(fill)
    assert (cells(content), cells(content, "Data")) == ([("shown",)], [("hidden",)])
    with pytest.raises(BadInput, match=r"The workbook has no sheet 'Nope'\. It has Data, 订单\."):
        cells(content, "Nope")


def test_another_reader_agrees() -> None:
    rows = [
        ["name", "number", "is", "text"],
        *([f"客户 {i}", NUMBERS[i % len(NUMBERS)], i % 2 == 0, None if i % 3 else f"'q{i}"] for i in range(2_000)),
    ]
    content = table(rows)
    theirs = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()

    def told(value: Any) -> Any:
        if isinstance(value, bool):
            return "true" if value else "false"
        return float(format(value, ".15g")) if isinstance(value, float) else value

    ours = [(a, float(Decimal(b)), c, d) for a, b, c, d in cells(content)]
    assert ours == [tuple(map(told, row)) for row in theirs[1:]]


FAR = '<row r="1"><c r="A1" t="str"><v>a</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
DTD = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04 and nothing else", "This is no Excel workbook that can be read (File is not a zip file)."),
        (parts(data("")), "The sheet is empty."),
        (parts(data("<row><c>")), "The workbook is damaged: mismatched tag"),
        (parts(data(FAR)), "Row 1048576 has a cell in column 16,384; at most 1,000 are read."),
        (parts(data('<row r="1048577"/>')), "The workbook is damaged: row 1048577 stands behind row 0."),
        (parts(data('<row r="3"/><row r="2"/>')), "The workbook is damaged: row 2 stands behind row 3."),
        (parts(data('<row><c r="B1"/><c r="A1"/></row>')), "The workbook is damaged: the cell A1 is out of order."),
        (parts(DTD + data("")), "The workbook holds a document type declaration."),
    ],
)
def test_what_is_broken_is_refused_with_a_reason(content: bytes, message: str) -> None:
    with pytest.raises(BadInput) as caught:
        read(content)
    assert caught.value.message.startswith(message)


def test_wrong_cells_refuse_their_row_alone() -> None:
    values = ('t="str"><v>a', 't="s"><v>7', "><v>many", "><v>1")
    rows = "".join(f"<row><c {value}</v></c></row>" for value in values)
    assert [entry.wrong for entry in read(parts(data(rows))).entries] == [
        "A cell refers to a text that is not in the file.",
        "A cell holds many, which is no number.",
        "",
    ]


def test_a_file_cut_in_the_middle_is_refused() -> None:
    content = table([["n"], *([i] for i in range(5_000))])
    with pytest.raises(BadInput, match="This is no Excel workbook that can be read"):
        read(content[: len(content) // 2])
    damaged = bytearray(content)
    start = content.index(b"xl/worksheets/sheet1.xml") + 200
    damaged[start : start + 50] = bytes(50)
    with pytest.raises(BadInput):
        read(bytes(damaged))


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    with pytest.raises(BadInput, match=r"This is no Excel workbook: it has no xl/workbook\.xml\. Save it as \.xlsx\."):
        read(out.getvalue())


def test_a_zip_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_book, "MAX_TEXTS", 32 * xlsx_book.MIB)
    bomb = parts(data("<row><c><v>1</v></c></row>"), xl_sharedStrings=" " * (33 * xlsx_book.MIB))
    assert len(bomb) < 100_000
    with pytest.raises(BadInput, match=r"sharedStrings\.xml becomes 33 MiB when it is unpacked; at most 32 are read"):
        read(bomb)


def test_a_zip_bomb_that_lies_about_its_size_unpacks_no_more_than_it_says() -> None:
    bomb = parts(data("<row><c><v>1</v></c></row>"), xl_sharedStrings=" " * (33 * xlsx_book.MIB))
    true = struct.pack("<I", 33 * xlsx_book.MIB)
    assert bomb.count(true) >= 1
    lying = bomb.replace(true, struct.pack("<I", 100))
    with traced() as peak, pytest.raises(BadInput, match="This is no Excel workbook that can be read"):
        read(lying)
    assert peak() < 2 * xlsx_book.MIB


def test_a_large_sheet_needs_no_more_memory_than_a_small_one() -> None:
    header = "<row>" + '<c t="str"><v>h</v></c>' * 20 + "</row>"
    rows = ("<row>" + "<c><v>1</v></c>" * 20 + "</row>") * 5_000
    content = parts(data(header + rows))
    with traced() as peak:
        assert sum(1 for _ in xlsx_content(io.BytesIO(content)).entries) == 5_000
    assert peak() < 2 * xlsx_book.MIB  # all cells at once take 10 times as much


@contextmanager
def traced() -> Iterator[Callable[[], int]]:
    """Inside, memory is counted; what is given tells the most that there was."""
    tracemalloc.start()
    try:
        yield lambda: most
    finally:
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
