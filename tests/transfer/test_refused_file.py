"""What a worker leaves of the rows that it refused: a file, its starter's alone, fetched at an address that ends."""

import csv
import io
from typing import Any

import pytest
import sqlalchemy as sa

from saas.engine.scope import open_scope
from saas.engine.transfer import refused
from saas.engine.transfer.job import start_later
from saas.engine.transfer.mapping import mapping_from
from saas.engine.transfer.refused import REASON
from saas.engine.transfer.run import Upload
from saas.kit.errors import Unavailable
from tests.transfer.test_job import cell, worked
from tests.world import World, call

cell = cell  # the fixture of the other file
MAPPING = {"object": "product", "key": ["code"], "columns": {"code": "code", "name": "name", "list_price": "price"}}
TEXT = "code;name;price\n{0}1;P;5\n{0}2;=Q;dear\n{0}3;R;6\n{0}4;客户;cheap\n"
FILE = """
    query($id: ID!) {
      importRun(id: $id) { state counts { created refused } refusedFile { name type state downloadUrl recordIds } }
    }"""


def done(world: World, cell: sa.Engine, prefix: str, *, dry_run: bool = False, text: str = TEXT) -> str:
    """The id of an import of Ada's that a worker has done."""
    with open_scope(world.garage.tenant, world.garage.ada.id, write=True) as scope:
        upload = Upload("七月 products.csv", text.format(prefix), mapping_from(MAPPING), dry_run)
        run_id = start_later(scope, upload)
    worked(world, cell, world.sql(world.garage, "SELECT job_id FROM import_run WHERE id = %s", run_id)[0][0])
    return str(run_id)


def asked(world: World, run_id: str) -> Any:
    return world.garage.ada.ask(FILE, id=run_id)["importRun"]


@pytest.mark.parametrize("dry_run", [False, True], ids=["written", "tried"])
def test_they_are_fetched_by_whoever_started_it(world: World, cell: sa.Engine, dry_run: bool) -> None:
    run_id = done(world, cell, f"rf-{dry_run}-", dry_run=dry_run)
    run = asked(world, run_id)
    assert (run["state"], run["counts"]) == ("DONE", {"created": 2, "refused": 2})
    file = run["refusedFile"]
    assert (file["name"], file["type"], file["state"]) == ("七月 products refused.csv", "text/csv", "READY")
    assert file["recordIds"] == []
    answer = call("GET", file["downloadUrl"])
    assert answer.status_code == 200
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["code", "name", "price", REASON]
    assert [row[:3] for row in rows[1:]] == [
        [f"rf-{dry_run}-2", "'=Q", "dear"],
        [f"rf-{dry_run}-4", "客户", "cheap"],
    ]
    assert world.garage.sam.ask(FILE, id=run_id) == {"importRun": None}


def test_where_all_is_in_there_is_none(world: World, cell: sa.Engine) -> None:
    run = asked(world, done(world, cell, "rn-", text="code;name;price\n{0}1;P;5\n"))
    assert run == {"state": "DONE", "counts": {"created": 1, "refused": 0}, "refusedFile": None}


def test_a_store_that_takes_nothing_does_not_undo_an_import(
    world: World, cell: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        def incoming(self) -> None:
            raise Unavailable("The store of files does not answer: OSError.")

    monkeypatch.setattr(refused, "file_store", Full)
    run = asked(world, done(world, cell, "rs-"))
    assert run == {"state": "DONE", "counts": {"created": 2, "refused": 2}, "refusedFile": None}
    assert world.sql(world.garage, "SELECT count(*) FROM product WHERE code LIKE 'rs-%%'") == [(2,)]
