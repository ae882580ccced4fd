"""A role cannot vanish from under those who hold it."""

from saas.engine.access.tables import RowScope
from saas.modules.organisation.rights import Grants
from saas.modules.organisation.role import Role
from tests.contracts.ledger import audited
from tests.engine.people import hire, role_of
from tests.world import World, rights

DELETE = "mutation($id: ID!) { x: roleDelete(id: $id) { id problems { code message path } } }"


def test_a_role_that_somebody_holds_is_not_deleted(world: World) -> None:
    """Otherwise its rights would go on without anybody seeing where they come from."""
    hire(world.garage, "hal", Grants(rights(RowScope.ALL, "product")))
    ((role_id,),) = world.sql(world.garage, "SELECT id FROM role WHERE name LIKE 'hal''s role%%'")
    before = audited(world, world.garage)
    problem = {"code": "RULE_BROKEN", "message": "1 person holds this role.", "path": []}
    assert world.garage.ada.ask(DELETE, id=str(role_id))["x"] == {"id": None, "problems": [problem]}
    assert audited(world, world.garage) == before


def test_a_role_that_nobody_holds_is_deleted_and_comes_back(world: World) -> None:
    id_ = world.garage.make(Role)
    assert world.garage.ada.ask(DELETE, id=str(id_))["x"] == {"id": str(id_), "problems": []}
    restore = "mutation($id: ID!) { x: roleRestore(id: $id) { id problems { code } } }"
    assert world.garage.ada.ask(restore, id=str(id_))["x"] == {"id": str(id_), "problems": []}
    with world.garage.scope(write=False) as scope:
        assert role_of(scope, id_).deleted_at is None
