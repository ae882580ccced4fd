"""Notifications go after 180 days."""

from datetime import timedelta
from uuid import UUID

from saas.engine.jobs import Step
from saas.kit import ids
from saas.kit.clock import now
from saas.modules.notices.care import KEPT, notification_clear
from tests.schema.notices import give, somebody, told
from tests.world import World


def test_old_ones_are_removed_read_or_not_and_younger_ones_stay(world: World) -> None:
    reader = somebody(world.garage)
    for _ in range(3):
        give(world.garage.ada, reader)
    newest, middle, oldest = (each["id"] for each in told(reader))
    for id_, age in ((oldest, KEPT + timedelta(hours=1)), (middle, KEPT - timedelta(hours=1))):
        made = UUID(int=ids.first_at(now() - age).int | UUID(id_).int & (1 << 80) - 1)
        world.sql(world.garage, "UPDATE notification SET id = %s WHERE id = %s", made, id_)
    with world.garage.scope() as scope:
        assert notification_clear(scope, Step()) is None
    assert len(told(reader)) == 2
    assert told(reader)[0]["id"] == newest


def test_one_that_was_called_off_removes_nothing(world: World) -> None:
    reader = somebody(world.garage)
    give(world.garage.ada, reader)
    world.sql(world.garage, "UPDATE notification SET id = %s WHERE id = %s", UUID(int=1), told(reader)[0]["id"])
    with world.garage.scope() as scope:
        assert notification_clear(scope, Step(cancelled=True)) is None
    assert len(told(reader)) == 1
