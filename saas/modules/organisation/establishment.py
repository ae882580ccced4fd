"""How many people a department is to have, and that nobody comes beyond that where it says so."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from saas.engine import field
from saas.engine.events import changed, created, on, restored
from saas.engine.field import Choices, Label, OnDelete
from saas.engine.record import Facts, Record
from saas.engine.rules import Broken, rule
from saas.engine.scope import Scope
from saas.modules.organisation.department import Department
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.position import Position

MOST = 100_000


class WhenFull(Choices):
    WARN = "warn", "Warn", "提醒"
    REFUSE = "refuse", "Refuse", "拒绝"


class Establishment(Record):
    """So many people a department is to have in a position, or in all. Several for the same place add up."""

    __tablename__ = "establishment"
    facts = Facts(
        code=0x008,
        label=Label("Establishment", "编制"),
        plural=Label("Establishments", "编制"),
        title="name",
        order=("name",),
        department="department_id",
        keys=("name",),
    )

    name: Mapped[str] = field.text(
        "Name", "名称", required=True, description="Where it was decided, such as the budget of a year."
    )
    department_id: Mapped[UUID] = field.ref(Department, "Department", "部门", required=True, on_delete=OnDelete.CASCADE)
    position_id: Mapped[UUID | None] = field.ref(
        Position, "Position", "职位", on_delete=OnDelete.CASCADE, description="Absent: whatever their position."
    )
    planned: Mapped[int] = field.integer("Planned", "编制人数", required=True, examples=(10_000, 20_000))
    when_full: Mapped[WhenFull] = field.choice(
        "When full",
        "满编时",
        WhenFull,
        default=WhenFull.WARN,
        description="Whether one more person is refused, or `staffing` tells it.",
    )
    notes: Mapped[str | None] = field.long_text("Notes", "备注")


@rule(Establishment)
def establishment_is_no_less_than_nobody(establishment: Establishment) -> None:
    """A plan is for nobody or for some people."""
    if not 0 <= establishment.planned <= MOST:
        raise Broken(f"A department is planned for 0 to {MOST:,} people.", field="planned")


@on(created(Employee), changed(Employee, "department_id"), restored(Employee))
def department_has_room(scope: Scope, employees: Sequence[Employee]) -> None:
    """Nobody comes beyond what is planned where that is refused; who is there already stays."""
    _check_room(scope, employees, sa.true())


@on(changed(Employee, "position_id"))
def position_has_room(scope: Scope, employees: Sequence[Employee]) -> None:
    """Likewise where somebody gets another position: that makes no department fuller."""
    _check_room(scope, employees, Establishment.position_id.is_not(None))


def _check_room(scope: Scope, employees: Sequence[Employee], which: sa.ColumnElement[bool]) -> None:
    departments = {employee.department_id for employee in employees if employee.department_id}
    if not departments:
        return
    plan = Establishment.__table__
    living = sa.and_(plan.c.department_id.in_(departments), plan.c.deleted_at.is_(None), which)
    # Two who come to the same department at the same time count one after the other.
    locked = sa.select(plan.c.id).where(living).order_by(plan.c.id).with_for_update(key_share=True)
    scope.session.execute(locked)
    for place in scope.session.execute(full_places(living)):
        came = [each for each in employees if each.department_id == place.department_id]
        if any(place.position_id in (None, each.position_id) for each in came):
            where = "in this position" if place.position_id else "in all"
            field_name = "position_id" if place.position_id else "department_id"
            raise Broken(f"The department is planned for {place.planned} {where}, not for more.", field=field_name)


def places(condition: sa.ColumnElement[bool]) -> sa.Select[tuple[UUID, UUID | None, int, bool, int]]:
    """For each department and position with a plan how many are planned, if more are refused, how many are there."""
    plan = sa.select(
        Establishment.department_id,
        Establishment.position_id,
        sa.func.sum(Establishment.planned).label("planned"),
        sa.func.bool_or(Establishment.when_full == WhenFull.REFUSE).label("is_closed"),
    )
    by_place = plan.where(condition).group_by(Establishment.department_id, Establishment.position_id).subquery()
    filled = (
        sa.select(sa.func.count())
        .where(
            Employee.department_id == by_place.c.department_id,
            sa.or_(by_place.c.position_id.is_(None), Employee.position_id == by_place.c.position_id),
            Employee.deleted_at.is_(None),
        )
        .correlate(by_place)
        .scalar_subquery()
    )
    return sa.select(*by_place.c, filled.label("filled"))


def full_places(condition: sa.ColumnElement[bool]) -> sa.Select[tuple[UUID, UUID | None, int, bool, int]]:
    """Those of them that refuse more and have more than planned."""
    found = places(condition).subquery()
    return sa.select(found).where(found.c.is_closed, found.c.filled > found.c.planned)
