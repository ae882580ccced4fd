"""How rights and limits are written and read in the API."""

from datetime import date
from uuid import UUID

import strawberry

from saas.engine.access.profile import ROWS
from saas.kit import ids
from saas.modules.organisation.rights import Grants, Limit, Right
from saas.schema.access_enums import Access, Relation, RowScope
from saas.schema.special_types import SpecialInput, SpecialTold


@strawberry.input(description="That a role may do something.")
class RightInput:
    object: str = strawberry.field(description="An object as rights name it, such as customer; `*` for any.")
    operation: str = strawberry.field(description="read, create, …, or the verb of an action; `*` for any.")
    scope: RowScope = strawberry.field(description="How far it reaches.")
    position_id: strawberry.ID | None = strawberry.field(default=None, description="Only for who holds it.")
    business_line_id: strawberry.ID | None = strawberry.field(default=None, description="Only for who works for it.")


@strawberry.input(description="That a role has less than full access to a field group.")
class LimitInput:
    object: str = strawberry.field(description="An object as rights name it.")
    field_group: str = strawberry.field(
        description=f"A group of its fields; `{ROWS}` with HIDDEN closes a state to participants."
    )
    relation: Relation = strawberry.field(description="For whom.")
    access: Access = strawberry.field(description="What they may.")
    stage: str | None = strawberry.field(default=None, description="Only in this state, as it is kept; absent: in all.")
    position_id: strawberry.ID | None = strawberry.field(default=None, description="Only for who holds it.")
    business_line_id: strawberry.ID | None = strawberry.field(default=None, description="Only for who works for it.")


@strawberry.input(description="All that a role grants.")
class RoleGrantInput:
    rights: list[RightInput] = strawberry.field(description="What it may.")
    limits: list[LimitInput] = strawberry.field(default_factory=list, description="Where it has less than full access.")
    specials: list[SpecialInput] | None = strawberry.field(
        default=None, description="What it permits specially, all of it; absent: as it is."
    )


@strawberry.input(description="That a person holds a role.")
class HeldRoleInput:
    role_id: strawberry.ID = strawberry.field(description="Which role.")
    until: date | None = strawberry.field(default=None, description="The last day of it; absent: for good.")


@strawberry.type(name="Right", description="That a role may do something.")
class RightTold:
    object: str = strawberry.field(description="The object; `*` for any.")
    operation: str = strawberry.field(description="The operation or action; `*` for any.")
    scope: RowScope = strawberry.field(description="How far it reaches.")
    position_id: strawberry.ID | None = strawberry.field(description="Only for who holds it.")
    business_line_id: strawberry.ID | None = strawberry.field(description="Only for who works for it.")


@strawberry.type(name="Limit", description="That a role has less than full access to a field group.")
class LimitTold:
    object: str = strawberry.field(description="The object.")
    field_group: str = strawberry.field(description="The group of its fields; `*`: the record as a whole.")
    relation: Relation = strawberry.field(description="For whom.")
    access: Access = strawberry.field(description="What they may.")
    stage: str | None = strawberry.field(description="Only in this state; null: in all.")
    position_id: strawberry.ID | None = strawberry.field(description="Only for who holds it.")
    business_line_id: strawberry.ID | None = strawberry.field(description="Only for who works for it.")


@strawberry.type(description="All that a role grants.")
class RoleGrants:
    rights: list[RightTold] = strawberry.field(description="What it may.")
    limits: list[LimitTold] = strawberry.field(description="Where it has less than full access.")
    specials: list[SpecialTold] = strawberry.field(description="What it permits specially.")


def grants_from(given: RoleGrantInput) -> Grants:
    """The grants that the input means."""
    return Grants(
        frozenset(
            Right(each.object, each.operation, each.scope, _id(each.position_id), _id(each.business_line_id))
            for each in given.rights
        ),
        frozenset(
            Limit(
                each.object,
                each.field_group,
                each.relation,
                each.access,
                each.stage,
                _id(each.position_id),
                _id(each.business_line_id),
            )
            for each in given.limits
        ),
    )


def right_told(right: Right) -> RightTold:
    return RightTold(
        object=right.object,
        operation=right.operation,
        scope=right.scope,
        position_id=_told(right.position_id),
        business_line_id=_told(right.business_line_id),
    )


def limit_told(limit: Limit) -> LimitTold:
    return LimitTold(
        object=limit.object,
        field_group=limit.field_group,
        relation=limit.relation,
        access=limit.access,
        stage=limit.stage,
        position_id=_told(limit.position_id),
        business_line_id=_told(limit.business_line_id),
    )


def _id(given: str | None) -> UUID | None:
    return None if given is None else ids.parse_id(given)


def _told(id_: UUID | None) -> strawberry.ID | None:
    return None if id_ is None else strawberry.ID(str(id_))
