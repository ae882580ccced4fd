"""The other company sees nothing of any record, by any door."""

import pytest

from saas.engine.field import Kind
from saas.engine.registry import ObjectType, objects
from tests.contracts import doors
from tests.contracts.factory import create, given, made, write
from tests.contracts.ledger import marks
from tests.world import World


@pytest.mark.lines_too
def test_the_administrator_of_another_company_sees_nothing(world: World, one: ObjectType) -> None:
    id_ = doors.connected(world.garage, one)
    before = marks(world, world.garage)
    for name, door in doors.doors_of(one).items():
        assert not door(world.rival, world.rival.rita, one, id_), name
    assert doors.listed_by_its_id(world.garage, world.garage.ada, one, id_)
    assert marks(world, world.garage) == before


def test_nor_anything_of_a_deleted_record(world: World, one: ObjectType) -> None:
    id_ = made(world.garage, one)
    assert write(world.garage.ada, one, "Delete", id=str(id_))["problems"] == []
    before = marks(world, world.garage)
    for door in (doors.in_trash, doors.restored, doors.restored_in_bulk_with_a_version):
        assert not door(world.rival, world.rival.rita, one, id_), door.__name__
    assert marks(world, world.garage) == before


def test_an_id_that_is_taken_elsewhere_is_free_here(world: World, one: ObjectType) -> None:
    """What another company holds cannot be guessed by trying to make it."""
    values = given(world.garage, one, required_only=True)
    id_ = create(world.garage.ada, one, values)["id"]
    there = given(world.rival, one, required_only=True) | {one.record.facts.title: values[one.record.facts.title]}
    assert create(world.rival.rita, one, there | {"id": id_})["id"] == id_


@pytest.mark.lines_too
def test_every_door_shows_the_record_to_its_own_administrator(world: World, one: ObjectType) -> None:
    """Without this the doors above might be walls."""
    id_ = doors.connected(world.garage, one)
    for name, door in doors.doors_of(one).items():
        seen = door(world.garage, world.garage.ada, one, id_)
        assert seen or seen is None, name


def test_a_search_among_all_objects_finds_those_of_its_own_company(world: World) -> None:
    mark = "Quirlwerk"
    asked = [one for one in objects() if one.searched and one.fields[one.record.facts.title].kind is Kind.TEXT]
    made_ids = {str(made(world.garage, one, **{one.record.facts.title: f"{mark} {one.name}"})) for one in asked}
    query = "query($text: String!) { search(text: $text, first: 500) { nodes { id } } }"
    assert {node["id"] for node in world.garage.ada.ask(query, text=mark)["search"]["nodes"]} == made_ids
    assert world.rival.rita.ask(query, text=mark) == {"search": {"nodes": []}}
    assert len(asked) > 15
