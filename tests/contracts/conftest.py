"""The contracts hold for every registered object and action, some for lines too: a new one is tested by being there."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar
from uuid import UUID

import pytest

import saas.modules
from saas.engine.registry import ObjectType, listed, objects
from saas.engine.write.load import Target
from saas.engine.write.remove import delete
from tests.contracts.factory import RULES
from tests.contracts.factory import hundred as make_hundred
from tests.contracts.feed import Feed, fed, fed_alone
from tests.contracts.life import Life, lived
from tests.contracts.merging import Merged, MovedOn, merged, moved_on
from tests.contracts.sight import Sight, of_connected, of_deleted
from tests.databases import Cluster
from tests.world import Company, World, built

MODULES = saas.modules
Told = dict[Any, Any]
Story = TypeVar("Story")


@pytest.fixture(scope="session")
def world(cluster: Cluster) -> Iterator[World]:
    """One for all contracts: each looks at records that it made itself."""
    with built(cluster, "contracts_") as found:
        yield found


@pytest.fixture(scope="session")
def told() -> Told:
    """What happened to records of each object, told once for all contracts that look at it."""
    return {}


def _once(told: Told, world: World, one: ObjectType, story: Callable[[World, ObjectType], Story]) -> Story:
    if (story, one.name) not in told:
        told[story, one.name] = story(world, one)
    found: Story = told[story, one.name]
    return found


@pytest.fixture
def life(told: Told, world: World, one: ObjectType) -> Life:
    return _once(told, world, one, lived)


@pytest.fixture
def connected(told: Told, world: World, one: ObjectType) -> Sight:
    return _once(told, world, one, of_connected)


@pytest.fixture
def deleted(told: Told, world: World, one: ObjectType) -> Sight:
    return _once(told, world, one, of_deleted)


@pytest.fixture
def hundred(told: Told, world: World, one: ObjectType) -> list[str]:
    """Ids of as many records that nobody changes; of rules new ones, as they do not outlive a contract."""
    return make_hundred(world, one) if one.name in RULES else _once(told, world, one, make_hundred)


@pytest.fixture
def feed(told: Told, world: World, one: ObjectType) -> Feed:
    """Told of all objects at once, as it takes no longer; of rules alone, as they hold for the records of others."""
    if one.name in RULES:
        return _once(told, world, one, fed_alone)
    if fed not in told:
        told[fed] = fed(world, [each for each in objects() if each.name not in RULES])
    found: Feed = told[fed]
    return found


@pytest.fixture(scope="module")
def of_merges() -> Told:
    """Merges have a world of their own, which ends with their file."""
    return {}


@pytest.fixture
def two(of_merges: Told, world: World, one: ObjectType) -> Merged:
    return _once(of_merges, world, one, merged)


@pytest.fixture
def then(of_merges: Told, world: World, one: ObjectType) -> MovedOn:
    return _once(of_merges, world, one, moved_on)


@pytest.fixture(autouse=True)
def _rules_end(request: pytest.FixtureRequest) -> Iterator[None]:
    """A rule that a contract made holds no longer than that contract."""
    one = request.getfixturevalue("one") if "one" in request.fixturenames else None
    if one is None or one.name not in RULES:
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
