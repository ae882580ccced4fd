"""What goes in comes out, of every field of every object."""

from saas.engine.registry import ObjectType
from saas.kit.text import camel
from tests.contracts.factory import read_as, without_system_fields
from tests.contracts.life import Life, required_in
from tests.world import World


def test_every_field_is_kept_read_and_changed(one: ObjectType, life: Life) -> None:
    made, changed = life.answers["created"], life.answers["changed"]
    assert made["problems"] == []
    assert (made["record"]["id"], made["record"]["version"]) == (made["id"], 1)
    assert without_system_fields(one, made["record"]) == read_as(one, life.given["first"])
    assert life.answers["read"]["found"] == made["record"]
    assert changed["problems"] == []
    assert (changed["id"], changed["record"]["version"]) == (made["id"], 2)
    assert without_system_fields(one, changed["record"]) == read_as(one, life.now)
    assert life.answers["read again"]["found"] == changed["record"]


def test_an_update_that_changes_nothing_leaves_no_trace(life: Life) -> None:
    assert life.answers["same"] == life.answers["changed"]
    assert life.after == life.before


def test_null_clears_and_absence_leaves(one: ObjectType, life: Life) -> None:
    cleared = life.answers["cleared"]
    assert cleared["problems"] == []
    assert without_system_fields(one, cleared["record"]) == read_as(one, life.now | life.given["nothing"])
    assert cleared["record"]["version"] == (5 if life.given["nothing"] else 4)
    assert life.answers["left"] == cleared


def test_what_is_required_cannot_be_cleared(one: ObjectType, life: Life) -> None:
    required, refused = required_in(one), life.answers["emptied"]
    assert required
    assert (refused["id"], refused["record"]) == (None, None)
    assert sorted((p["code"], *p["path"]) for p in refused["problems"]) == [("REQUIRED", name) for name in required]
    assert life.after == life.before


def test_only_what_is_required_is_enough(world: World, one: ObjectType, life: Life) -> None:
    made = life.answers["required"]
    assert made["problems"] == []
    expected = {
        camel(name): field.default for name, field in one.all_fields.items() if not field.system and not field.part_of
    }
    for name, field in one.fields.items():
        if field.choices:
            expected[camel(name)] = field.default.name
    if one.record.facts.owner not in (None, "id"):
        expected["ownerId"] = str(world.garage.ada.id)
        expected["departmentId"] = str(world.garage.departments["head"])
    if one.record.facts.number:
        number = camel(one.record.facts.number)
        expected[number] = made["record"][number]
        assert expected[number] is not None
    assert without_system_fields(one, made["record"]) == read_as(one, expected | life.given["required"])
