"""The feed tells of every object what became of a record, and nothing to whoever may not read it."""

from saas.engine.registry import ObjectType
from saas.kit.text import camel
from tests.contracts.feed import CHANGES, Feed
from tests.world import World


def test_each_thing_that_is_done_to_a_record_is_told_once(one: ObjectType, feed: Feed) -> None:
    id_ = feed.ids[one.name]
    common, seen = {"object": one.name, "id": id_}, {"record": {"id": id_}}
    created, updated, deleted, restored = feed.told[one.name]
    names = {camel(each.api) for each in one.all_fields.values()}
    for told, kind, version in ((created, "CREATED", 1), (updated, "UPDATED", 2)):
        assert set(told["changedFields"]) <= names
        assert told == common | seen | {"kind": kind, "version": version, "changedFields": told["changedFields"]}
    assert deleted == common | {"kind": "DELETED", "version": 3, "changedFields": [], "record": None}
    assert restored == common | seen | {"kind": "CREATED", "version": 4, "changedFields": []}


def test_who_may_not_read_it_is_told_nothing(world: World, one: ObjectType, feed: Feed) -> None:
    assert [node for node in feed.untold if node["id"] == feed.ids[one.name]] == []
    (error,) = world.garage.nick.errors(CHANGES, objects=[one.name])
    assert error["extensions"]["code"] == "FORBIDDEN"
