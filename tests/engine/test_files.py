"""What becomes of files later: looked through for viruses, removed with their contents, tidied up after a crash."""

import shlex
import socket
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from saas.engine.files.job import file_sweep
from saas.engine.jobs import enqueue
from saas.engine.scope import open_scope
from saas.engine.stored_file import key_of
from saas.gateways.files import file_store
from saas.kit import clock, ids
from saas.kit.settings import settings
from saas.modules.customers.customer import Customer
from saas.workers import claims
from saas.workers.cells import dispatcher_engine
from saas.workers.perform import Performer
from tests.workers.place import AT_ONCE
from tests.world import Person, World, call

CREATE = "mutation ($input: FileCreateInput!) { fileCreate(input: $input) { id uploadUrl } }"
CHANGE = "mutation ($id: ID!, $r: ID!) { fileDetach(id: $id, recordId: $r) { problems { code } } }"
DELETE = "mutation ($id: ID!) { fileDelete(id: $id) { problems { code } } }"
STATE = "query ($id: ID!) { file(id: $id) { state reason downloadUrl } }"
CONTENT = b"abc"
CLEAN = "import sys; sys.exit(0 if sys.stdin.buffer.read() == b'abc' else 3)"


@pytest.fixture(autouse=True)
def _alone(world: World, tmp_path: Path) -> Iterator[None]:
    """An empty store, no files and no jobs."""
    for company in (world.garage, world.rival):
        world.sql(company, "TRUNCATE file, attachment")
    world.admin.execute("DELETE FROM platform.job")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAAS_FILES", str(tmp_path / "files"))
        _anew()
        yield
    _anew()


def _anew() -> None:
    settings.cache_clear()
    file_store.cache_clear()


@pytest.fixture
def scanned_by(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets who looks for viruses: the arguments of Python, or the place of clamd."""

    def by(*code: str, clamd: str = "") -> None:
        monkeypatch.setenv("SAAS_SCANNER", f"clamd:{clamd}" if clamd else shlex.join([sys.executable, "-c", *code]))
        settings.cache_clear()

    return by


def announced(person: Person, **given: Any) -> dict[str, str]:
    told: dict[str, str] = person.ask(CREATE, input={"name": "a.bin", "size": len(CONTENT), **given})["fileCreate"]
    return told


def sent(person: Person, status: int = 200, **given: Any) -> str:
    told = announced(person, **given)
    assert call("PUT", told["uploadUrl"], content=CONTENT).status_code == status
    return told["id"]


def state(person: Person, id_: str) -> Any:
    file = person.ask(STATE, id=id_)["file"]
    return file and (file["state"], file["reason"], file["downloadUrl"] is not None)


def work(world: World, *, all_due: bool = False) -> list[str]:
    """Do what is due, each once, and where asked what waits for its hour too; the names of the jobs, sorted."""
    if all_due:
        world.admin.execute("UPDATE platform.job SET run_at = now(), key = 'of an hour ago: ' || key")
    cell = dispatcher_engine(world.cluster.plain_dsn(world.cell), 2)
    performer = Performer("test", lambda _cell: cell, AT_ONCE, threading.Event())
    done: dict[UUID, str] = {}
    while True:
        claims.ripen(cell)
        due, _ = claims.claim(cell, "bulk", 50, 30)
        new = [each for each in due if each.id not in done]
        claims.unsend(cell, [each.id for each in due if each.id in done])
        if not new:
            return sorted(done.values())
        for each in new:
            done[each.id] = each.task
            performer.perform(each.tenant_id, each.id)


def rows(world: World) -> set[str]:
    return {str(id_) for (id_,) in world.sql(world.garage, "SELECT id FROM file")}


def contents() -> set[str]:
    root = Path(settings().files)
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def key(world: World, id_: str) -> str:
    ((blob,),) = world.sql(world.garage, "SELECT blob FROM file WHERE id = %s", id_)
    return key_of(world.garage.tenant, blob)


def test_what_is_announced_and_never_sent_is_forgotten(world: World) -> None:
    sam = world.garage.sam
    late = announced(sam)["id"]
    assert work(world) == []
    world.sql(world.garage, "UPDATE file SET expires_at = now() - interval '1 second'")
    soon, there = announced(sam)["id"], sent(sam)
    assert "file_clean_up" in work(world, all_due=True)
    assert rows(world) == {soon, there}
    assert state(sam, late) is None
    waiting = world.admin.execute("SELECT task FROM platform.job WHERE run_at > now() ORDER BY task").fetchall()
    assert waiting == [("file_clean_up",), ("file_sweep",)]


def test_what_hangs_on_nothing_for_long_is_removed_with_its_content(world: World) -> None:
    garage = world.garage
    customer = garage.make(Customer, owner_id=garage.sam.id)
    hangs, loose = sent(garage.sam, recordId=str(customer)), sent(garage.sam)
    came_off = sent(garage.sam, recordId=str(customer))
    assert garage.sam.ask(CHANGE, id=came_off, r=str(customer))["fileDetach"]["problems"] == []
    kept = {key(world, hangs), key(world, came_off)}
    world.sql(garage, "UPDATE file SET loose_since = now() - interval '30 days 1 second' WHERE id <> %s", came_off)
    work(world, all_due=True)
    assert rows(world) == {hangs, came_off}
    assert contents() == kept
    assert state(garage.sam, loose) is None


def test_what_is_deleted_is_gone_with_its_content(world: World) -> None:
    sam = world.garage.sam
    id_, other = sent(sam), sent(sam)
    assert sam.ask(DELETE, id=id_)["fileDelete"]["problems"] == []
    assert work(world) == ["file_purge"]
    assert (rows(world), contents()) == ({other}, {key(world, other)})


def test_a_store_that_is_away_loses_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sam = world.garage.sam
    id_ = sent(sam)
    assert sam.ask(DELETE, id=id_)["fileDelete"]["problems"] == []

    def away(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr("saas.gateways.files.Path.unlink", away)
        assert work(world) == ["file_purge"]
        assert (rows(world), len(contents()), state(sam, id_)) == ({id_}, 1, None)
    assert world.admin.execute("SELECT task, attempts, dead_at FROM platform.job WHERE run_at <= now()").fetchall() == [
        ("file_purge", 0, None)
    ]
    assert work(world) == ["file_purge"]
    assert (rows(world), contents()) == (set(), set())


def test_contents_without_a_file_are_found_by_their_age(world: World) -> None:
    garage, store = world.garage, file_store()

    def stray(tenant_of: Any) -> str:
        incoming = store.incoming()
        incoming.write(CONTENT)
        name = key_of(tenant_of.tenant, ids.new_id(ids.FILE))
        incoming.keep(name)
        incoming.drop()
        return name

    known, stray_, foreign = key(world, sent(garage.sam)), stray(garage), stray(world.rival)
    half = store.incoming()
    half.write(CONTENT)
    before = contents()
    assert before >= {known, stray_, foreign}
    assert len(before) == 4

    def sweep() -> set[str]:
        with open_scope(garage.tenant, None, write=True) as scope:
            enqueue(scope.session, garage.tenant.id, file_sweep)
        assert "file_sweep" in work(world)
        return contents()

    assert sweep() == before
    with clock.stopped_at(clock.now() + timedelta(days=1, minutes=1)):
        assert sweep() == {known, foreign}
    half.drop()


def test_with_a_scanner_a_file_is_ready_only_after_it_said_clean(world: World, scanned_by: Any) -> None:
    scanned_by(CLEAN)
    sam = world.garage.sam
    id_ = sent(sam, 202)
    assert state(sam, id_) == ("PENDING", None, False)
    assert work(world) == ["file_scan"]
    assert state(sam, id_) == ("READY", None, True)


def test_what_a_scanner_finds_is_refused_and_goes(world: World, scanned_by: Any) -> None:
    scanned_by("import sys; sys.exit(1)")
    sam = world.garage.sam
    id_ = sent(sam, 202)
    assert work(world) == ["file_discard", "file_scan"]
    assert state(sam, id_) == ("REFUSED", "It was refused because of what was found in it: a virus.", False)
    assert contents() == set()


@pytest.mark.parametrize("down", ["import sys; sys.exit(2)", "import os; os.kill(os.getpid(), 9)", "exit()"])
def test_a_scanner_that_cannot_tell_keeps_a_file_waiting(world: World, scanned_by: Any, down: str) -> None:
    sam = world.garage.sam
    scanned_by(down)
    big = b"x" * 2_000_000 if down == "exit()" else CONTENT  # one that ends without having read all of it
    told = announced(sam, size=len(big))
    assert call("PUT", told["uploadUrl"], content=big).status_code == 202
    id_ = told["id"]
    assert work(world) == ["file_scan"]
    assert state(sam, id_) == ("PENDING", None, False)
    assert world.admin.execute("SELECT attempts, dead_at FROM platform.job WHERE task = 'file_scan'").fetchall() == [
        (0, None)
    ]
    scanned_by("import sys; sys.stdin.buffer.read()")
    assert work(world) == ["file_scan"]
    assert state(sam, id_) == ("READY", None, True)


@pytest.mark.enable_socket  # one of a file, too
@pytest.mark.parametrize("place", ["socket", "port"])
def test_clamd_is_asked_over_its_socket(world: World, scanned_by: Any, tmp_path: Path, place: str) -> None:
    sam, heard = world.garage.sam, bytearray()
    listener = socket.socket(socket.AF_UNIX if place == "socket" else socket.AF_INET)
    listener.bind(str(tmp_path / "clamd") if place == "socket" else ("127.0.0.1", 0))
    listener.listen()
    answers = [b"stream: OK\0", b"stream: Eicar-Test FOUND\0", b"INSTREAM size limit exceeded. ERROR\0"]

    def serve() -> None:
        for answer in answers:
            connection, _ = listener.accept()
            with connection:
                while not heard.endswith(bytes(4)):
                    heard.extend(connection.recv(100))
                connection.sendall(answer)
            told.append(bytes(heard))
            heard.clear()

    told: list[bytes] = []
    thread = threading.Thread(target=serve)
    thread.start()
    named = listener.getsockname()
    scanned_by(clamd=named if place == "socket" else f"{named[0]}:{named[1]}")
    clean, infected, unknown = (sent(sam, 202) for _ in range(3))
    work(world)
    thread.join(10)
    listener.close()
    assert told == [b"zINSTREAM\0\0\0\0\x03abc\0\0\0\0"] * 3
    assert [state(sam, each) for each in (clean, infected, unknown)] == [
        ("READY", None, True),
        ("REFUSED", "It was refused because of what was found in it: Eicar-Test.", False),
        ("PENDING", None, False),
    ]


def test_another_companys_files_are_left_alone(world: World) -> None:
    rita = world.rival.rita
    id_ = sent(rita)
    sent(world.garage.sam)
    world.sql(world.garage, "UPDATE file SET loose_since = now() - interval '1 year'")
    work(world, all_due=True)
    assert rows(world) == set()
    assert [str(each) for (each,) in world.sql(world.rival, "SELECT id FROM file")] == [id_]
    assert state(rita, id_) == ("READY", None, True)
