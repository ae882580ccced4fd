"""Rights along a business line reach what belongs to one of the person's lines."""

from uuid import UUID

import pytest

from saas.engine.access.tables import RowScope
from saas.engine.scope import open_scope
from saas.kit.errors import Forbidden
from saas.modules.catalog.product import Product
from saas.modules.organisation.business_line import BusinessLine
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.rights import Grants
from saas.modules.organisation.structure import business_lines_of, employee_assign_business_lines
from saas.modules.sales.opportunity import Opportunity
from tests.contracts.ledger import audited
from tests.engine.people import employee_of, hire
from tests.world import World, rights


def _assign(world: World, person: UUID, *lines: UUID) -> bool:
    with world.garage.scope() as scope:
        return employee_assign_business_lines(scope, employee_of(scope, person), lines)


def test_what_belongs_to_a_line_is_reached_by_its_people_at_once(world: World) -> None:
    lamps, pumps = world.garage.make(BusinessLine), world.garage.make(BusinessLine)
    lena = hire(world.garage, "lena", Grants(rights(RowScope.BUSINESS_LINE, "product", "opportunity")))
    lamp, pump = (world.garage.make(Product, business_line_id=line) for line in (lamps, pumps))
    deal = world.garage.make(Opportunity, business_line_id=lamps)
    world.garage.make(Product)
    query = "{ products { nodes { id } } opportunities { nodes { id } } }"

    def seen() -> set[str]:
        answer = lena.ask(query)
        return {node["id"] for each in answer.values() for node in each["nodes"]}

    assert seen() == set()
    assert _assign(world, lena.id, lamps) is True
    assert seen() == {str(lamp), str(deal)}
    assert _assign(world, lena.id, lamps, pumps) is True
    assert seen() == {str(lamp), str(pump), str(deal)}
    assert _assign(world, lena.id, pumps, lamps) is False
    make = 'mutation($line: ID) { x: productCreate(input: { name: "p", businessLineId: $line }) { problems { code } } }'
    assert lena.ask(make, line=None)["x"]["problems"] == [{"code": "FORBIDDEN"}]
    rows = audited(world, world.garage, lena.id)
    told = [row["changes"]["business_lines"] for row in rows if "business_lines" in row["fields"]]
    assert told == [[[], [str(lamps)]], [[str(lamps)], sorted([str(lamps), str(pumps)])]]


def test_a_line_is_not_deleted_from_under_its_people(world: World) -> None:
    line, person = world.garage.make(BusinessLine), world.garage.make(Employee)
    _assign(world, person, line)
    query = "mutation($id: ID!) { x: businessLineDelete(id: $id) { id problems { code message } } }"
    problem = {"code": "RULE_BROKEN", "message": "1 person works for this business line."}
    assert world.garage.ada.ask(query, id=str(line))["x"] == {"id": None, "problems": [problem]}
    _assign(world, person)
    assert world.garage.ada.ask(query, id=str(line))["x"] == {"id": str(line), "problems": []}


def test_who_may_not_change_employees_assigns_no_line(world: World) -> None:
    line = world.garage.make(BusinessLine)
    with open_scope(world.garage.tenant, world.garage.sam.id, write=True) as scope:
        with pytest.raises(Forbidden):
            employee_assign_business_lines(scope, employee_of(scope, world.garage.sam.id), [line])
        assert business_lines_of(scope, world.garage.sam.id) == set()
