"""How many live connections there are and may be, of a server in the process of the test."""

from types import ModuleType

import pytest

from saas.kit import metrics
from saas.kit.settings import settings
from tests.world import World


def open_now(transport: str) -> float:
    """Connections that are open, as the figures have it."""
    figure = f'atrium_live_connections{{transport="{transport}"}}'
    told = metrics.exposition()[0].decode().splitlines()
    return next((float(line.split()[-1]) for line in told if line.startswith(figure)), 0.0)


def limited(monkeypatch: pytest.MonkeyPatch, module: ModuleType, **most: int) -> None:
    """What the module takes for the settings has these limits."""
    changed = settings().model_copy(update=most)
    monkeypatch.setattr(module, "settings", lambda: changed)


def waiting(world: World) -> int:
    """How many transactions wait for a lock in the cell."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    return int(world.admin.execute(query).fetchall()[0][0])
