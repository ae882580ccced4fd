"""`saas import`: what it prints, what it leaves in files, and with which code it ends."""

import csv
import json
from pathlib import Path

import pytest

from saas.cli.import_data import command
from saas.kit.errors import BadInput, NotFound
from tests.world import World

MAPPING = "object: customer\ncolumns:\n  code: code\n  name: name\n  founded_year: year\n"


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    file = tmp_path / "mapping.yaml"
    file.write_text(MAPPING)
    return file


def run(tmp_path: Path, mapping: Path, text: str, *more: str, slug: str = "garage") -> int:
    file = tmp_path / "customers.csv"
    file.write_bytes(text.encode())
    code = command.main([slug, str(file), "--mapping", str(mapping), *more], standalone_mode=False)
    assert isinstance(code, int)
    return code


def test_all_rows_in_is_success(
    world: World, tmp_path: Path, mapping: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert world.garage.sam.email == "sam@garage.test"
    assert run(tmp_path, mapping, "code,name,year\nc1,One,1999\n", "--as", "SAM@garage.test") == 0
    assert capsys.readouterr().out == (
        "ROWS  CREATED  UPDATED  UNCHANGED  REFUSED  WARNINGS\n1     1        0        0          0        0\n"
    )
    owner = world.sql(world.garage, "SELECT owner_id FROM customer WHERE code = 'c1'")
    assert owner == [(world.garage.sam.id,)]


def test_refused_rows_end_with_1_and_all_issues_go_to_a_file(
    world: World, tmp_path: Path, mapping: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "code,name,year\n" + "".join(f"r{i},Row,soon\n" for i in range(25)) + "r26,Row,2000\n"
    out = tmp_path / "issues.csv"
    assert run(tmp_path, mapping, text, "--issues", str(out), "--dry-run") == 1
    said = capsys.readouterr().out
    assert "Dry run: nothing was written." in said
    assert "line 2: error: Founded in: “soon” is no number (the decimal separator is “.”). [BAD_INPUT]" in said
    assert f"and 5 more, all in {out}." in said
    with out.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == 25
    assert rows[0] == {
        "line": "2",
        "severity": "error",
        "field": "foundedYear",
        "code": "BAD_INPUT",
        "message": "Founded in: “soon” is no number (the decimal separator is “.”).",
    }
    assert world.sql(world.garage, "SELECT count(*) FROM customer WHERE code LIKE 'r%%'") == [(0,)]


def test_programs_get_one_line_of_json(
    world: World, tmp_path: Path, mapping: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, mapping, "code,name,year\nj1,One,\n,Two,\n", "--json", slug="rival") == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["state"], told["created"], told["refused"]) == ("done", 1, 1)
    assert [issue["code"] for issue in told["issues"]] == ["REQUIRED"]
    assert world.sql(world.rival, "SELECT name FROM customer WHERE code = 'j1'") == [("One",)]


def test_without_waiting_it_is_left_to_the_workers(
    world: World, tmp_path: Path, mapping: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, mapping, "code,name,year\nw1,One,\n", "--no-wait", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["state"] == "queued"
    query = "SELECT r.state, j.task FROM import_run r JOIN platform.job j ON j.id = r.job_id WHERE r.id = %s"
    assert world.sql(world.garage, query, told["id"]) == [("queued", "import_run_perform")]


@pytest.mark.usefixtures("world")
def test_what_cannot_be_imported_is_refused_with_the_place(tmp_path: Path, mapping: Path) -> None:
    with pytest.raises(BadInput, match=r"the file has no column 'year'\. Columns are: code, name\."):
        run(tmp_path, mapping, "code,name\n1,2\n")
    with pytest.raises(NotFound, match=r"There is no tenant 'nobody'"):
        run(tmp_path, mapping, "code,name,year\n1,2,\n", slug="nobody")
    with pytest.raises(NotFound, match=r"garage has no employee with the e-mail x@y\.zz"):
        run(tmp_path, mapping, "code,name,year\n1,2,\n", "--as", "x@y.zz")
    mapping.write_text(MAPPING.replace("customer", "custommer"))
    with pytest.raises(BadInput, match="There is no object 'custommer'"):
        run(tmp_path, mapping, "code,name,year\n1,2,\n")
