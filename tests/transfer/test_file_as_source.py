"""An import of a file that was sent before: read step by step, by whoever sees it, whatever its form and size."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from saas.engine.scope import open_scope
from saas.engine.transfer import run as runs
from saas.engine.transfer.run import READ_AT_ONCE, cancel, go_on
from tests.transfer.test_job import ROOT, cell, worked
from tests.transfer.workbooks import table
from tests.web.sending import announced, own_store, sent
from tests.workers.place import eventually
from tests.world import Person, World

cell = cell  # the fixture of the other file
START = """mutation($input: ImportRunStartInput!) {
  importRunStart(input: $input) { id importRun { fileName counts { rows } } problems { code message path } }
}"""
FOLLOW = """query($id: ID!) {
  importRun(id: $id) { state reason counts { rows created unchanged refused } issues { line code message } }
}"""
SUGGEST = """query($id: ID!) {
  importSuggestion(object: "product", fileId: $id) { key columns { column field } }
}"""
COLUMNS = [{"field": "code", "column": "code"}, {"field": "name", "column": "name"}]
CSV = "code;name\n{0}1;泵\n{0}2;阀\n"
JSON = '{{"code":"{0}1","name":"泵"}}\n{{"code":"{0}2","name":"阀"}}\n'


@pytest.fixture(autouse=True)
def _own_store(tmp_path: Path) -> Iterator[None]:
    with own_store(tmp_path / "files"):
        yield


def uploaded(person: Person, content: bytes, name: str = "parts.dat") -> str:
    return str(sent(person, content, name=name, type="application/octet-stream")["id"])


def begun(person: Person, file_id: str, **given: Any) -> dict[str, Any]:
    wish = {"object": "product", "fileId": file_id, "mapping": {"key": ["code"], "columns": COLUMNS}, **given}
    found: dict[str, Any] = person.ask(START, input=wish)["importRunStart"]
    return found


def job_of(world: World, run_id: str) -> UUID:
    found: UUID = world.sql(world.garage, "SELECT job_id FROM import_run WHERE id = %s", run_id)[0][0]
    return found


@pytest.mark.parametrize(
    ("form", "content"),
    [
        ("c", CSV.format("fc").encode("gb18030")),
        ("j", JSON.format("fj").encode()),
        ("x", table([["code", "name"], ["fx1", "泵"], ["fx2", "阀"]])),
    ],
)
def test_its_form_is_told_by_its_content(world: World, cell: sa.Engine, form: str, content: bytes) -> None:
    ada = world.garage.ada
    file_id = uploaded(ada, content)
    assert ada.ask(SUGGEST, id=file_id)["importSuggestion"] == {
        "key": ["code"],
        "columns": [{"column": "code", "field": "code"}, {"column": "name", "field": "name"}],
    }
    started = begun(ada, file_id)
    assert started["problems"] == []
    assert started["importRun"] == {"fileName": "parts.dat", "counts": {"rows": 0}}
    worked(world, cell, job_of(world, started["id"]))
    told = ada.ask(FOLLOW, id=started["id"])["importRun"]
    counts = {"rows": 2, "created": 2, "unchanged": 0, "refused": 0}
    assert told == {"state": "DONE", "reason": None, "counts": counts, "issues": []}
    found = world.sql(world.garage, "SELECT name FROM product WHERE code LIKE %s ORDER BY code", f"f{form}_")
    assert found == [("泵",), ("阀",)]


def test_only_a_file_in_sight_that_is_ready_is_imported(world: World) -> None:
    ada, sam, rita = world.garage.ada, world.garage.sam, world.rival.rita
    file_id = uploaded(ada, CSV.format("fs").encode())
    unseen = [{"code": "BAD_INPUT", "message": "There is no such file in your sight.", "path": ["fileId"]}]
    assert begun(sam, file_id, object="customer")["problems"] == unseen
    assert begun(rita, file_id)["problems"] == unseen
    assert rita.errors(SUGGEST, id=file_id)[0]["message"] == unseen[0]["message"]
    pending = announced(ada)["id"]
    (problem,) = begun(ada, pending)["problems"]
    assert problem["message"].startswith("The file is pending: only one that is ready can be imported.")
    (both,) = begun(ada, file_id, csv="code,name\nx,X\n", fileName="x.csv")["problems"]
    assert both["message"] == "Give either csv or fileId."


def test_a_mapping_that_does_not_fit_is_refused_at_once(world: World) -> None:
    ada = world.garage.ada
    (problem,) = begun(ada, uploaded(ada, b"kode,name\n1,x\n"))["problems"]
    assert problem["message"] == "mapping: columns.code: the file has no column 'code'. Columns are: kode, name."


def test_a_file_that_is_removed_meanwhile_ends_the_import_with_a_reason(world: World, cell: sa.Engine) -> None:
    ada = world.garage.ada
    file_id = uploaded(ada, CSV.format("fr").encode())
    started = begun(ada, file_id)
    ada.ask("mutation($id: ID!) { fileDelete(id: $id) { problems { message } } }", id=file_id)
    worked(world, cell, job_of(world, started["id"]))
    told = ada.ask(FOLLOW, id=started["id"])["importRun"]
    assert (told["state"], told["reason"]) == ("FAILED", "Nothing was written. There is no such file in your sight.")


def test_what_cannot_be_read_to_its_end_leaves_nothing(
    world: World, cell: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "READ_AT_ONCE", 100)
    ada = world.garage.ada
    content = table([["code", "name"], *([f"fb{i}", "P"] for i in range(20_000))])
    damaged = bytearray(content)
    middle = content.index(b"xl/worksheets/sheet1.xml") + 60_000
    damaged[middle : middle + 200] = bytes(200)
    started = begun(ada, uploaded(ada, bytes(damaged)))
    assert started["problems"] == []
    worked(world, cell, job_of(world, started["id"]))
    told = ada.ask(FOLLOW, id=started["id"])["importRun"]
    assert told["state"] == "FAILED"
    assert told["reason"].startswith("Nothing was written. ")
    assert told["counts"]["rows"] > 100
    assert world.sql(world.garage, "SELECT count(*) FROM product WHERE code LIKE 'fb%%'") == [(0,)]
    assert world.sql(world.garage, "SELECT count(*) FROM import_row WHERE run_id = %s", started["id"]) == [(0,)]


def test_a_file_without_rows_is_refused_when_it_is_read(world: World, cell: sa.Engine) -> None:
    ada = world.garage.ada
    started = begun(ada, uploaded(ada, b"code,name\n"))
    worked(world, cell, job_of(world, started["id"]))
    told = ada.ask(FOLLOW, id=started["id"])["importRun"]
    assert (told["state"], told["reason"]) == (
        "FAILED",
        "Nothing was written. The file has a header and no rows below it.",
    )


def test_reading_goes_on_where_a_killed_process_stood(world: World) -> None:
    ada, rows = world.garage.ada, 3 * READ_AT_ONCE + 7
    content = "code,name\n" + "".join(f"fk{i},P\n" for i in range(rows))
    run_id = UUID(begun(ada, uploaded(ada, content.encode()))["id"])
    module = [sys.executable, "-m", "tests.transfer.importing_process"]

    def read() -> tuple[int, bool]:
        query = "SELECT (counts->>'rows')::int, is_read FROM import_run WHERE id = %s"
        found: tuple[int, bool] = world.sql(world.garage, query, run_id)[0]
        return found

    with subprocess.Popen([*module, str(world.garage.tenant.id), str(run_id), str(ada.id)], cwd=ROOT) as process:
        eventually(lambda: read()[0], seconds=30)
        process.kill()
    assert 0 < read()[0] <= rows
    while not read()[1]:
        with open_scope(world.garage.tenant, ada.id, write=True) as scope:
            assert go_on(scope, run_id)
    staged = "SELECT count(*), count(DISTINCT number), min(number), max(number) FROM import_row WHERE run_id = %s"
    assert world.sql(world.garage, staged, run_id) == [(rows, rows, 1, rows)]
    with open_scope(world.garage.tenant, ada.id, write=True) as scope:
        assert cancel(scope, run_id)
    assert world.sql(world.garage, staged, run_id) == [(0, 0, None, None)]
