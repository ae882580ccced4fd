"""The other company sees nothing of any record, by any door."""

import pytest

from saas.engine.field import Kind
from saas.engine.registry import ObjectType, objects
from tests.contracts.factory import given, made, tried
from tests.contracts.sight import Sight
from tests.world import World


@pytest.mark.lines_too
def test_the_administrator_of_another_company_sees_nothing(connected: Sight) -> None:
    assert {door: seen for door, seen in connected.theirs.items() if seen} == {}
    before, after = connected.untouched
    assert after == before


@pytest.mark.lines_too
def test_every_door_shows_the_record_to_its_own_administrator(connected: Sight) -> None:
    """Without this the doors above might be walls."""
    assert [door for door, seen in connected.own.items() if not seen and seen is not None] == []
    assert connected.own.keys() == connected.theirs.keys()


def test_nor_anything_of_a_deleted_record(deleted: Sight) -> None:
    assert set(deleted.theirs) == {"in_trash", "restored", "restored_in_bulk_with_a_version"}
    assert {door: seen for door, seen in deleted.theirs.items() if seen} == {}
    before, after = deleted.untouched
    assert after == before


def test_an_id_that_is_taken_elsewhere_is_free_here(world: World, one: ObjectType) -> None:
    """What another company holds cannot be guessed by trying to make it."""
    values = given(world.garage, one, required_only=True)
    id_ = tried(world.garage.ada, one, "Create", input=values)["id"]
    there = given(world.rival, one, required_only=True) | {one.record.facts.title: values[one.record.facts.title]}
    assert tried(world.rival.rita, one, "Create", input=there | {"id": id_})["id"] == id_


def test_a_search_among_all_objects_finds_those_of_its_own_company(world: World) -> None:
    mark = "Quirlwerk"
    asked = [one for one in objects() if one.searched and one.fields[one.record.facts.title].kind is Kind.TEXT]
    made_ids = {str(made(world.garage, one, **{one.record.facts.title: f"{mark} {one.name}"})) for one in asked}
    query = "query($text: String!) { search(text: $text, first: 500) { nodes { id } } }"
    assert {node["id"] for node in world.garage.ada.ask(query, text=mark)["search"]["nodes"]} == made_ids
    assert world.rival.rita.ask(query, text=mark) == {"search": {"nodes": []}}
    assert len(asked) > 15
