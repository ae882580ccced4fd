"""The contracts hold for every registered object and action, some for lines too: a new one is tested by being there."""

from collections.abc import Iterator
from typing import Any

import pytest

import saas.modules
from saas.engine.registry import ObjectType, listed, objects
from tests.databases import Cluster
from tests.world import World, built

MODULES = saas.modules


@pytest.fixture(scope="package")
def world(cluster: Cluster) -> Iterator[World]:
    """One for all contracts: each looks at records that it made itself."""
    with built(cluster) as found:
        yield found


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
