"""`saas import-revert`: what it prints, and with which code it ends."""

import json
from uuid import UUID

import pytest

from saas.cli.import_revert import command
from saas.engine.scope import open_scope
from saas.engine.transfer.run import cancel, perform
from saas.kit.errors import Conflict, NotFound
from saas.modules.customers.contact import Contact
from tests.transfer.place import begin
from tests.world import Person, World

MAPPING = {"object": "customer", "key": ["code"], "columns": {"code": "code", "name": "name"}}


def brought(world: World, *codes: str, by: Person | None = None) -> UUID:
    text = "code,name\n" + "".join(f"{code},N\n" for code in codes)
    run_id = begin(world.garage.tenant, text, MAPPING, by)
    perform(world.garage.tenant, None if by is None else by.id, run_id)
    return run_id


def run(*arguments: str) -> int:
    code = command.main(list(arguments), standalone_mode=False)
    assert isinstance(code, int)
    return code


def living(world: World, *codes: str) -> list[str]:
    query = "SELECT code FROM customer WHERE code = ANY(%s) AND deleted_at IS NULL ORDER BY code"
    return [code for (code,) in world.sql(world.garage, query, list(codes))]


def test_all_taken_back_is_success(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    run_id = brought(world, "ic1", "ic2")
    assert run("garage", str(run_id), "--dry-run") == 0
    said = "RECORDS  REVERTED  UNCHANGED  REFUSED\n2        2         0          0\n"
    assert capsys.readouterr().out == said + "Dry run: nothing was written.\n"
    assert living(world, "ic1", "ic2") == ["ic1", "ic2"]
    assert run("garage", str(run_id)) == 0
    assert capsys.readouterr().out == said
    assert living(world, "ic1", "ic2") == []


def test_what_stays_ends_with_1_and_the_reason(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    run_id = brought(world, "ic3", "ic4")
    ((id_,),) = world.sql(world.garage, "SELECT id FROM customer WHERE code = 'ic3'")
    world.garage.make(Contact, name="Kim", customer_id=id_)
    assert run("garage", str(run_id)) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[2:] == [f"line 2: 1 contact refers to it as customer. [REFERENCED] {id_}"]
    assert run("garage", str(run_id), "--json") == 1
    assert json.loads(capsys.readouterr().out) == {
        "id": str(run_id),
        "number": 2,
        "state": "done",
        "dry_run": False,
        "records": 1,
        "reverted": 0,
        "unchanged": 0,
        "refused": 1,
        "reason": "",
        "issues": [
            {
                "line": 2,
                "record_id": str(id_),
                "code": "REFERENCED",
                "message": "1 contact refers to it as customer.",
                "fields": [],
            }
        ],
    }


def test_an_import_is_its_starters_and_of_the_tenants_own_identity(world: World) -> None:
    run_id = brought(world, "ic5", by=world.garage.ada)
    for slug, email in (("garage", "sam@garage.test"), ("rival", "rita@rival.test")):
        with pytest.raises(NotFound, match="You have no import with this id"):
            run(slug, str(run_id), "--as", email)
    assert living(world, "ic5") == ["ic5"]
    assert run("garage", str(run_id)) == 0
    assert living(world, "ic5") == []


def test_what_is_going_on_or_done_is_a_conflict(world: World) -> None:
    run_id = begin(world.garage.tenant, "code,name\nic6,N\n", MAPPING)
    with pytest.raises(Conflict, match="The import is still going on"):
        run("garage", str(run_id))
    with open_scope(world.garage.tenant, None, write=True) as scope:
        assert cancel(scope, run_id)
    with pytest.raises(Conflict, match=r"The import wrote nothing\."):
        run("garage", str(run_id))


def test_without_waiting_it_is_left_to_the_workers(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    run_id = brought(world, "ic7")
    assert run("garage", str(run_id), "--no-wait", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"id": str(run_id), "number": 1, "state": "queued"}
    query = "SELECT r.state, j.task FROM import_revert r JOIN platform.job j ON j.id = r.job_id WHERE r.run_id = %s"
    assert world.sql(world.garage, query, run_id) == [("queued", "import_revert_perform")]
    with pytest.raises(Conflict, match="being taken back already"):
        run("garage", str(run_id))
