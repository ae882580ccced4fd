"""Deputies in the API: who stands in for whom, and for how long."""

from datetime import date
from typing import Annotated

import strawberry
from strawberry.types import Info

from saas.kit import ids
from saas.modules.organisation.deputies import (
    StandIn,
    assign_deputies,
    deputies_in_sight,
    stood_in_for_in_sight,
)
from saas.schema.grants import RightsPayload
from saas.schema.sharing import done

PersonId = Annotated[strawberry.ID, strawberry.argument(description="Which employee.")]


@strawberry.input(description="That somebody stands in for a person, both days included.")
class DeputyInput:
    deputy_id: strawberry.ID = strawberry.field(description="The employee who does.")
    starts_on: date = strawberry.field(description="The first day.")
    ends_on: date = strawberry.field(description="The last day.")


Deputies = Annotated[list[DeputyInput], strawberry.argument(description="All that shall stand in for them.")]


@strawberry.type(name="Deputy", description="That somebody stands in for a person, both days included.")
class DeputyTold:
    person_id: strawberry.ID = strawberry.field(description="The employee who is away.")
    deputy_id: strawberry.ID = strawberry.field(description="The employee who stands in for them.")
    starts_on: date = strawberry.field(description="The first day.")
    ends_on: date = strawberry.field(description="The last day.")


def _assign(info: Info, id: PersonId, deputies: Deputies) -> RightsPayload | None:
    person_id = ids.parse_id(id)
    wanted = [StandIn(each.starts_on, each.ends_on, person_id, ids.parse_id(each.deputy_id)) for each in deputies]
    id_, problems = done(info, lambda on: assign_deputies(on.scope, person_id, wanted))
    return RightsPayload(id=id_, problems=problems)


def _deputies(info: Info, id: PersonId) -> list[DeputyTold] | None:
    return _told(deputies_in_sight(info.context.scope, ids.parse_id(id)))


def _stands_in_for(info: Info, id: PersonId) -> list[DeputyTold] | None:
    return _told(stood_in_for_in_sight(info.context.scope, ids.parse_id(id)))


def _told(found: list[StandIn] | None) -> list[DeputyTold] | None:
    if found is None:
        return None
    return [
        DeputyTold(
            person_id=strawberry.ID(str(each.person_id)),
            deputy_id=strawberry.ID(str(each.deputy_id)),
            starts_on=each.starts_on,
            ends_on=each.ends_on,
        )
        for each in found
    ]


@strawberry.type(description="Looking at deputies.")
class DeputyQuery:
    employee_deputies: list[DeputyTold] | None = strawberry.field(
        resolver=_deputies,
        description="Who stands in for a person, stood or will, by days; for who may read roles. Null where there is "
        "no such person in your sight.",
    )
    employee_stands_in_for: list[DeputyTold] | None = strawberry.field(
        resolver=_stands_in_for, description="For whom a person stands in, stood or will, by days; likewise."
    )


@strawberry.type(description="Naming deputies.")
class DeputyMutation:
    employee_assign_deputies: RightsPayload | None = strawberry.mutation(
        resolver=_assign,
        description="Have exactly these stand in for a person: while it lasts, what the person owns is as good as "
        "theirs, by their own rights.",
    )
