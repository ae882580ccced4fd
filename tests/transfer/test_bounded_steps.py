"""No step of an import grows with its file; what ends one early is told, and nothing of the file is lost or kept."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from saas.engine.scope import Scope, open_scope
from saas.engine.transfer import order, reading, refused, rows
from saas.engine.transfer.entry import Entry
from saas.engine.transfer.reading import Reading
from saas.engine.transfer.run import go_on
from saas.engine.transfer.tables import import_issue, import_run
from saas.kit import ids
from tests.transfer.place import begin, bring, sentences, tally
from tests.transfer.reverting import CODE_AND_NAME, Importing, csv, fresh
from tests.transfer.test_file_as_source import FOLLOW, begun, job_of, uploaded
from tests.transfer.test_job import worked
from tests.web.sending import own_store
from tests.world import World

PRODUCT = {"object": "product", "columns": {"code": "code", "name": "name"}}
MANY = 40


@pytest.fixture(autouse=True)
def _own_store(tmp_path: Path) -> Iterator[None]:
    with own_store(tmp_path / "files"):
        yield


@pytest.fixture
def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many statements as a large file would need."""
    monkeypatch.setattr(order, "_KEYS_AT_ONCE", 5)
    monkeypatch.setattr(rows, "_DELETED_AT_ONCE", 7)
    monkeypatch.setattr(refused, "_SORTED_AT_ONCE", 3)


@pytest.mark.usefixtures("in_parts")
def test_keys_are_compared_and_rows_deleted_in_parts(world: World) -> None:
    text = "code,name\n" + "".join(f"bp{i},N\n" for i in [*range(MANY), *range(0, MANY, 2)])
    counts, issues = bring(world.garage.tenant, text, PRODUCT)
    assert tally(counts) == {"rows": 60, "created": MANY, "refused": 20}
    told = [f"{42 + i} error DUPLICATE Code: “bp{2 * i}” stands in line {2 + 2 * i} already." for i in range(20)]
    assert sentences(issues) == told
    counts, issues = bring(world.garage.tenant, text, {**PRODUCT, "unique_rows": True})
    assert (tally(counts), issues) == ({"rows": MANY, "unchanged": MANY}, [])
    left = "SELECT count(*) FROM import_row JOIN import_run ON id = run_id WHERE state = 'done'"
    assert world.sql(world.garage, left) == [(0,)]


@pytest.mark.usefixtures("in_parts")
def test_documents_are_gathered_in_parts(world: World) -> None:
    columns = {"code": "no", "name": "name"}
    mapping = {"object": "opportunity", "columns": columns, "lines": {"columns": {"product": "product"}}}
    text = "no,name,product\n" + "".join(f"bd{i % 10},Deal {i % 10},None\n" for i in range(30))
    counts, issues = bring(world.garage.tenant, text, mapping)
    assert tally(counts) == {"rows": 30, "refused": 30}
    assert {issue.code for issue in issues} == {"NOT_FOUND"}


@pytest.mark.usefixtures("in_parts")
def test_refused_rows_are_written_in_parts_and_in_their_order(world: World) -> None:
    text = csv(fresh(21))
    run_id = begin(world.garage.tenant, text, PRODUCT)
    texts = {"run_id": run_id, "number": 1, "severity": "error", "field": "", "code": "X", "message": "why"}
    with open_scope(world.garage.tenant, None, write=True) as scope:
        issues = [texts | {"row": row, "line": row + 1} for row in range(21, 0, -2)]
        scope.session.execute(sa.insert(import_issue), issues)
        lines = "".join(refused.refused_rows(scope, run_id, ("code", "name"))).splitlines()
    assert lines[1:] == [f"{text.splitlines()[row]},why" for row in range(1, 22, 2)]


def test_what_left_the_object_meanwhile_ends_the_import_and_is_told(world: World, by_ada: Importing) -> None:
    run_id = by_ada.begin("customer", csv(fresh(3)), ["code"], CODE_AND_NAME)
    gone = "UPDATE import_run SET mapping = replace(mapping::text, '\"name\"', '\"gone\"')::json WHERE id = %s"
    world.sql(world.garage, gone, run_id)
    by_ada.work("import_run", run_id)
    told = by_ada.person.ask("query($id: ID!) { importRun(id: $id) { state reason } }", id=run_id)["importRun"]
    assert told["state"] == "FAILED"
    assert told["reason"].startswith(
        "The mapping no longer fits (mapping: columns.gone: customer has no writable field"
    )
    assert told["reason"].endswith("): ended after 0 of 3 rows; nothing was written.")
    assert world.sql(world.garage, "SELECT count(*) FROM import_row WHERE run_id = %s", run_id) == [(0,)]


def test_a_file_may_take_longer_than_a_silent_transaction(world: World) -> None:
    file_id = uploaded(world.garage.ada, b"code,name\nsl1,N\n")
    with open_scope(world.garage.tenant, world.garage.ada.id, write=True) as scope:
        scope.session.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout TO '100ms'"))
        _, file = reading.fetched(scope, ids.parse_id(file_id))
        with file:
            time.sleep(0.3)
        assert scope.session.execute(sa.text("SELECT 1")).scalar_one() == 1


def _fail(_entry: object) -> Entry:
    raise MemoryError


def test_a_reader_that_failed_is_not_read_on_from(
    world: World, cell: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = world.garage.ada
    run_id = begun(ada, uploaded(ada, b"code,name\nrf1,N\nrf2,N\n"))["id"]
    whole = reading.reading_of
    failed: list[int] = []

    def broken(scope: Scope, run: Any, done: int) -> Reading:
        found = whole(scope, run, done)
        if not failed:
            failed.append(1)
            found = Reading(found.file, (_fail(each) for each in found.entries), found.stage)
            reading.keep(scope, run.id, found)
        return found

    monkeypatch.setattr("saas.engine.transfer.run.reading_of", broken)
    for _ in range(2):
        worked(world, cell, job_of(world, run_id))
    told = ada.ask(FOLLOW, id=run_id)["importRun"]
    assert (told["state"], told["counts"]["rows"], told["counts"]["created"]) == ("DONE", 2, 2)


def test_what_is_wrong_with_a_file_is_told_of_its_id(world: World) -> None:
    ada = world.garage.ada
    file_id = uploaded(ada, b"code,name\n1,\xff\xfe\x00\n")
    (problem,) = begun(ada, file_id)["problems"]
    assert (problem["path"], problem["code"]) == (["fileId"], "BAD_INPUT")
    (error,) = ada.errors('query($id: ID!) { importSuggestion(object: "product", fileId: $id) { key } }', id=file_id)
    assert (error["path"], error["extensions"]["path"]) == (["importSuggestion"], ["fileId"])


def test_the_file_of_an_import_that_was_called_off_elsewhere_is_closed(world: World, cell: sa.Engine) -> None:
    ada = world.garage.ada
    run_id = ids.parse_id(begun(ada, uploaded(ada, b"code,name\nco1,N\n"))["id"])
    with open_scope(world.garage.tenant, ada.id, write=True) as scope:
        run = scope.session.execute(sa.select(import_run).where(import_run.c.id == run_id)).one()
        file = reading.reading_of(scope, run, 0).file
        world.sql(world.garage, "UPDATE import_run SET state = 'cancelled' WHERE id = %s", run_id)
        assert (go_on(scope, run_id), file.closed) == (None, True)
