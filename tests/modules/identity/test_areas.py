"""Rights to areas: granted by name or with everything, told to viewers, never by `*.read` alone."""

import itertools

import pytest

from saas.engine import areas
from saas.engine.access.compile import compile_profile
from saas.engine.access.tables import ANY, RowScope
from saas.engine.areas import area
from saas.engine.field import Label
from saas.engine.permissions import is_scope
from saas.kit.errors import BadConfig
from saas.modules.organisation.rights import Grants, Right
from saas.modules.organisation.role import Role
from tests.engine.people import hire
from tests.world import World

GRANT = """
    mutation($id: ID!, $input: RoleGrantInput!) {
      roleGrant(id: $id, input: $input) { id problems { code message path } }
    }"""
_numbers = itertools.count()
PERMISSIONS = "{ viewer { permissions } }"


def right(operation: str, scope: str = "ALL") -> dict[str, str]:
    return {"object": "identity", "operation": operation, "scope": scope}


def test_a_role_grants_what_is_done_in_an_area(world: World) -> None:
    role = str(world.garage.make(Role))
    given = {"rights": [right("read")]}
    assert world.garage.ada.ask(GRANT, id=role, input=given)["roleGrant"] == {"id": role, "problems": []}
    eve = hire(world.garage, "eve", Grants(frozenset({Right("identity", "read", RowScope.ALL)})))
    assert eve.ask(PERMISSIONS)["viewer"]["permissions"] == ["identity.read"]


def test_what_an_area_does_not_have_is_refused(world: World) -> None:
    role = str(world.garage.make(Role))
    refused = world.garage.ada.ask(GRANT, id=role, input={"rights": [right("delete"), right("read", "OWN")]})
    assert refused["roleGrant"]["id"] is None
    assert [problem["message"] for problem in refused["roleGrant"]["problems"]] == [
        "There is no operation identity.delete.",
        "identity has no records, so a right to it reaches all of it: all.",
    ]


def test_everything_has_areas_in_it_and_any_object_has_not(world: World) -> None:
    """Who may read every record does not so read the log of sign-ins."""
    assert {"identity.read", "identity.update"} <= set(world.garage.ada.ask(PERMISSIONS)["viewer"]["permissions"])
    reader = hire(world.garage, "reader", Grants(frozenset({Right(ANY, "read", RowScope.ALL)})))
    held = reader.ask(PERMISSIONS)["viewer"]["permissions"]
    assert "customer.read" in held
    assert [each for each in held if each.startswith("identity.")] == []


@pytest.mark.parametrize(
    ("scopes", "held"),
    [
        ({"*:read"}, []),
        ({"identity:read"}, ["identity.read"]),
        ({"identity:*"}, ["identity.read", "identity.update"]),
        ({"*:*"}, ["identity.read", "identity.update"]),
    ],
)
def test_scopes_reach_areas_likewise(world: World, scopes: set[str], held: list[str]) -> None:
    for grants in (Right(ANY, ANY, RowScope.ALL), Right("identity", ANY, RowScope.ALL)):
        person = hire(world.garage, f"someone{next(_numbers)}", Grants(frozenset({grants})))
        with world.garage.scope(write=False) as scope:
            profile = compile_profile(scope.session, scope.tenant, person.id).narrowed(frozenset(scopes))
        assert [f"identity.{each}" for each in ("read", "update") if profile.may(f"identity.{each}")] == held


@pytest.mark.parametrize(
    ("scope", "is_one"),
    [
        ("customer:read", True), ("identity:update", True), ("opportunity:win", True), ("*:*", True), ("*:read", True),
        ("customer:*", True), ("customer", False), ("customer:", False), ("nothing:read", False),
        ("identity:delete", False), ("*:fly", False), (":read", False), ("nothing:*", False),
    ],
)  # fmt: skip
def test_scopes_name_what_there_is(scope: str, is_one: bool) -> None:
    assert is_scope(scope) is is_one


def test_an_area_is_declared_once_and_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(areas, "_areas", dict(areas._areas))
    area("test_area", Label("Test", "测试"), ("read",), "A test.")
    for name, operations in (("test_area", ("read",)), ("Test", ("read",)), ("other", ()), ("other", ("Read",))):
        with pytest.raises(BadConfig):
            area(name, Label("Test", "测试"), operations, "A test.")
