"""Who sees what of a record by all doors: looked at once for all contracts, as it takes many requests."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from saas.engine.registry import ObjectType
from tests.contracts import doors
from tests.contracts.factory import made, tried
from tests.contracts.ledger import Marks, marks
from tests.engine.filing import filed
from tests.engine.horizon import settled
from tests.world import World, titles

Seen = dict[str, Any]  # by door


@dataclass(frozen=True)
class Sight:
    """What two administrators see; `untouched` is how the company was before and after the other one's tried."""

    theirs: Seen
    own: Seen
    untouched: tuple[Marks, Marks]


def _file(world: World, one: ObjectType, id_: UUID) -> None:
    """Hang a file on it, called as the record is."""
    if one.document is None:
        with world.garage.scope() as scope:
            filed(scope, str(titles.get(id_, id_)), id_)


def of_connected(world: World, one: ObjectType) -> Sight:
    """Of a record that refers to all it may, and is referred to by all that may."""
    id_ = doors.connected(world.garage, one)
    _file(world, one, id_)
    settled(world)  # so that the feed tells it
    before = marks(world, world.garage)
    theirs = doors.through_all(world.rival, world.rival.rita, one, id_)
    after = marks(world, world.garage)
    return Sight(theirs, doors.through_all(world.garage, world.garage.ada, one, id_), (before, after))


def of_deleted(world: World, one: ObjectType) -> Sight:
    """Of a record that was just deleted, and as the door `in_trash_before` says, not before."""
    garage, ada, rita = world.garage, world.garage.ada, world.rival.rita
    id_ = made(garage, one)
    _file(world, one, id_)
    before_ = {"in_trash_before": doors.asked(ada, one, id_, doors.in_trash)["in_trash"]}
    assert tried(ada, one, "Delete", id=str(id_)) == {"id": str(id_), "problems": []}
    own = before_ | doors.through_all(garage, ada, one, id_) | doors.asked(ada, one, id_, doors.in_trash)
    before = marks(world, garage)
    theirs = doors.asked(rita, one, id_, doors.in_trash)
    for door in (doors.restored, doors.restored_in_bulk_with_a_version):
        theirs[door.__name__] = door(world.rival, rita, one, id_)
    return Sight(theirs, own, (before, marks(world, garage)))
