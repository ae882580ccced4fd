"""The change feed: every change exactly once, in the order of transactions, however they overlap."""

import dataclasses
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from saas.engine.feed import FeedPage, FeedStartedAnew, Position, feed_after, feed_start
from saas.engine.registry import object_named
from saas.engine.scope import Scope
from saas.engine.write.create import create
from saas.tenants.session import reading
from tests.engine.horizon import settled
from tests.world import World


@pytest.fixture
def start(world: World) -> Position:
    """Behind all that the world began with."""
    settled(world)
    with reading(world.garage.tenant) as opened:
        return _end(world, feed_start(opened.session))


def _end(world: World, position: Position) -> Position:
    while (page := after(world, position)).rows:
        position = page.position
    return position


def after(world: World, position: Position, first: int = 1_000) -> FeedPage:
    with reading(world.garage.tenant) as opened:
        return feed_after(opened.session, position, first)


def named(world: World, page: FeedPage) -> list[str]:
    names = dict(world.sql(world.garage, "SELECT id, name FROM role"))
    return [names[row.record_id] for row in page.rows]


def make(scope: Scope, *names: str) -> None:
    assert all(each.id for each in create(scope, object_named("role"), [{"name": name} for name in names]))


@pytest.fixture
def opening(world: World) -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_what_commits_late_is_not_skipped(world: World, start: Position, opening: ExitStack) -> None:
    slow = opening.enter_context(world.garage.scope())
    make(slow, "slow")
    with world.garage.scope() as quick:
        make(quick, "quick")
    assert after(world, start).rows == []  # quick is there already, but slow may still come in before it
    opening.close()
    settled(world)
    page = after(world, start)
    assert named(world, page) == ["slow", "quick"]
    assert after(world, page.position).rows == []


def test_what_was_rolled_back_is_not_told_and_holds_nobody_up(world: World, start: Position) -> None:
    with ExitStack() as stack:
        scope = stack.enter_context(world.garage.scope())
        make(scope, "never")
        scope.session.rollback()
    with world.garage.scope() as scope:
        make(scope, "kept")
    settled(world)
    assert named(world, after(world, start)) == ["kept"]


def test_pages_follow_each_other_inside_a_transaction(world: World, start: Position) -> None:
    with world.garage.scope() as scope:
        make(scope, *(f"page {i}" for i in range(5)))
    settled(world)
    found, position, more = [], start, True
    while more:
        page = after(world, position, first=2)
        assert len(page.rows) <= 2
        found += named(world, page)
        position, more = Position.read(str(page.position)), page.has_more
    assert sorted(found) == [f"page {i}" for i in range(5)]


def test_a_change_tells_record_version_fields_and_whose_it_was(world: World, start: Position) -> None:
    with world.garage.scope() as scope:
        make(scope, "told")
    settled(world)
    (row,) = after(world, start).rows
    assert (row.object, row.kind, row.version, row.fields) == ("role", "created", 1, ["name"])
    assert (row.scope_before, row.scope_after) == (None, {})


def test_another_tenant_reads_its_own(world: World, start: Position) -> None:
    with world.garage.scope() as scope:
        make(scope, "ours")
    settled(world)
    with reading(world.rival.tenant) as opened:
        told = feed_after(opened.session, dataclasses.replace(start))
    assert not {row.record_id for row in told.rows} & {row.record_id for row in after(world, start).rows}


def test_a_database_that_was_restored_starts_anew(world: World, start: Position) -> None:
    with pytest.raises(FeedStartedAnew, match="started anew"):
        after(world, dataclasses.replace(start, epoch="1.1"))


def test_readers_and_writers_at_once_lose_nothing(world: World, start: Position) -> None:
    writers, each = 4, 15
    done = threading.Event()

    def write(number: int) -> None:
        for i in range(each):
            with world.garage.scope() as scope:
                make(scope, f"race {number}-{i}")

    def read() -> list[str]:
        found, position = [], start
        while True:
            is_last = done.is_set()
            page = after(world, position, first=7)
            found += named(world, page)
            position = page.position
            if is_last and not page.rows:
                return found

    with ThreadPoolExecutor(writers + 1) as threads:
        reader = threads.submit(read)
        for future in [threads.submit(write, number) for number in range(writers)]:
            future.result()
        settled(world)
        done.set()
        assert sorted(reader.result()) == sorted(f"race {n}-{i}" for n in range(writers) for i in range(each))
