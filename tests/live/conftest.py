"""One server for the tests of a file."""

from collections.abc import Iterator

import pytest

from tests.served import serving
from tests.world import World


@pytest.fixture(scope="module")
def url(world: World) -> Iterator[str]:
    """The address of the whole application behind a real server."""
    with serving() as found:
        yield found
