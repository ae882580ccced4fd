"""The contracts hold for every registered object: a new one is tested by being there."""

from typing import Any

import pytest

import saas.modules
from saas.engine.registry import ObjectType, objects

MODULES = saas.modules


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "one" in metafunc.fixturenames:
        metafunc.parametrize("one", objects(), ids=_name)


def _name(one: Any) -> str:
    assert isinstance(one, ObjectType)
    return one.name
