"""How much a tenant may keep: counted exactly whoever sends at the same time, told, and given back."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from saas.engine.files.job import file_purge
from saas.engine.files.made import keep_made
from saas.engine.files.quota import Limits, Usage, recount, set_limits, take, usage
from saas.engine.files.sink import Sink
from saas.engine.jobs import enqueue
from saas.gateways.files import file_store
from saas.kit.settings import settings
from tests.contracts.ledger import marks
from tests.engine.test_files import work
from tests.world import Company, Person, World, call

CREATE = """
mutation ($input: FileCreateInput!) {
  fileCreate(input: $input) {
    id uploadUrl problems { __typename code message path ... on QuotaProblem { used allowed } }
  }
}
"""
DELETE = "mutation ($id: ID!) { fileDelete(id: $id) { id problems { code } } }"
USAGE = "{ fileUsage { bytes files maxBytes maxFiles } }"


@pytest.fixture(autouse=True)
def _own_store(world: World, tmp_path: Path) -> Iterator[None]:
    """An empty store for each test, and companies that keep nothing and may keep what the settings say."""
    for company in (world.garage, world.rival):
        world.sql(company, "TRUNCATE file, attachment")
        with company.scope() as scope:
            recount(scope)
            set_limits(scope, Limits())
    world.admin.execute("DELETE FROM platform.job")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAAS_FILES", str(tmp_path / "files"))
        settings.cache_clear()
        file_store.cache_clear()
        yield
    settings.cache_clear()
    file_store.cache_clear()


def allow(company: Company, **limits: int) -> None:
    with company.scope() as scope:
        set_limits(scope, Limits(**limits))


def announced(person: Person, size: int, name: str = "a.txt") -> dict[str, Any]:
    told: dict[str, Any] = person.ask(CREATE, input={"name": name, "size": size})["fileCreate"]
    return told


def kept(company: Company) -> tuple[int, int]:
    """Bytes and files that are counted, and that there are: they must agree."""
    with company.scope(write=False) as scope:
        found = usage(scope)
    with company.scope() as scope:
        assert recount(scope) is False
    return found.bytes, found.files


def test_what_is_more_than_may_be_kept_is_refused(world: World) -> None:
    garage = world.garage
    allow(garage, bytes=100, files=3)
    assert announced(garage.sam, 60)["problems"] == []
    before = marks(world, garage)
    told = announced(garage.sue, 41)
    assert (told["id"], told["uploadUrl"]) == (None, None)
    (problem,) = told["problems"]
    assert problem.pop("message").startswith("Your company keeps 60 bytes of 100 that it may keep; this one has 41.")
    assert problem == {
        "__typename": "QuotaProblem",
        "code": "QUOTA_EXCEEDED",
        "path": ["size"],
        "used": "60",
        "allowed": "100",
    }
    assert marks(world, garage) == before
    assert announced(garage.sue, 40)["problems"] == []
    assert announced(garage.sue, 0)["problems"] == []
    (problem,) = announced(garage.sue, 0)["problems"]
    assert (problem["code"], problem["path"], problem["used"], problem["allowed"]) == ("QUOTA_EXCEEDED", [], "3", "3")
    assert kept(garage) == (100, 3)
    assert announced(world.rival.rita, 1000)["problems"] == []


def test_what_failed_is_not_counted(world: World) -> None:
    garage = world.garage
    query = """
    mutation ($a: FileCreateInput!, $b: FileCreateInput!) {
      a: fileCreate(input: $a) { id } b: fileCreate(input: $b) { id }
    }
    """
    told = garage.sam.ask(query, a={"name": "a", "size": 7}, b={"name": "", "size": 7})
    assert (told["a"]["id"], told["b"]["id"]) == (None, None)
    assert kept(garage) == (0, 0)


def test_administrators_see_what_is_kept(world: World) -> None:
    garage = world.garage
    announced(garage.sam, 12)
    most = {"maxBytes": str(50 * 1024**3), "maxFiles": 1_000_000}
    assert garage.ada.ask(USAGE) == {"fileUsage": {"bytes": "12", "files": 1, **most}}
    allow(garage, bytes=4_000_000_000)
    assert garage.ada.ask(USAGE)["fileUsage"]["maxBytes"] == "4000000000"
    assert garage.sam.errors(USAGE)[0]["extensions"]["code"] == "FORBIDDEN"
    assert world.rival.rita.ask(USAGE)["fileUsage"]["files"] == 0


def test_a_limit_that_is_lowered_counts_at_once(world: World) -> None:
    garage = world.garage
    assert announced(garage.sam, 60)["problems"] == []
    allow(garage, bytes=50)
    assert announced(garage.sam, 0)["problems"][0]["code"] == "QUOTA_EXCEEDED"
    allow(garage, bytes=61)
    assert announced(garage.sam, 1)["problems"] == []
    assert kept(garage) == (61, 2)


def test_what_is_removed_or_refused_gives_its_room_back(world: World) -> None:
    garage = world.garage
    allow(garage, bytes=20, files=2)
    gone = announced(garage.sam, 15)["id"]
    assert garage.sam.ask(DELETE, id=gone)["fileDelete"]["problems"] == []
    assert announced(garage.sam, 15)["problems"][0]["code"] == "QUOTA_EXCEEDED"  # its content may still be there
    assert work(world) == ["file_purge"]
    assert kept(garage) == (0, 0)
    refused = announced(garage.sam, 15, "a.png")
    assert call("PUT", refused["uploadUrl"], content=b"<html>" + b" " * 9).status_code == 400
    assert kept(garage) == (0, 1)
    assert announced(garage.sam, 20)["problems"] == []
    assert garage.sam.ask(DELETE, id=refused["id"])["fileDelete"]["problems"] == []
    assert work(world) == ["file_purge"]
    assert kept(garage) == (20, 1)
    with garage.scope() as scope:
        enqueue(scope.session, scope.tenant.id, file_purge)
    assert work(world) == ["file_purge"]
    assert kept(garage) == (20, 1)


@pytest.mark.parametrize("limits", [{"bytes": 35}, {"files": 5}, {"bytes": 10_000, "files": 40}])
def test_of_many_at_once_exactly_as_many_pass_as_may(world: World, limits: dict[str, int]) -> None:
    garage, people = world.garage, (world.garage.sam, world.garage.sue, world.garage.ada)
    allow(garage, **limits)
    at_once = 20
    start = threading.Barrier(at_once)

    def send(number: int) -> str:
        start.wait()
        problems = announced(people[number % 3], 7)["problems"]
        return str(problems[0]["code"]) if problems else "kept"

    with ThreadPoolExecutor(at_once) as threads:
        told = [*threads.map(send, range(at_once))]
    passed = min(at_once, limits.get("bytes", 1000) // 7, limits.get("files", 1000))
    assert sorted(told) == sorted(["kept"] * passed + ["QUOTA_EXCEEDED"] * (at_once - passed))
    assert kept(garage) == (passed * 7, passed)


def test_whoever_announces_a_file_waits_for_nobody(world: World) -> None:
    """Ten transactions at once, none of which has ended when the next one begins."""
    garage = world.garage
    announced(garage.sam, 1)  # deals out what there is

    with ExitStack() as open_ones:
        for _ in range(10):
            scope = open_ones.enter_context(garage.scope())
            scope.session.connection().exec_driver_sql("SET LOCAL lock_timeout = '1s'")
            assert take(scope, 5) is None
    with garage.scope(write=False) as scope:
        assert usage(scope) == Usage(51, 11, 50 * 1024**3, 1_000_000)


def test_what_the_program_makes_counts_and_is_never_refused(world: World) -> None:
    garage = world.garage
    allow(garage, bytes=100)
    assert announced(garage.sam, 10)["problems"] == []
    incoming = file_store().incoming()
    with garage.scope() as scope:
        sink = Sink(incoming)
        sink.write(b"x" * 200)
        keep_made(scope, "made.csv", "text/csv", sink)
    incoming.drop()
    assert kept(garage) == (210, 2)
    (problem,) = announced(garage.sam, 0)["problems"]
    assert (problem["used"], problem["allowed"]) == ("210", "100")


def test_what_was_counted_wrongly_is_counted_anew(world: World) -> None:
    garage = world.garage
    announced(garage.sam, 10)
    world.sql(garage, "UPDATE file_use SET bytes = 77, files = 9")
    with garage.scope() as scope:
        assert recount(scope) is True
    assert kept(garage) == (10, 1)
    assert announced(garage.sam, 10)["problems"] == []
    assert kept(garage) == (20, 2)


@pytest.mark.parametrize(
    ("wished", "kept"),
    [
        ("../../etc/pass\nwd.csv", "....etcpasswd.csv"),
        ("a\u202egpj.exe\u200b", "agpj.exe"),
        ("..", "file"),
        ("客户 refused.csv", "客户 refused.csv"),
        ("x" * 300 + ".csv", "x" * 251 + ".csv"),
    ],
)
def test_what_the_program_makes_has_an_honest_name(world: World, wished: str, kept: str) -> None:
    """It may be made of one that somebody gave, such as that of a sheet."""
    incoming = file_store().incoming()
    with world.garage.scope() as scope:
        sink = Sink(incoming)
        sink.write(b"x")
        _, file_id = keep_made(scope, wished, "text/csv", sink)
    incoming.drop()
    assert world.sql(world.garage, "SELECT name FROM file WHERE id = %s", file_id) == [(kept,)]
