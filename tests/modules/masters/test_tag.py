"""Tags: words on records of any kind, by which these are found again."""

from dataclasses import replace
from typing import Any

import pytest

from saas.engine.access.tables import Access, RowScope
from saas.engine.registry import object_of
from saas.modules.customers.customer import Customer
from saas.modules.masters.tag import Tag
from saas.modules.organisation.rights import Grants
from tests.contracts.factory import write
from tests.contracts.ledger import audited
from tests.engine.people import hire
from tests.world import World, limits, rights

_TAGS = "query($id: ID!) { customer(id: $id) { version tags { name } } }"
_LIST = "query($filter: CustomerFilter!) { customers(filter: $filter, orderBy: [{ name: ASC }]) { nodes { name } } }"


def _found(world: World, **quantified: Any) -> list[str]:
    nodes = world.garage.ada.ask(_LIST, filter={"tags": quantified, "name": {"startsWith": "T-"}})["customers"]["nodes"]
    return [node["name"] for node in nodes]


def test_a_list_is_replaced_as_a_whole_and_audited(world: World) -> None:
    a, b = (str(world.garage.make(Tag, name=name)) for name in ("hot", "cold"))
    id_ = str(world.garage.make(Customer, tags=[a]))
    assert write(world.garage.ada, object_of(Customer), "Update", id=id_, input={"tags": [b, a, b]})["problems"] == []
    assert world.garage.ada.ask(_TAGS, id=id_)["customer"] == {
        "version": 2,
        "tags": [{"name": "cold"}, {"name": "hot"}],
    }
    assert audited(world, world.garage, id_)[-1]["changes"] == {"tags": [[a], [b, a]]}
    assert write(world.garage.ada, object_of(Customer), "Update", id=id_, input={"tags": [b, a]})["problems"] == []
    assert len(audited(world, world.garage, id_)) == 2
    assert write(world.garage.ada, object_of(Customer), "Update", id=id_, input={"tags": []})["problems"] == []
    assert world.garage.ada.ask(_TAGS, id=id_)["customer"] == {"version": 3, "tags": []}


def test_what_is_not_there_is_refused_at_its_place(world: World) -> None:
    ours, theirs = str(world.garage.make(Tag)), str(world.rival.make(Tag))
    for verb in ("Create", "Update"):
        arguments = {"id": str(world.garage.make(Customer))} if verb == "Update" else {}
        given = {"name": "X", "tags": [ours, theirs]}
        (problem,) = write(world.garage.ada, object_of(Customer), verb, input=given, **arguments)["problems"]
        assert (problem["code"], problem["path"]) == ("NOT_FOUND", ["tags", "1"])
        given = {"name": "X", "tags": [ours] * 101}
        (problem,) = write(world.garage.ada, object_of(Customer), verb, input=given, **arguments)["problems"]
        assert (problem["code"], problem["path"]) == ("BAD_INPUT", ["tags"])


def test_records_are_found_by_their_tags(world: World) -> None:
    hot, cold = world.garage.make(Tag, name="warm"), world.garage.make(Tag, name="cool")
    for name, tags in (("T-both", [hot, cold]), ("T-hot", [hot]), ("T-none", [])):
        world.garage.make(Customer, name=name, tags=tags)
    is_hot = {"name": {"eq": "WARM"}}
    assert _found(world, some=is_hot) == ["T-both", "T-hot"]
    assert _found(world, none=is_hot) == ["T-none"]
    assert _found(world, every=is_hot) == ["T-hot", "T-none"]
    assert write(world.garage.ada, object_of(Tag), "Delete", id=str(hot))["problems"] == []
    assert _found(world, some=is_hot) == []


def test_a_deleted_tag_is_out_of_sight_until_it_is_restored(world: World) -> None:
    a, b = (str(world.garage.make(Tag, name=name)) for name in ("first", "second"))
    id_ = str(world.garage.make(Customer, tags=[a, b]))
    assert write(world.garage.ada, object_of(Tag), "Delete", id=a)["problems"] == []
    assert world.garage.ada.ask(_TAGS, id=id_)["customer"]["tags"] == [{"name": "second"}]
    assert write(world.garage.ada, object_of(Customer), "Update", id=id_, input={"tags": [b]})["problems"] == []
    assert world.garage.ada.ask(_TAGS, id=id_)["customer"]["version"] == 1
    assert write(world.garage.ada, object_of(Tag), "Restore", id=a)["problems"] == []
    assert world.garage.ada.ask(_TAGS, id=id_)["customer"]["tags"] == [{"name": "first"}, {"name": "second"}]


def test_a_hidden_list_is_null_and_cannot_be_written_or_filtered_by(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(Customer.links, "tags", replace(Customer.links["tags"], group="finance"))
    tag = str(world.garage.make(Tag, name="secret"))
    id_ = str(world.garage.make(Customer, tags=[tag]))
    seen = rights(RowScope.ALL, "customer", "tag")
    blind = hire(world.garage, "blind-to-tags", Grants(seen, limits("customer", "finance", Access.HIDDEN)))
    assert blind.ask(_TAGS, id=id_)["customer"]["tags"] is None
    assert world.garage.ada.ask(_TAGS, id=id_)["customer"]["tags"] == [{"name": "secret"}]
    (error,) = blind.errors(_LIST, filter={"tags": {"some": {"name": {"eq": "secret"}}}})
    assert error["extensions"]["code"] == "FORBIDDEN"
    for verb, arguments in (("Create", {}), ("Update", {"id": id_})):
        given = {"name": "X", "tags": [tag]}
        (problem,) = write(blind, object_of(Customer), verb, input=given, **arguments)["problems"]
        assert (problem["code"], problem["path"]) == ("FORBIDDEN", ["tags"])
    told = blind.ask("query($id: ID!) { customer(id: $id) { access { hiddenFields } } }", id=id_)
    assert "tags" in told["customer"]["access"]["hiddenFields"]


def test_a_colour_has_six_digits(world: World) -> None:
    for colour, code in (("red", ["RULE_BROKEN"]), ("#12345", ["RULE_BROKEN"]), ("#1e88E5", [])):
        given = {"name": f"of {colour}", "colour": colour}
        problems = write(world.garage.ada, object_of(Tag), "Create", input=given)["problems"]
        assert [problem["code"] for problem in problems] == code
