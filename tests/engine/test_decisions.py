"""Decisions see everything: what is hidden from the submitter changes none of them."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from saas.engine.access.tables import Access, RowScope
from saas.engine.record import Record
from saas.engine.registry import object_of
from saas.engine.write.create import create
from saas.engine.write.load import Target
from saas.engine.write.remove import restore
from saas.engine.write.update import update
from saas.modules.customers.contact import Contact
from saas.modules.customers.customer import Customer
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.rights import Grants
from saas.modules.sales.opportunity import Opportunity
from tests.engine.people import hire
from tests.engine.test_kernel import acting, tried
from tests.world import World, limits, rights

OBJECTS: tuple[type[Record], ...] = (Customer, Contact, Opportunity, Employee)
GROUPS = [(object_of(record).name, group) for record in OBJECTS for group in sorted(object_of(record).groups)]
Try = Callable[[World, Any], str]


def _unique_value_taken(world: World, scope: Any) -> str:
    return tried(scope, create, object_of(Customer), [{"name": "n", "code": "TAKEN"}])


def _broken_rule(world: World, scope: Any) -> str:
    values = {"name": "n", "engaged_on": date(2026, 5, 2), "close_on": date(2026, 5, 1)}
    return tried(scope, create, object_of(Opportunity), [values])


def _rule_on_what_is_kept(world: World, scope: Any) -> str:
    """The rule compares the date that is written with the one that is kept."""
    ((id_,),) = world.sql(world.garage, "SELECT id FROM opportunity WHERE code = 'KEPT'")
    return tried(scope, update, object_of(Opportunity), [(Target(id_), {"close_on": date(2020, 1, 1)})])


def _circle(world: World, scope: Any) -> str:
    ((top,), (below,)) = world.sql(world.garage, "SELECT id FROM customer WHERE name LIKE 'Circle %%' ORDER BY name")
    return tried(scope, update, object_of(Customer), [(Target(top), {"parent_id": below})])


def _hidden_value_taken(world: World, scope: Any) -> str:
    """The e-mail of an employee, which not every submitter sees, was taken while they were in the trash."""
    ((id_,),) = world.sql(world.garage, "SELECT id FROM employee WHERE code = 'GONE'")
    return tried(scope, restore, object_of(Employee), [Target(id_)])


def _allowed(world: World, scope: Any) -> str:
    return tried(scope, create, object_of(Customer), [{"name": "n", "code": "FREE"}])


DECISIONS: dict[str, tuple[Try, str]] = {
    "a unique value that is taken": (_unique_value_taken, "DUPLICATE"),
    "a rule over new values": (_broken_rule, "RULE_BROKEN"),
    "a rule over a value that is kept": (_rule_on_what_is_kept, "RULE_BROKEN"),
    "a hidden value that is taken": (_hidden_value_taken, "DUPLICATE"),
    "a circle": (_circle, "CIRCLE"),
    "what is right": (_allowed, "done"),
}


@pytest.fixture(scope="module", autouse=True)
def kept(world: World) -> None:
    """What the decisions meet."""
    garage = world.garage
    garage.make(Customer, code="TAKEN", phone="13812345678", credit_limit=Decimal(1))
    garage.make(Opportunity, code="KEPT", engaged_on=date(2026, 1, 1), amount=Decimal(5))
    gone = garage.make(Employee, code="GONE", email="gone@garage.test")
    garage.ada.ask("mutation($id: ID!) { employeeDelete(id: $id) { id } }", id=str(gone))
    garage.make(Employee, email="gone@garage.test")
    top = garage.make(Customer, name="Circle 1")
    garage.make(Customer, name="Circle 2", parent_id=top)


@pytest.mark.parametrize(("one", "group"), GROUPS)
@pytest.mark.parametrize("access", [Access.HIDDEN, Access.MASKED])
def test_hiding_a_group_from_the_submitter_changes_no_decision(
    world: World, one: str, group: str, access: Access
) -> None:
    everything = rights(RowScope.ALL, *(object_of(record).name for record in OBJECTS))
    person = hire(world.garage, f"blind-{one}-{group}-{access.name}", Grants(everything, limits(one, group, access)))
    with acting(world, person) as scope:
        told = {name: decide(world, scope) for name, (decide, _) in DECISIONS.items()}
    assert told == {name: expected for name, (_, expected) in DECISIONS.items()}
