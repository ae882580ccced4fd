"""The contracts hold for every registered object and action, some for lines too: a new one is tested by being there."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

import saas.modules
from saas.engine.registry import ObjectType, listed, objects
from saas.engine.write.load import Target
from saas.engine.write.remove import delete
from tests.databases import Cluster
from tests.world import Company, World, built

MODULES = saas.modules


@pytest.fixture(scope="session")
def world(cluster: Cluster) -> Iterator[World]:
    """One for all contracts: each looks at records that it made itself."""
    with built(cluster, "contracts_") as found:
        yield found


# What their records say holds for those of other objects.
_RULES = ("duplicate_rule", "number_rule")


@pytest.fixture(autouse=True)
def _rules_end(request: pytest.FixtureRequest) -> Iterator[None]:
    """A rule that a contract made holds no longer than that contract."""
    one = request.getfixturevalue("one") if "one" in request.fixturenames else None
    if one is None or one.name not in _RULES:
        yield
        return
    world: World = request.getfixturevalue("world")
    before = [_living(world, company, one) for company in (world.garage, world.rival)]
    yield
    for company, there in zip((world.garage, world.rival), before, strict=True):
        with company.scope() as scope:
            delete(scope, one, [Target(id_) for id_ in _living(world, company, one) - there])


def _living(world: World, company: Company, one: ObjectType) -> set[UUID]:
    return {id_ for (id_,) in world.sql(company, f"SELECT id FROM {one.name} WHERE deleted_at IS NULL")}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "one" in metafunc.fixturenames:
        with_lines = metafunc.definition.get_closest_marker("lines_too")
        metafunc.parametrize("one", listed() if with_lines else objects(), ids=_name)
    if "document" in metafunc.fixturenames:
        metafunc.parametrize("document", [one for one in objects() if one.lines is not None], ids=_name)
    if "action" in metafunc.fixturenames:
        actions = [action for one in objects() for action in one.actions.values()]
        metafunc.parametrize("action", actions, ids=[action.key for action in actions])


def _name(one: Any) -> str:
    assert isinstance(one, ObjectType)
    return one.name
