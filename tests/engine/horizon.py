"""Waiting until the feed tells all that was written."""

from tests.tenants.place import until
from tests.world import World


def settled(world: World) -> None:
    """Wait until all that was written is behind the oldest transaction of the cluster: other tests have theirs."""
    newest = "SELECT xid FROM audit ORDER BY xid DESC LIMIT 1"
    passed = f"SELECT pg_snapshot_xmin(pg_current_snapshot()) > ({newest})"
    until(lambda: world.sql(world.garage, passed) == [(True,)], "no older transaction runs")
