"""Explanations for administrators: why a person sees a record, who sees it, and all that a person may do."""

from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry.types import Info

from saas.engine.access.compile import compile_profile
from saas.engine.access.explain import Reason, Sight, sight_of, who_can_see
from saas.engine.access.profile import Profile
from saas.engine.permissions import operations_by_name
from saas.engine.read.fetch import fetch_by_ids
from saas.engine.read.wanted import Wanted
from saas.engine.registry import ObjectType, object_with_code
from saas.engine.scope import Scope
from saas.kit import ids
from saas.kit.errors import BadInput, NotFound
from saas.schema.access_enums import Access, Relation, RowScope, Way
from saas.schema.special_types import SpecialTold, specials_told

MOST = 100
PersonId = Annotated[strawberry.ID, strawberry.argument(description="Which employee.")]
RecordId = Annotated[strawberry.ID, strawberry.argument(description="Which record, of any object.")]
First = Annotated[int, strawberry.argument(description=f"How many people, at most {MOST}.")]
After = Annotated[strawberry.ID | None, strawberry.argument(description="Only people after this one.")]


@strawberry.type(description="A role that may read such records, and one way in which it could reach this one.")
class VisibilityReason:
    role_id: strawberry.ID = strawberry.field(description="The role.")
    scope: RowScope = strawberry.field(description="How far its right reaches.")
    way: Way = strawberry.field(description="In which way.")
    holds: bool = strawberry.field(description="Whether it does reach this record so.")


@strawberry.type(description="Whether somebody sees a record, and why.")
class Visibility:
    person_id: strawberry.ID = strawberry.field(description="The employee.")
    visible: bool = strawberry.field(description="Whether they see it.")
    reasons: list[VisibilityReason] = strawberry.field(
        description="What lets them see it, and what could and does not; empty where no role may read such records."
    )


@strawberry.type(description="People who see a record.")
class Viewers:
    nodes: list[Visibility] = strawberry.field(description="Each with the reasons.")
    has_next_page: bool = strawberry.field(description="Whether there are more; go on after the last one.")


@strawberry.type(description="That somebody may do something.")
class EffectiveRight:
    object: str = strawberry.field(description="The object.")
    operation: str = strawberry.field(description="The operation or action.")
    scopes: list[RowScope] = strawberry.field(description="How far it reaches; all of these together.")
    role_ids: list[strawberry.ID] = strawberry.field(description="The roles that grant it.")


@strawberry.type(description="What somebody may do with a group of fields, where they may read such records at all.")
class EffectiveAccess:
    object: str = strawberry.field(description="The object.")
    field_group: str = strawberry.field(description="The group of its fields.")
    role_id: strawberry.ID = strawberry.field(description="By this role; of several the highest counts.")
    relation: Relation = strawberry.field(description="For this relation to the record.")
    stage: str | None = strawberry.field(description="In this state of the record; null: in all.")
    access: Access = strawberry.field(description="Less than writing.")


@strawberry.type(description="All that a person may do.")
class PersonAccess:
    person_id: strawberry.ID = strawberry.field(description="The employee.")
    rights: list[EffectiveRight] = strawberry.field(description="For each object and operation that is allowed.")
    limits: list[EffectiveAccess] = strawberry.field(description="Where a role gives less than full access to fields.")
    specials: list[SpecialTold] = strawberry.field(description="What is permitted specially, by the key.")
    stands_in_for: list[strawberry.ID] = strawberry.field(
        description="The people for whom they stand in today: what these own is as good as theirs."
    )
    ends_on: date | None = strawberry.field(
        description="The last day on which all this is so: then a role or a standing in ends, or the day after one "
        "begins; null: for good."
    )


def _why_visible(info: Info, person: PersonId, record: RecordId) -> Visibility | None:
    scope: Scope = info.context.scope
    person_id, (one, record_id) = _person(scope, person), _record(scope, record)
    return _told(sight_of(scope.session, scope.tenant, person_id, one, record_id))


def _who_can_see(info: Info, record: RecordId, first: First = 20, after: After = None) -> Viewers | None:
    scope: Scope = info.context.scope
    _need(scope)
    if not 0 < first <= MOST:
        raise BadInput(f"first must be between 1 and {MOST}, not {first}.", path=("first",))
    one, record_id = _record(scope, record)
    behind = None if after is None else ids.parse_id(after)
    found, more = who_can_see(scope.session, scope.tenant, one, record_id, first, behind)
    return Viewers(nodes=[_told(each) for each in found], has_next_page=more)


def _effective_access(info: Info, person: PersonId) -> PersonAccess | None:
    scope: Scope = info.context.scope
    profile = compile_profile(scope.session, scope.tenant, _person(scope, person))
    limits = [
        EffectiveAccess(object=one, field_group=group, role_id=_id(role), relation=relation, stage=stage, access=access)
        for (role, one, group), of_group in profile.limits.items()
        for (relation, stage), access in of_group.items()
    ]
    return PersonAccess(
        person_id=_id(profile.principal_id),
        rights=_rights(profile),
        limits=sorted(limits, key=lambda e: (e.object, e.field_group, e.role_id, e.relation, e.stage or "")),
        specials=specials_told(profile.specials),
        stands_in_for=[_id(each) for each in sorted(profile.stands_in_for)],
        ends_on=profile.ends_on,
    )


def _rights(profile: Profile) -> list[EffectiveRight]:
    found = []
    for name, operations in operations_by_name().items():
        for operation in operations:
            granting = profile.granting(name, operation)
            if granting:
                scopes = sorted({scope for _, scope in granting}, key=list(RowScope).index)
                roles = [_id(role) for role in sorted({role for role, _ in granting})]
                found.append(EffectiveRight(object=name, operation=operation, scopes=scopes, role_ids=roles))
    return found


def _need(scope: Scope) -> None:
    scope.need("role.read")
    scope.need("employee.read")


def _person(scope: Scope, given: str) -> UUID:
    """A person in the asker's sight; Forbidden for who may not look into rights."""
    _need(scope)
    one, id_ = _record(scope, given)
    if one.record.facts.owner != "id":
        raise NotFound("There is no such person in your sight.")
    return id_


def _record(scope: Scope, given: str) -> tuple[ObjectType, UUID]:
    id_ = ids.parse_id(given)
    one = object_with_code(ids.code_of(id_) or 0)
    if one is None or not fetch_by_ids(scope, Wanted(one), [id_]):
        raise NotFound("There is no such record in your sight.")
    return one, id_


def _told(sight: Sight) -> Visibility:
    reasons = [_reason(each) for each in sight.reasons]
    return Visibility(person_id=_id(sight.person_id), visible=sight.is_visible, reasons=reasons)


def _reason(reason: Reason) -> VisibilityReason:
    return VisibilityReason(role_id=_id(reason.role_id), scope=reason.scope, way=reason.way, holds=reason.holds)


def _id(id_: UUID) -> strawberry.ID:
    return strawberry.ID(str(id_))


@strawberry.type(description="Explanations.")
class ExplainQuery:
    why_visible: Visibility | None = strawberry.field(
        resolver=_why_visible,
        description="Why a person sees a record, or does not; for who may read roles and employees.",
    )
    who_can_see: Viewers | None = strawberry.field(
        resolver=_who_can_see, description="The people who see a record, in the order of their ids; likewise."
    )
    effective_access: PersonAccess | None = strawberry.field(
        resolver=_effective_access, description="All that a person may do; likewise."
    )
