"""A receiver for a file of tests, with nothing in it at the beginning of each; and what they make goes again."""

from collections.abc import Iterator

import pytest

from tests.webhooks.receiver import Receiver, receiving
from tests.world import World


@pytest.fixture(scope="module")
def server() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def receiver(server: Receiver, world: World) -> Iterator[Receiver]:
    """The same, empty; what a test made sends nothing into the next one."""
    server.clear()
    yield server
    for company in (world.garage, world.rival):
        world.sql(company, "DELETE FROM webhook_endpoint")
