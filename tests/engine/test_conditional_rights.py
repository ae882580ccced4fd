"""Rights that count for a position or a business line only, and roles that are held for a time."""

from datetime import UTC, date, datetime, timedelta

from saas.engine.access.tables import Access, Relation, RowScope
from saas.engine.scope import open_scope
from saas.kit import clock
from saas.modules.customers.customer import Customer
from saas.modules.organisation.business_line import BusinessLine
from saas.modules.organisation.position import Position
from saas.modules.organisation.rights import Grants, Limit, Right, employee_assign_roles, roles_of
from saas.modules.organisation.structure import employee_assign_business_lines
from tests.engine.people import employee_of, hire
from tests.world import Person, World, rights

MOVE = "mutation($id: ID!, $to: ID) { x: employeeUpdate(id: $id, input: { positionId: $to }) { problems { code } } }"


def test_a_right_counts_for_its_position_only_and_at_once(world: World) -> None:
    position = world.garage.make(Position)
    right = Right("customer", "read", RowScope.ALL, position_id=position)
    own = Right("customer", "read", RowScope.OWN)
    paul = hire(world.garage, "paul", Grants(frozenset({right, own})))
    id_ = str(world.garage.make(Customer, owner_id=world.garage.sam.id))
    query = "query($id: ID!) { customer(id: $id) { id } }"
    for to, expected in ((None, None), (str(position), {"id": id_}), (None, None)):
        assert world.garage.ada.ask(MOVE, id=str(paul.id), to=to)["x"]["problems"] == []
        assert paul.ask(query, id=id_)["customer"] == expected


def test_a_limit_counts_for_its_business_line_only(world: World) -> None:
    line = world.garage.make(BusinessLine)
    hidden = frozenset(
        Limit("customer", "contact", relation, Access.HIDDEN, business_line_id=line) for relation in Relation
    )
    lisa = hire(world.garage, "lisa", Grants(rights(RowScope.ALL, "customer"), hidden))
    id_ = str(world.garage.make(Customer, phone="13812345678"))
    query = "query($id: ID!) { customer(id: $id) { phone } }"
    for lines, expected in (((), "13812345678"), ((line,), None), ((), "13812345678")):
        with world.garage.scope() as scope:
            employee_assign_business_lines(scope, employee_of(scope, lisa.id), lines)
        assert lisa.ask(query, id=id_)["customer"] == {"phone": expected}


def test_a_role_ends_after_its_last_day_on_the_wall_of_the_tenant(world: World) -> None:
    """The garage is in Berlin: its 1st of July begins at 22:00 UTC of the day before."""
    tim = hire(world.garage, "tim", Grants(rights(RowScope.ALL, "customer", operations=("read",))))
    year = clock.now().year + 1
    _hold_until(world, tim, date(year, 6, 30))
    last = datetime(year, 6, 30, 21, 59, tzinfo=UTC)
    assert _may_read(world, tim, last)
    assert not _may_read(world, tim, last + timedelta(minutes=1))


def test_a_role_for_a_time_takes_no_other_along(world: World) -> None:
    both = Grants(rights(RowScope.ALL, "product", operations=("read",)))
    tara = hire(world.garage, "tara", Grants(rights(RowScope.ALL, "customer", operations=("read",))), both)
    yesterday = clock.today(world.garage.tenant.time_zone) - timedelta(days=1)
    with world.garage.scope() as scope:
        held = roles_of(scope, tara.id)
        (first, second) = sorted(held)
        employee_assign_roles(scope, employee_of(scope, tara.id), {first: yesterday, second: None})
    permissions = tara.ask("{ viewer { permissions } }")["viewer"]["permissions"]
    assert permissions in (["customer.read"], ["product.read"])


def _hold_until(world: World, person: Person, until: date) -> None:
    with world.garage.scope() as scope:
        held = dict.fromkeys(roles_of(scope, person.id), until)
        assert employee_assign_roles(scope, employee_of(scope, person.id), held) is True


def _may_read(world: World, person: Person, moment: datetime) -> bool:
    with clock.stopped_at(moment), open_scope(world.garage.tenant, person.id, write=False) as scope:
        return scope.profile.may("customer.read")
