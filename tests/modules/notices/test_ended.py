"""Whoever started an import, an export or a revert is told of its end; a chunk after the other makes no flood."""

from typing import Any

from saas.engine.revert.run import perform as take_back
from saas.engine.revert.start import Revert, start
from saas.engine.scope import open_scope
from saas.engine.transfer.run import CHUNK, cancel, perform
from tests.export.place import CANCEL as CANCEL_EXPORT
from tests.export.place import exported, started
from tests.schema.notices import somebody, told
from tests.transfer.place import begin
from tests.world import Person, World

CUSTOMERS: dict[str, Any] = {"object": "customer", "key": ["code"], "columns": {"code": "code", "name": "name"}}
OWNED = CUSTOMERS | {"columns": CUSTOMERS["columns"] | {"owner": "owner"}}


def rows(prefix: str, number: int = 3, owner: Person | None = None) -> str:
    head = "code,name,owner\n" if owner else "code,name\n"
    end = f",{owner.name}" if owner else ""
    return head + "".join(f"{prefix}{i},{prefix} {i}{end}\n" for i in range(number))


def in_short(person: Person) -> list[tuple[str, str, dict[str, str]]]:
    return [
        (each["kind"], each["text"], {fact["name"]: fact["value"] for fact in each["facts"]}) for each in told(person)
    ]


def test_an_import_that_is_done_is_told_to_who_started_it_alone(world: World) -> None:
    reader = somebody(world.garage)
    run_id = begin(reader.tenant, rows("ended"), CUSTOMERS, reader)
    assert told(reader) == []
    perform(reader.tenant, reader.id, run_id)
    facts = {"run_id": str(run_id), "state": "done"}
    assert in_short(reader) == [("import_ended", "Your import of customers has ended: done.", facts)]
    assert told(reader)[0]["object"] == "customer"
    assert world.sql(world.garage, "SELECT count(*) FROM notification WHERE facts->>'run_id' = %s", str(run_id)) == [
        (1,)
    ]


def test_one_that_is_called_off_and_one_of_the_company_itself(world: World) -> None:
    reader = somebody(world.garage)
    run_id = begin(reader.tenant, rows("called"), CUSTOMERS, reader)
    with open_scope(reader.tenant, reader.id, write=True) as scope:
        assert cancel(scope, run_id)
    perform(reader.tenant, reader.id, run_id)
    facts = {"run_id": str(run_id), "state": "cancelled"}
    assert in_short(reader) == [("import_ended", "Your import of customers has ended: called off.", facts)]
    own = begin(reader.tenant, rows("company"), CUSTOMERS)
    perform(reader.tenant, None, own)
    assert world.sql(world.garage, "SELECT count(*) FROM notification WHERE facts->>'run_id' = %s", str(own)) == [(0,)]


def test_a_long_import_tells_an_owner_once(world: World) -> None:
    owner = somebody(world.garage)
    run_id = begin(owner.tenant, rows("mass", CHUNK + 7, owner), OWNED, world.garage.ada)
    perform(owner.tenant, world.garage.ada.id, run_id)
    (each,) = told(owner)
    assert (each["kind"], each["count"]) == ("record_owned", CHUNK + 7)


def test_taking_an_import_back_is_told(world: World) -> None:
    ada = world.garage.ada
    run_id = begin(ada.tenant, rows("back"), CUSTOMERS, ada)
    perform(ada.tenant, ada.id, run_id)
    with open_scope(ada.tenant, ada.id, write=True) as scope:
        revert = start(scope, run_id)
    assert isinstance(revert, Revert)
    take_back(ada.tenant, ada.id, revert)
    facts = {"run_id": str(run_id), "state": "done"}
    assert in_short(ada)[0] == ("import_revert_ended", "Taking your import back has ended: done.", facts)


def test_an_export_is_told_whether_it_is_done_or_called_off(world: World) -> None:
    ada = world.garage.ada
    done = exported(ada, "format: CSV").run["id"]
    assert in_short(ada)[0] == (
        "export_ended",
        "Your export of customers has ended: done.",
        {"run_id": done, "state": "done"},
    )
    off = str(started(ada, "format: CSV"))
    assert ada.ask(CANCEL_EXPORT, id=off)["exportRunCancel"]["id"] == off
    assert in_short(ada)[0][2] == {"run_id": off, "state": "cancelled"}
