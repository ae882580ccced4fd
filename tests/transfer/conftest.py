"""What tests of jobs that import need: the cell as the dispatcher sees it."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from tests.transfer.reverting import Importing, dispatcher_of
from tests.world import World


@pytest.fixture(scope="module")
def cell(world: World) -> Iterator[sa.Engine]:
    """The cell as the dispatcher's role sees it."""
    found = dispatcher_of(world)
    yield found
    found.dispose()


@pytest.fixture
def by_ada(world: World, cell: sa.Engine) -> Importing:
    """Imports of the administrator."""
    return Importing(world, cell, world.garage.ada)
