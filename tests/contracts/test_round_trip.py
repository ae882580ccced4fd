"""What goes in comes out, of every field of every object."""

from saas.engine.field import Field
from saas.engine.registry import ObjectType
from saas.kit.text import camel
from tests.contracts.factory import (
    changeable,
    create,
    different,
    given,
    read_as,
    selection,
    without_system_fields,
    write,
)
from tests.contracts.ledger import marks
from tests.world import World


def _changeable(one: ObjectType) -> list[tuple[str, Field]]:
    return [(name, field) for name, field in one.all_fields.items() if field.is_input(creating=False)]


def test_every_field_is_kept_read_and_changed(world: World, one: ObjectType) -> None:
    ada = world.garage.ada
    values = given(world.garage, one)
    made = create(ada, one, values)
    assert made["problems"] == []
    assert (made["record"]["id"], made["record"]["version"]) == (made["id"], 1)
    assert without_system_fields(one, made["record"]) == read_as(one, values)

    query = f"query($id: ID!) {{ found: {one.single}(id: $id) {{ {selection(one)} }} }}"
    assert ada.ask(query, id=made["id"])["found"] == made["record"]

    others = different(world.garage, one, values)
    changed = write(ada, one, "Update", id=made["id"], version=1, input=others)
    assert changed["problems"] == []
    assert (changed["id"], changed["record"]["version"]) == (made["id"], 2)
    assert without_system_fields(one, changed["record"]) == read_as(one, values | others)
    assert ada.ask(query, id=made["id"])["found"] == changed["record"]


def test_an_update_that_changes_nothing_leaves_no_trace(world: World, one: ObjectType) -> None:
    values = given(world.garage, one)
    made = create(world.garage.ada, one, values)
    before = marks(world, world.garage)
    again = write(world.garage.ada, one, "Update", id=made["id"], version=1, input=changeable(one, values))
    assert again == made
    assert marks(world, world.garage) == before


def test_null_clears_and_absence_leaves(world: World, one: ObjectType) -> None:
    values = given(world.garage, one)
    made = create(world.garage.ada, one, values)
    optional = {camel(name): None for name, field in _changeable(one) if not field.required}
    cleared = write(world.garage.ada, one, "Update", id=made["id"], input=optional)
    assert cleared["problems"] == []
    assert without_system_fields(one, cleared["record"]) == read_as(one, values | optional)
    version = cleared["record"]["version"]
    assert version == (2 if optional else 1)
    left = write(world.garage.ada, one, "Update", id=made["id"], version=version, input={})
    assert left == cleared


def test_what_is_required_cannot_be_cleared(world: World, one: ObjectType) -> None:
    made = create(world.garage.ada, one, given(world.garage, one))
    required = sorted(camel(name) for name, field in _changeable(one) if field.required)
    assert required
    before = marks(world, world.garage)
    refused = write(world.garage.ada, one, "Update", id=made["id"], input=dict.fromkeys(required))
    assert (refused["id"], refused["record"]) == (None, None)
    assert sorted((p["code"], *p["path"]) for p in refused["problems"]) == [("REQUIRED", name) for name in required]
    assert marks(world, world.garage) == before


def test_only_what_is_required_is_enough(world: World, one: ObjectType) -> None:
    values = given(world.garage, one, required_only=True)
    made = create(world.garage.ada, one, values)
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
    assert without_system_fields(one, made["record"]) == read_as(one, expected | values)
