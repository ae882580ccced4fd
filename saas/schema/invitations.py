"""Invitations in the API, and the end of somebody's sign-in."""

from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry
from strawberry.types import Info

from saas.kit import ids
from saas.kit.clock import now
from saas.modules.identity.invitations import DAYS, MOST_DAYS, invitation_create, invitation_revoke, invitations
from saas.modules.identity.leaving import membership_end
from saas.schema.handmade import Problem, described_enum
from saas.schema.paging import First, Offset, check_page
from saas.schema.sharing import done
from saas.tenants.identity.links import Link


class InvitationState(Enum):
    """How an invitation stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REVOKED = "revoked"
    EXPIRED = "expired"


described_enum(
    InvitationState,
    "InvitationState",
    "How an invitation stands.",
    {
        "OPEN": "It can be accepted.",
        "ACCEPTED": "It was accepted.",
        "REVOKED": "Somebody revoked it, or a later invitation took its place.",
        "EXPIRED": "Its time is over.",
    },
)


@strawberry.input(description="Whom to invite: an employee, or a new one by name and e-mail.")
class InvitationCreateInput:
    employee_id: strawberry.ID | None = strawberry.field(
        default=None, description="An employee in your sight; absent: one is created with `name` and `email`."
    )
    email: str | None = strawberry.field(
        default=None, description="To which address; absent: the employee's own. Whoever reads it signs in as them."
    )
    name: str | None = strawberry.field(default=None, description="Of a new employee.")
    language: str | None = strawberry.field(default=None, description="Of the mail: en or zh; absent: the company's.")
    days: int = strawberry.field(default=DAYS, description=f"How long it is good, 1 to {MOST_DAYS} days.")


@strawberry.type(description="An invitation by mail, by which an employee can begin to sign in.")
class Invitation:
    id: strawberry.ID = strawberry.field(description="Its id.")
    employee_id: strawberry.ID = strawberry.field(description="Who is invited.")
    email: str = strawberry.field(description="The address to which it went.")
    state: InvitationState = strawberry.field(description="How it stands.")
    invited_by_id: strawberry.ID | None = strawberry.field(description="Who invited; null: the operator.")
    created_at: datetime = strawberry.field(description="When it was wished for.")
    sent_at: datetime | None = strawberry.field(description="When its mail was written last; null: not yet.")
    expires_at: datetime = strawberry.field(description="Until when it can be accepted.")


@strawberry.type(description="What became of an invitation.")
class InvitationPayload:
    id: strawberry.ID | None = strawberry.field(description="The invitation; null if and only if nothing was done.")
    problems: list[Problem] = strawberry.field(description="Why nothing was done.")


@strawberry.type(description="What became of the end of somebody's sign-in.")
class MembershipEndPayload:
    id: strawberry.ID | None = strawberry.field(description="The employee; null if and only if nothing was done.")
    problems: list[Problem] = strawberry.field(description="Why nothing was done.")


Wanted = Annotated[InvitationCreateInput, strawberry.argument(description="Whom, and how.")]
InvitationId = Annotated[strawberry.ID, strawberry.argument(description="Which invitation.")]
EmployeeId = Annotated[strawberry.ID, strawberry.argument(description="Which employee.")]
States = Annotated[list[InvitationState] | None, strawberry.argument(description="Only those; absent: all.")]


def _told(link: Link) -> Invitation:
    return Invitation(
        id=strawberry.ID(str(link.id)),
        employee_id=strawberry.ID(str(link.principal_id)),
        email=link.email,
        state=_state(link),
        invited_by_id=None if link.invited_by is None else strawberry.ID(str(link.invited_by)),
        created_at=link.created_at,
        sent_at=link.sent_at,
        expires_at=link.expires_at,
    )


def _state(link: Link) -> InvitationState:
    if link.used_at is not None:
        return InvitationState.ACCEPTED
    if link.ended_at is not None:
        return InvitationState.REVOKED
    return InvitationState.OPEN if link.expires_at > now() else InvitationState.EXPIRED


def _invitations(info: Info, states: States = None, first: First = 50, offset: Offset = 0) -> list[Invitation] | None:
    check_page(first, offset)
    found = map(_told, invitations(info.context.scope))
    return [each for each in found if states is None or each.state in states][offset : offset + first]


def _create(info: Info, input: Wanted) -> InvitationPayload | None:
    id_, problems = done(
        info,
        lambda on: invitation_create(
            on.scope,
            employee_id=None if input.employee_id is None else ids.parse_id(input.employee_id),
            email=input.email,
            name=input.name,
            language=input.language,
            days=input.days,
        ),
    )
    return InvitationPayload(id=id_, problems=problems)


def _revoke(info: Info, id: InvitationId) -> InvitationPayload | None:
    id_, problems = done(info, lambda on: invitation_revoke(on.scope, ids.parse_id(id)))
    return InvitationPayload(id=id_, problems=problems)


def _end(info: Info, employee_id: EmployeeId) -> MembershipEndPayload | None:
    id_, problems = done(info, lambda on: membership_end(on.scope, ids.parse_id(employee_id)))
    return MembershipEndPayload(id=id_, problems=problems)


@strawberry.type(description="Looking at invitations.")
class InvitationQuery:
    invitations: list[Invitation] | None = strawberry.field(
        resolver=_invitations,
        description="The company's 500 latest invitations, the latest first. Needs `identity.read`.",
    )


@strawberry.type(description="Inviting.")
class InvitationMutation:
    invitation_create: InvitationPayload | None = strawberry.mutation(
        resolver=_create,
        description="Invite an employee by mail to sign in; an open invitation of theirs is replaced."
        " Needs `identity.update`.",
    )
    invitation_revoke: InvitationPayload | None = strawberry.mutation(
        resolver=_revoke, description="Make an open invitation worthless. Needs `identity.update`."
    )
    membership_end: MembershipEndPayload | None = strawberry.mutation(
        resolver=_end,
        description="End an employee's sign-in to this company: their tokens, apps and open invitations end within"
        " seconds. Needs `identity.update`.",
    )
