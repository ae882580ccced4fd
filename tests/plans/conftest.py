"""The place is built once for each file."""

from collections.abc import Iterator

import pytest

from tests.plans.place import Place, settled
from tests.world import World


@pytest.fixture(scope="module")
def place(world: World) -> Iterator[Place]:
    with settled(world) as found:
        yield found
