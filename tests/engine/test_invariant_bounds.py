"""A check stays within its bounds: what it did not look at is told, and the next one goes on from there."""

from dataclasses import replace
from typing import cast
from uuid import UUID

import pytest
import sqlalchemy as sa

from saas.engine import invariant_check
from saas.engine.invariant_check import Place, Result, checked
from saas.engine.invariants import NONE, Broken, Invariant, Window
from saas.engine.scope import Scope
from saas.modules.catalog.product import Product
from tests.world import World

TABLE = cast("sa.Table", Product.__table__)


@pytest.fixture(scope="module")
def ids(world: World) -> list[UUID]:
    """Products in the order of their ids, of the company that has no others."""
    return sorted(world.rival.make_many(Product, [{} for _ in range(7)]))


def all_of(_scope: Scope, window: Window) -> Broken:
    return sa.select(TABLE.c.id).where(window.of(TABLE.c.id))


ALL = Invariant("product.all_are_broken", "None may be there.", "", all_of, TABLE.c.id, window=3)


def results(world: World, one: Invariant, **told: object) -> list[Result]:
    found = checked(world.rival.tenant, cast("dict[str, UUID]", told.get("resume", {})), which=[one])
    return [each for each in found if isinstance(each, Result)]


def test_a_table_is_gone_through_window_by_window(world: World, ids: list[UUID]) -> None:
    found = list(checked(world.rival.tenant, {}, which=[ALL]))
    places = [each.after for each in found if isinstance(each, Place)]
    assert places == [NONE, ids[2], ids[5]]
    assert found[-1] == Result(ALL.name, 7, tuple(map(str, ids[:5])))


def test_a_check_goes_on_from_where_a_job_left_it(world: World, ids: list[UUID]) -> None:
    *_, place = [each for each in checked(world.rival.tenant, {}, which=[ALL]) if isinstance(each, Place)]
    start = Place.from_json(place.as_json())
    assert start == place
    found = [each for each in checked(world.rival.tenant, {}, start, which=[ALL]) if isinstance(each, Result)]
    assert found == [Result(ALL.name, 7, tuple(map(str, ids[:5])))]


def test_what_does_not_fit_into_a_night_is_told_and_done_in_the_next(world: World, ids: list[UUID]) -> None:
    short = replace(ALL, seconds=0.0)
    (first,) = results(world, short)
    assert (first.count, first.resume, first.is_whole) == (0, NONE, False)
    assert first.note == "Looked at for 0 s; the next night goes on from there."
    (rest,) = results(world, ALL, resume={ALL.name: ids[2]})
    assert (rest.count, rest.note, rest.is_whole) == (4, "", False)
    (whole,) = [
        each for each in checked(world.rival.tenant, {}, which=[short], is_bounded=False) if isinstance(each, Result)
    ]
    assert (whole.count, whole.is_whole) == (7, True)


def test_a_statement_that_takes_too_long_is_ended_and_told(
    world: World, ids: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invariant_check, "STATEMENT_SECONDS", 0.2)

    def slow(_scope: Scope, window: Window) -> Broken:
        sleeps = sa.func.pg_sleep(sa.case((window.of(sa.literal(ids[4])), 5), else_=0)).is_not(None)
        return sa.select(TABLE.c.id).where(window.of(TABLE.c.id), sleeps)

    (found,) = results(world, replace(ALL, find=slow))
    assert found.note == "A statement was ended after 0.2 s: a part was not looked at."
    assert found.count == 4  # of the first window and the last one


def test_a_fault_of_one_is_told_and_the_others_are_looked_at(world: World, ids: list[UUID]) -> None:
    def wrong(_scope: Scope, _window: Window) -> Broken:
        raise ValueError("the secret of the customer")

    found = list(checked(world.rival.tenant, {}, which=[replace(ALL, find=wrong), replace(ALL, name="other")]))
    first, second = [each for each in found if isinstance(each, Result)]
    assert first.note == "It could not be looked at: ValueError."
    assert (second.name, second.count) == ("other", 7)


def test_nothing_can_be_written_by_a_check(world: World, ids: list[UUID]) -> None:
    def writes(scope: Scope, _window: Window) -> Broken:
        scope.session.execute(sa.delete(TABLE))
        return ()

    (found,) = results(world, replace(ALL, find=writes))
    assert "25006" in found.note  # read-only transaction
    assert len(world.sql(world.rival, "SELECT id FROM product")) == 7
