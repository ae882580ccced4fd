"""What roles grant is written as wanted, told in the audit, and only by those who may change roles."""

from datetime import date

import pytest

from saas.engine.access.tables import Access, Relation, RowScope
from saas.engine.scope import open_scope
from saas.kit.errors import Forbidden
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.rights import (
    Grants,
    Limit,
    Right,
    employee_assign_roles,
    grants_of,
    role_grant,
    roles_of,
)
from saas.modules.organisation.role import Role
from tests.contracts.ledger import audited
from tests.engine.people import employee_of, role_of
from tests.world import World

READER = Grants(frozenset({Right("customer", "read", RowScope.ALL)}))
LIMITED = Grants(READER.rights, frozenset({Limit("customer", "finance", Relation.OTHERS, Access.READ)}))


def test_a_role_grants_exactly_what_is_wanted(world: World) -> None:
    id_ = world.garage.make(Role)
    for wanted in (READER, LIMITED, Grants()):
        with world.garage.scope() as scope:
            assert role_grant(scope, role_of(scope, id_), wanted) is True
        with world.garage.scope() as scope:
            assert grants_of(scope, id_) == wanted
            assert role_grant(scope, role_of(scope, id_), wanted) is False
    told = [row["changes"]["grants"] for row in audited(world, world.garage, id_) if row["kind"] == "updated"]
    plain, limited = ["customer.read:all"], ["customer.read:all", "customer.finance@others:read"]
    assert told == [[[], plain], [plain, limited], [limited, []]]


def test_a_person_holds_exactly_the_roles_wanted(world: World) -> None:
    id_, one, other = world.garage.make(Employee), world.garage.make(Role), world.garage.make(Role)
    end = date(2099, 12, 31)
    for wanted in ({one: None}, {one: None, other: end}, {}):
        with world.garage.scope() as scope:
            assert employee_assign_roles(scope, employee_of(scope, id_), wanted) is True
        with world.garage.scope() as scope:
            assert roles_of(scope, id_) == wanted
            assert employee_assign_roles(scope, employee_of(scope, id_), wanted) is False
    told = [row["changes"]["roles"] for row in audited(world, world.garage, id_) if row["kind"] == "updated"]
    both = sorted([str(one), f"{other} until 2099-12-31"])
    assert told == [[[], [str(one)]], [[str(one)], both], [both, []]]


def test_only_who_may_change_roles_changes_rights(world: World) -> None:
    id_ = world.garage.make(Role)
    before = audited(world, world.garage)
    for person in (world.garage.sam, world.garage.mona, world.garage.vera):
        with open_scope(world.garage.tenant, person.id, write=True) as scope:
            with pytest.raises(Forbidden):
                role_grant(scope, role_of(scope, id_), READER)
            with pytest.raises(Forbidden):
                employee_assign_roles(scope, employee_of(scope, person.id), {id_: None})
    assert audited(world, world.garage) == before
