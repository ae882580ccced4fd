"""Rights in the API: what a role grants, who holds it, and which business lines a person works for."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, TypeVar
from uuid import UUID

import strawberry
from strawberry.types import Info

from saas.engine.write.outcome import Outcome
from saas.kit import ids
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.granting import (
    assign_business_lines,
    assign_roles,
    assign_specials,
    grant,
    grants_in_sight,
    specials_in_sight,
)
from saas.modules.organisation.rights import Grants
from saas.modules.organisation.role import Role
from saas.schema.grant_types import (
    HeldRoleInput,
    RoleGrantInput,
    RoleGrants,
    grants_from,
    limit_told,
    right_told,
)
from saas.schema.handmade import Problem
from saas.schema.operation import Operation
from saas.schema.sharing import done
from saas.schema.special_types import SpecialInput, SpecialTold, specials_told

Granted = TypeVar("Granted")
RoleId = Annotated[strawberry.ID, strawberry.argument(description="Which role.")]
PersonId = Annotated[strawberry.ID, strawberry.argument(description="Which employee.")]
Version = Annotated[int | None, strawberry.argument(description="The version you have seen; absent: whichever.")]
Wanted = Annotated[RoleGrantInput, strawberry.argument(description="All that it shall grant.")]
Roles = Annotated[list[HeldRoleInput], strawberry.argument(description="All that they shall hold.")]
Lines = Annotated[list[strawberry.ID], strawberry.argument(description="All that they shall work for.")]
Specials = Annotated[list[SpecialInput], strawberry.argument(description="All that they shall have of their own.")]


@strawberry.type(description="What became of it.")
class RightsPayload:
    id: strawberry.ID | None = strawberry.field(description="Whose; null if and only if nothing was written.")
    problems: list[Problem] = strawberry.field(description="Why nothing was written.")


def _role_grant(info: Info, id: RoleId, input: Wanted, version: Version = None) -> RightsPayload | None:
    def work(on: Operation) -> list[Outcome]:
        specials = None if input.specials is None else [(each.key, each.value) for each in input.specials]
        return grant(on.scope, ids.parse_id(id), version, grants_from(input), specials)

    id_, problems = done(info, work)
    return RightsPayload(id=id_, problems=problems)


def _assign_roles(info: Info, id: PersonId, roles: Roles) -> RightsPayload | None:
    def work(on: Operation) -> list[Outcome]:
        held: dict[UUID, date | None] = {ids.parse_id(each.role_id): each.until for each in roles}
        return assign_roles(on.scope, ids.parse_id(id), held)

    id_, problems = done(info, work)
    return RightsPayload(id=id_, problems=problems)


def _assign_lines(info: Info, id: PersonId, business_lines: Lines) -> RightsPayload | None:
    def work(on: Operation) -> list[Outcome]:
        return assign_business_lines(on.scope, ids.parse_id(id), [ids.parse_id(each) for each in business_lines])

    id_, problems = done(info, work)
    return RightsPayload(id=id_, problems=problems)


def _grant_specials(info: Info, id: PersonId, specials: Specials) -> RightsPayload | None:
    def work(on: Operation) -> list[Outcome]:
        return assign_specials(on.scope, ids.parse_id(id), [(each.key, each.value) for each in specials])

    id_, problems = done(info, work)
    return RightsPayload(id=id_, problems=problems)


def _employee_specials(info: Info, id: PersonId) -> list[SpecialTold] | None:
    found = specials_in_sight(info.context.scope, Employee, ids.parse_id(id))
    return None if found is None else specials_told(found)


def _role_grants(info: Info, id: RoleId) -> RoleGrants | None:
    role_id = ids.parse_id(id)
    found: Grants | None = grants_in_sight(info.context.scope, role_id)
    if found is None:
        return None
    return RoleGrants(
        rights=[right_told(each) for each in _sorted(found.rights)],
        limits=[limit_told(each) for each in _sorted(found.limits)],
        specials=specials_told(specials_in_sight(info.context.scope, Role, role_id) or {}),
    )


def _sorted(granted: Iterable[Granted]) -> list[Granted]:
    return sorted(granted, key=str)


@strawberry.type(description="Looking at what roles grant.")
class GrantQuery:
    role_grants: RoleGrants | None = strawberry.field(
        resolver=_role_grants, description="What the role grants; null where there is none in your sight."
    )
    employee_specials: list[SpecialTold] | None = strawberry.field(
        resolver=_employee_specials,
        description="What a person is permitted specially besides their roles; null where there is none in your sight.",
    )


@strawberry.type(description="Granting.")
class GrantMutation:
    role_grant: RightsPayload | None = strawberry.mutation(
        resolver=_role_grant, description="Make a role grant exactly this; it counts from the next request on."
    )
    employee_assign_roles: RightsPayload | None = strawberry.mutation(
        resolver=_assign_roles, description="Make a person hold exactly these roles."
    )
    employee_grant_specials: RightsPayload | None = strawberry.mutation(
        resolver=_grant_specials,
        description="Permit a person exactly this specially, besides what their roles do.",
    )
    employee_assign_business_lines: RightsPayload | None = strawberry.mutation(
        resolver=_assign_lines, description="Make a person work for exactly these business lines."
    )
