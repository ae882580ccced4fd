"""Establishments against the people there are, in the API."""

from typing import Annotated

import strawberry
from strawberry.types import Info

from saas.kit import ids
from saas.modules.organisation.staffing import MOST_PLACES, staffing_in_sight

Below = Annotated[
    strawberry.ID | None, strawberry.argument(description="Of this department and those below it; absent: of all.")
]
Over = Annotated[
    bool | None, strawberry.argument(description="Only where there are more than planned; false: only where not.")
]


@strawberry.type(description="How many people are planned in a department, and how many there are.")
class Staffing:
    department_id: strawberry.ID = strawberry.field(description="The department.")
    position_id: strawberry.ID | None = strawberry.field(description="In this position; null: whatever their position.")
    planned: int = strawberry.field(description="How many are planned, by all establishments of the place together.")
    filled: int = strawberry.field(description="How many work there.")
    free: int = strawberry.field(description="How many more may come; less than 0 where there are more than planned.")
    is_closed: bool = strawberry.field(description="Whether one more than planned is refused.")


def _staffing(info: Info, department: Below = None, is_over: Over = None) -> list[Staffing] | None:
    below = None if department is None else ids.parse_id(department)
    return [
        Staffing(
            department_id=strawberry.ID(str(each.department_id)),
            position_id=None if each.position_id is None else strawberry.ID(str(each.position_id)),
            planned=each.planned,
            filled=each.filled,
            free=each.free,
            is_closed=each.is_closed,
        )
        for each in staffing_in_sight(info.context.scope, below, is_over=is_over)
    ]


@strawberry.type(description="Looking at establishments.")
class StaffingQuery:
    staffing: list[Staffing] | None = strawberry.field(
        resolver=_staffing,
        description="How many people are planned, there and missing, for each department and position with an "
        f"establishment in your sight, fullest first; at most {MOST_PLACES}.",
    )
