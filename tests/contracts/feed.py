"""What the feed tells of records from their making to the trash and back, of many objects at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from saas.engine.registry import ObjectType
from tests.contracts.factory import changeable, given, tried
from tests.engine.horizon import settled
from tests.world import Person, World

CHANGES = """
    query($after: String, $objects: [String!], $from: ChangesFrom) {
      changes(after: $after, objects: $objects, from: $from) {
        nodes { object id kind version changedFields record { id } } cursor hasMore
      }
    }"""
_NOW = {"from": "NOW"}


@dataclass
class Feed:
    """The record of each object, what one who may read it was told of it after each step, and what one who may not."""

    ids: dict[str, str] = field(default_factory=dict)
    told: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    untold: list[dict[str, Any]] = field(default_factory=list)


def fed(world: World, objects: Sequence[ObjectType]) -> Feed:
    """A record of each of these objects is made, changed, deleted and restored, and the feed read after each step."""
    ada, nick, names = world.garage.ada, world.garage.nick, [one.name for one in objects]
    inputs = [(given(world.garage, one), changeable(one, given(world.garage, one))) for one in objects]
    settled(world)
    _, cursor = _page(ada, objects=names, **_NOW)
    _, unseen = _page(nick, **_NOW)
    made = [tried(ada, one, "Create", input=first) for one, (first, _) in zip(objects, inputs, strict=True)]
    feed = Feed(dict(zip(names, (str(each["id"]) for each in made), strict=True)), {name: [] for name in names})
    for verb in ("Update", "Delete", "Restore", ""):
        settled(world)
        nodes, cursor = _page(ada, after=cursor, objects=names)
        for node in nodes:
            if node["id"] in feed.ids.values():
                feed.told[node["object"]].append(node)
        for one, (_, second) in zip(objects, inputs, strict=True) if verb else ():
            more = {"input": second} if verb == "Update" else {}
            assert tried(ada, one, verb, id=feed.ids[one.name], **more) == {"id": feed.ids[one.name], "problems": []}
    feed.untold, _ = _page(nick, after=unseen)
    return feed


def fed_alone(world: World, one: ObjectType) -> Feed:
    return fed(world, [one])


def _page(person: Person, **arguments: Any) -> tuple[list[dict[str, Any]], str]:
    page = person.ask(CHANGES, **arguments)["changes"]
    assert page["hasMore"] is False
    return page["nodes"], page["cursor"]
