"""Imports taken back by processes that are killed with -9 in the middle: every record is accounted for, once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from saas.engine.transfer.run import CHUNK, perform
from tests.cli.victim import killed, saas
from tests.tenants.place import with_settings
from tests.transfer.place import begin
from tests.transfer.reverting import READ, REVERT, counted
from tests.workers.fleet import Fleet
from tests.workers.place import eventually
from tests.world import Person, World

MAPPING = {"object": "product", "key": ["code"], "columns": {"code": "code", "name": "name"}}


@pytest.fixture
def fleet(world: World, tmp_path: Path) -> Iterator[Fleet]:
    found = Fleet(tmp_path)
    directory = world.cluster.plain_dsn(world.cluster.name("world_directory"))
    with with_settings(SAAS_REDIS_URL=found.valkey.url, SAAS_DIRECTORY_DSN=directory):
        yield found
    found.end()


def brought(world: World, prefix: str, rows: int, by: Person | None) -> UUID:
    """An import whose first half changes what is there, and whose second half is new."""
    half = "".join(f"{prefix}{i},Before {i}\n" for i in range(rows // 2))
    every = "".join(f"{prefix}{i},After {i}\n" for i in range(rows))
    _done(world, half, by)
    return _done(world, every, by)


def _done(world: World, rows: str, by: Person | None) -> UUID:
    run_id = begin(world.garage.tenant, "code,name\n" + rows, MAPPING, by)
    perform(world.garage.tenant, None if by is None else by.id, run_id)
    return run_id


def accounted_for(world: World, prefix: str, rows: int) -> None:
    """Half of the records are as before, half in the trash, and each was written once for that."""
    living = "SELECT count(*), count(*) FILTER (WHERE name LIKE 'Before %%'), max(version) FROM product"
    living += " WHERE code LIKE %s AND deleted_at IS "
    assert world.sql(world.garage, living + "NULL", prefix + "%") == [(rows // 2, rows // 2, 3)]
    assert world.sql(world.garage, living + "NOT NULL", prefix + "%") == [(rows - rows // 2, 0, 2)]
    audits = """SELECT a.kind, count(*), count(DISTINCT a.record_id) FROM audit a JOIN product p ON p.id = a.record_id
        WHERE p.code LIKE %s AND a.request_id LIKE 'import-revert:%%' GROUP BY 1 ORDER BY 1"""
    assert world.sql(world.garage, audits, prefix + "%") == [
        ("deleted", rows - rows // 2, rows - rows // 2),
        ("updated", rows // 2, rows // 2),
    ]


def test_another_worker_goes_on_where_a_killed_one_stopped(world: World, fleet: Fleet) -> None:
    ada, rows = world.garage.ada, 16 * CHUNK
    run_id = brought(world, "RW", rows, ada)
    first = fleet.start()
    assert ada.ask(REVERT, id=str(run_id))["importRunRevert"]["problems"] == []

    def revert() -> dict[str, Any]:
        found: dict[str, Any] = ada.ask(READ, id=str(run_id))["importRun"]["revert"]
        return found

    eventually(lambda: revert()["counts"]["done"] > 0)
    first.kill()
    assert 0 < revert()["counts"]["done"] < rows
    fleet.start()
    eventually(lambda: revert()["state"] == "DONE")
    assert (revert()["counts"], revert()["issues"]) == (counted(rows, rows), [])
    accounted_for(world, "RW", rows)


def test_a_command_that_was_killed_goes_on_when_it_is_given_again(world: World) -> None:
    rows = 4 * CHUNK
    run_id = brought(world, "RC", rows, None)
    schema = world.garage.tenant.schema
    held = f"SELECT * FROM \"{schema}\".product WHERE code = 'RC{rows // 4}' FOR UPDATE"
    command = ["import-revert", "garage", str(run_id)]
    killed(world.cluster, world.cell, held, *command)
    trash = "SELECT count(*) FROM product WHERE code LIKE 'RC%%' AND deleted_at IS NOT NULL"
    assert world.sql(world.garage, trash) == [(rows // 2,)]
    again = saas(*command)
    assert {name: again[name] for name in ("number", "state", "records", "reverted", "refused")} == {
        "number": 1,
        "state": "done",
        "records": rows,
        "reverted": rows,
        "refused": 0,
    }
    accounted_for(world, "RC", rows)
