"""How many people departments are planned for, how many they have, and what is free."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from saas.engine.access.rows import Shape, reached
from saas.engine.access.tables import department_closure
from saas.engine.registry import object_of
from saas.engine.scope import Scope
from saas.modules.organisation.establishment import Establishment, places

MOST_PLACES = 500


@dataclass(frozen=True, slots=True)
class Staffing:
    """A department, and a position or all: planned, and there. `is_closed`: nobody more is let in."""

    department_id: UUID
    position_id: UUID | None
    planned: int
    is_closed: bool
    filled: int

    @property
    def free(self) -> int:
        """How many more may come; less than 0 where there are more than planned."""
        return self.planned - self.filled


def staffing_in_sight(scope: Scope, below: UUID | None, *, is_over: bool | None) -> Sequence[Staffing]:
    """The places with a plan in the actor's sight, fullest first: of a department and those below it, or of all.

    People are counted whether or not the actor sees them: that is what a plan tells. Forbidden without
    establishment.read.
    """
    scope.need("establishment.read")
    one = object_of(Establishment)
    condition = sa.and_(one.table.c.deleted_at.is_(None), reached(scope.profile, one, "read", one.table, Shape.WIDE))
    if below is not None:
        tree = department_closure
        inside = sa.select(tree.c.descendant_id).where(tree.c.ancestor_id == below)
        condition = sa.and_(condition, one.table.c.department_id.in_(inside))
    found = places(condition).subquery()
    free = found.c.planned - found.c.filled
    statement = sa.select(found).order_by(free, found.c.department_id, found.c.position_id).limit(MOST_PLACES)
    if is_over is not None:
        statement = statement.where((free < 0).is_(is_over))
    return [Staffing(**row) for row in scope.session.execute(statement).mappings()]
