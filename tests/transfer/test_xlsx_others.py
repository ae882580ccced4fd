"""Workbooks as other programs write them, and such as nobody writes by accident."""

import io
import time
import zipfile

import pytest

from saas.engine.transfer import xlsx_parts
from saas.engine.transfer.xlsx import xlsx_content
from saas.engine.transfer.xlsx_parts import Texts
from saas.kit.errors import BadInput
from tests.transfer.workbooks import MAIN, RELATIONS, cells, data, parts, read

HEAD = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships/"


def book(sheets: str, relations: str, **more: str) -> bytes:
    """A workbook of these sheets and relations; `more` are its parts below xl, with `__` for `/`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", f"<workbook {MAIN} {RELATIONS}><sheets>{sheets}</sheets></workbook>")
        archive.writestr("xl/_rels/workbook.xml.rels", f"<Relationships>{relations}</Relationships>")
        for name, text in more.items():
            archive.writestr(f"xl/{name.replace('__', '/')}.xml", text)
    return out.getvalue()


def related(id_: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{id_}" Type="{kind}" Target="{target}"/>'


def told(content: bytes) -> str:
    """Why a workbook is refused."""
    with pytest.raises(BadInput) as refused:
        list(xlsx_content(io.BytesIO(content)).entries)
    return str(refused.value)


def one(text: str) -> bytes:
    """A workbook with this cell below a header."""
    return parts(data(f'{HEAD}<row r="2">{text}</row>'))


def test_parts_are_found_by_their_relations_whatever_they_are_called() -> None:
    shared = "<x:sst xmlns:x='urn:x'><x:si><x:t>{}</x:t></x:si></x:sst>"
    sheet = '<row><c t="s"><v>0</v></c></row><row><c t="d"><v>2026-11-21T00:00:00.000</v></c></row>'
    content = book(
        '<sheet name="Chart" sheetId="1" r:id="c"/><sheet name="T" sheetId="2" r:id="t"/>',
        related("c", f"{_STRICT}chartsheet", "chartsheets/sheet1.xml")
        + related("t", f"{_STRICT}worksheet", "/xl/worksheets/sheet.xml")
        + related("s", f"{_STRICT}sharedStrings", "texts2.xml"),
        worksheets__sheet=data(sheet),
        texts2=shared.format("Right"),
        pivot__sharedStrings=shared.format("Wrong"),
    )
    found = read(content)
    assert (found.header, [entry.cells for entry in found.entries]) == (("Right",), [("2026-11-21",)])


def test_a_sheet_may_be_named_though_it_is_a_chart() -> None:
    content = book(
        '<sheet name="Chart" sheetId="1" r:id="c"/>',
        related("c", f"{_OFFICE}chartsheet", "chartsheets/sheet1.xml"),
        chartsheets__sheet1=f"<chartsheet {MAIN}/>",
    )
    assert told(content).startswith("The sheet is empty.")


@pytest.mark.parametrize(
    ("written", "is_"),
    [
        ("one_x000D_\ntwo", "one\r\ntwo"),
        ("_x005F_x0041_", "_x0041_"),
        ("_x0000_ _xD83D_", "_x0000_ _xD83D_"),
        ("a_x_b", "a_x_b"),
    ],
)
def test_what_excel_escapes_is_what_was_meant(written: str, is_: str) -> None:
    assert cells(one(f'<c t="str"><v>{written}</v></c>')) == [(is_,)]
    shared = parts(
        data(f'{HEAD}<row><c t="s"><v>0</v></c></row>'), xl_sharedStrings=f"<sst><si><t>{written}</t></si></sst>"
    )
    assert cells(shared) == [(is_,)]


def test_what_is_read_aloud_is_left_out_of_a_cell_too() -> None:
    inline = '<c t="inlineStr"><is><r><t>東</t></r><r><t>京</t></r><rPh sb="0" eb="1"><t>トウ</t></rPh></is></c>'
    assert cells(one(inline)) == [("東京",)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (parts(data(f'{HEAD}<row a="{"x" * 6_000_000}"/>')), "it holds a tag without an end"),
        (parts(data(f"{HEAD}<!--{'x' * 6_000_000}-->")), "it holds a tag without an end"),
        (one(f'<c t="str">{"<v>" + "x" * 70_000 + "</v>"}<v>{"x" * 70_000}</v></c>'), "more than 131,072 characters"),
        (parts(data(HEAD), xl_styles=f"<a>{'<b/>' * 300_000}</a>"), "more than 300,000 elements"),
    ],
    ids=["tag", "comment", "cell", "styles"],
)
def test_what_would_need_memory_without_end_is_refused(content: bytes, message: str) -> None:
    assert message in told(content)


def test_what_is_formatted_only_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_parts, "_MAX_EMPTY", 6)
    filled = '<row><c t="str"><v>x</v></c><c s="1"/><c s="1"/></row>'
    assert cells(parts(data(HEAD + filled * 5))) == [("x",)] * 5
    more = parts(data(HEAD + filled + '<row><c s="1"/></row>' * 3))
    assert told(more).startswith("The sheet has more than 6 empty cells and rows up to row 4.")


def test_there_are_so_many_different_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_parts, "_MAX_TEXTS", 2)
    texts = "<si><t>x</t></si>"
    assert cells(parts(data(f'{HEAD}<row><c t="s"><v>1</v></c></row>'), xl_sharedStrings=f"<sst>{texts * 2}</sst>"))
    assert told(parts(data(HEAD), xl_sharedStrings=f"<sst>{texts * 3}</sst>")).startswith(
        "The workbook has more than 2 different texts."
    )


def test_one_text_is_not_multiplied_without_end() -> None:
    row = "<row>{}</row>".format('<c t="s"><v>0</v></c>' * 50)
    content = parts(data(HEAD + row), xl_sharedStrings=f"<sst><si><t>{'x' * 100_000}</t></si></sst>")
    (entry,) = read(content).entries
    assert (entry.cells, entry.wrong) == (("",), "The row has more than 4,194,304 characters.")


def test_texts_are_kept_as_they_are() -> None:
    kept, given = Texts(), ["", "客户", "a", "\U0001f600", ""]
    for text in given:
        kept.append(text)
    assert [kept[number] for number in range(len(kept))] == given


@pytest.mark.parametrize("encoding", ["utf-7", "x-mac"])
def test_an_encoding_that_xml_does_not_know_is_refused(encoding: str) -> None:
    assert told(parts(f'<?xml version="1.0" encoding="{encoding}"?>{data(HEAD)}')).startswith(
        "The workbook is damaged: "
    )


def test_references_and_formats_without_end_are_read_in_no_time() -> None:
    began = time.monotonic()
    assert "is out of order" in told(one(f'<c r="{"Z" * 1_000_000}1" t="str"><v>x</v></c>'))
    same = '<xf numFmtId="200"/>' * 1_000
    style = f'<numFmt numFmtId="200" formatCode="{"[" * 200_000}"/><cellXfs>{same}</cellXfs>'
    assert cells(parts(data(f"{HEAD}<row><c><v>1</v></c></row>"), xl_styles=f"<a>{style}</a>")) == [("1",)]
    assert time.monotonic() - began < 5


def test_a_number_that_is_no_day_is_told_so() -> None:
    style = '<a><cellXfs><xf numFmtId="14"/></cellXfs></a>'
    (entry,) = read(parts(data(f"{HEAD}<row><c><v>-1</v></c></row>"), xl_styles=style)).entries
    assert entry.wrong == "A cell holds -1, which is no day that a sheet can hold."
