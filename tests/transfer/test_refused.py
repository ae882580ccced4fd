"""The rows that were refused come back as a file: corrected, it is imported with the same mapping."""

import csv
import io
from pathlib import Path

import pytest

from saas.cli.import_data import command
from saas.engine.scope import Scope
from saas.engine.transfer.refused import REASON, Rows
from saas.engine.transfer.run import perform
from tests.transfer.place import begin, tally, told
from tests.world import World

MAPPING = {"object": "customer", "key": ["code"], "columns": {"code": "code", "name": "name", "foundedYear": "year"}}
TEXT = (
    "code,name,year,extra\n"
    'f1,Fine,1990,"=HYPERLINK(""http://x"")"\n'
    'f2,Wrong,soon,"=1+1"\n'
    "f3,Short\n"
    "f4,Long,1990,a,=b\n"
    ",No key,1990,\n"
)


def refused(world: World, text: str) -> tuple[dict[str, int], str]:
    """What became of the rows, and those that were refused, as CSV."""
    kept: list[str] = []

    def keep(_scope: Scope, _name: str, rows: Rows) -> None:
        kept.extend(rows)

    run_id = begin(world.garage.tenant, text, MAPPING)
    perform(world.garage.tenant, None, run_id, keep_refused=keep)
    return tally(told(world.garage.tenant, run_id)[0].counts), "".join(kept)


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_they_stand_as_in_the_file_with_the_reasons_and_without_formulas(world: World) -> None:
    counts, found = refused(world, TEXT)
    assert counts == {"rows": 5, "created": 1, "refused": 4}
    assert rows(found) == [
        ["code", "name", "year", "extra", REASON],
        ["f2", "Wrong", "soon", "'=1+1", "Founded in: “soon” is no number (the decimal separator is “.”)."],
        ["f3", "Short", "", "", "The line has 2 cells, the header has 4."],
        ["f4", "Long", "1990", "a", "The line has 5 cells, the header has 4.", "'=b"],
        ["", "No key", "1990", "", "Code: it is empty, but it is part of the key."],
    ]


def test_corrected_they_go_in_with_the_same_mapping(world: World) -> None:
    text = "code,name,year\nr1,'=Sum,soon\nr2,Other,later\n"
    _, again = refused(world, text)
    counts, last_refused = refused(world, again.replace("soon", "1990"))
    assert counts == {"rows": 2, "created": 1, "refused": 1}
    # A formula is the text that it is, and what was defused is what it was.
    assert world.sql(world.garage, "SELECT name, founded_year FROM customer WHERE code = 'r1'") == [("=Sum", 1990)]
    last = rows(last_refused)
    assert last[0] == ["code", "name", "year", REASON]
    assert [row[:3] for row in last[1:]] == [["r2", "Other", "later"]]


def test_the_command_writes_them(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, mapping, out = tmp_path / "c.csv", tmp_path / "c.yaml", tmp_path / "refused.csv"
    file.write_bytes("code;name;year\nw1;好;1990\nw2;坏;很久以前\n".encode("gb18030"))
    mapping.write_text("object: customer\ncolumns:\n  code: code\n  name: name\n  founded_year: year\n")
    assert world.garage.sam.email
    command.main(
        ["garage", str(file), "--mapping", str(mapping), "--refused", str(out), "--dry-run"], standalone_mode=False
    )
    assert capsys.readouterr().out.endswith("[BAD_INPUT]\n")
    assert out.read_bytes().startswith(b"\xef\xbb\xbfcode,name,year,")
    assert [row[:3] for row in rows(out.read_text("utf-8-sig"))[1:]] == [["w2", "坏", "很久以前"]]
