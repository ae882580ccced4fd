"""The feed tells of every object what became of a record, and nothing to whoever may not read it."""

from typing import Any

from saas.engine.registry import ObjectType
from saas.kit.text import camel
from tests.contracts.factory import changeable, given, tried
from tests.engine.horizon import settled
from tests.world import Person, World

CHANGES = """
    query($after: String, $objects: [String!], $from: ChangesFrom) {
      changes(after: $after, objects: $objects, from: $from) {
        nodes { object id kind version changedFields record { id } } cursor hasMore
      }
    }"""


def _told(person: Person, id_: str, **arguments: Any) -> tuple[list[dict[str, Any]], str]:
    page = person.ask(CHANGES, **arguments)["changes"]
    return [node for node in page["nodes"] if node["id"] == id_], page["cursor"]


def test_each_thing_that_is_done_to_a_record_is_told_once(world: World, one: ObjectType) -> None:
    ada, nick = world.garage.ada, world.garage.nick
    first, second = given(world.garage, one), changeable(one, given(world.garage, one))
    settled(world)
    _, cursor = _told(ada, "", objects=[one.name], **{"from": "NOW"})
    _, unseen = _told(nick, "", **{"from": "NOW"})
    id_ = str(tried(ada, one, "Create", input=first)["id"])
    told = []
    for verb, arguments in (("Update", {"input": second}), ("Delete", {}), ("Restore", {}), ("", {})):
        settled(world)
        nodes, cursor = _told(ada, id_, after=cursor, objects=[one.name])
        told += nodes
        if verb:
            assert tried(ada, one, verb, id=id_, **arguments) == {"id": id_, "problems": []}
    common, seen = {"object": one.name, "id": id_}, {"record": {"id": id_}}
    created, updated, deleted, restored = told
    names = {camel(each.api) for each in one.all_fields.values()}
    assert set(created.pop("changedFields")) <= names
    assert set(updated.pop("changedFields")) <= names
    assert created == common | seen | {"kind": "CREATED", "version": 1}
    assert updated == common | seen | {"kind": "UPDATED", "version": 2}
    assert deleted == common | {"kind": "DELETED", "version": 3, "changedFields": [], "record": None}
    assert restored == common | seen | {"kind": "CREATED", "version": 4, "changedFields": []}
    nodes, _ = _told(nick, id_, after=unseen)
    assert nodes == []
    (error,) = nick.errors(CHANGES, objects=[one.name])
    assert error["extensions"]["code"] == "FORBIDDEN"
