"""Administering identity in the API: people, sessions, the log of sign-ins, and what administrators did."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, TypeVar
from uuid import UUID

import orjson
import strawberry
from strawberry.types import Info

from saas.kit import ids
from saas.modules.identity.people import identity_acts, people, session_ended, sessions, sign_in_log
from saas.schema.identity_types import (
    IdentityActs,
    SessionEndPayload,
    SignInLog,
    SignInOutcome,
    SignInPeople,
    SignInSession,
    act_told,
    person_told,
    session_told,
    try_told,
)
from saas.schema.paging import First, check_page
from saas.schema.sharing import done
from saas.tenants.identity.tenant_log import Span

One = TypeVar("One")
Told = TypeVar("Told")
After = Annotated[strawberry.ID | None, strawberry.argument(description="Only what comes after this one.")]
Active = Annotated[bool | None, strawberry.argument(description="Who can sign in now, or no more (false); null: both.")]
EmployeeId = Annotated[strawberry.ID, strawberry.argument(description="Which employee.")]
OfEmployee = Annotated[strawberry.ID | None, strawberry.argument(description="Only of this employee.")]
Outcomes = Annotated[list[SignInOutcome] | None, strawberry.argument(description="Only those; absent: all.")]
Verbs = Annotated[list[str] | None, strawberry.argument(description="Only those, such as session.end; absent: all.")]
Since = Annotated[datetime | None, strawberry.argument(name="from", description="Not before this moment.")]
Until = Annotated[datetime | None, strawberry.argument(name="to", description="Not after this moment.")]
SessionId = Annotated[strawberry.ID, strawberry.argument(description="Which session or token.")]


def _id(given: str | None) -> UUID | None:
    return None if given is None else ids.parse_id(given)


def _page(found: Sequence[One], first: int, told: Callable[[One], Told]) -> tuple[list[Told], bool]:
    """The first of them, and whether there are more: one more was asked for."""
    return [told(one) for one in found[:first]], len(found) > first


def _people(info: Info, active: Active = True, first: First = 50, after: After = None) -> SignInPeople | None:
    check_page(first, 0)
    found = people(info.context.scope, first=first + 1, after=_id(after), is_open=active)
    nodes, more = _page(found, first, person_told)
    return SignInPeople(nodes=nodes, has_next_page=more)


def _sessions(info: Info, employee_id: EmployeeId) -> list[SignInSession] | None:
    return [session_told(one) for one in sessions(info.context.scope, ids.parse_id(employee_id))]


def _log(
    info: Info,
    employee_id: OfEmployee = None,
    outcomes: Outcomes = None,
    since: Since = None,
    until: Until = None,
    first: First = 50,
    after: After = None,
) -> SignInLog | None:
    check_page(first, 0)
    span = Span(first + 1, _id(after), since, until)
    wanted = None if outcomes is None else [each.value for each in outcomes]
    nodes, more = _page(sign_in_log(info.context.scope, span, _id(employee_id), wanted), first, try_told)
    return SignInLog(nodes=nodes, has_next_page=more)


def _acts(
    info: Info,
    actor_id: OfEmployee = None,
    verbs: Verbs = None,
    since: Since = None,
    until: Until = None,
    first: First = 50,
    after: After = None,
) -> IdentityActs | None:
    check_page(first, 0)
    span = Span(first + 1, _id(after), since, until)
    found = identity_acts(info.context.scope, span, _id(actor_id), verbs)
    nodes, more = _page(found, first, lambda one: act_told(one, orjson.dumps(one.details).decode()))
    return IdentityActs(nodes=nodes, has_next_page=more)


def _session_end(info: Info, id: SessionId) -> SessionEndPayload | None:
    id_, problems = done(info, lambda on: session_ended(on.scope, ids.parse_id(id)))
    return SessionEndPayload(id=id_, problems=problems)


@strawberry.type(description="Looking at who signs in, and how.")
class IdentityQuery:
    people: SignInPeople | None = strawberry.field(
        resolver=_people, description="Who signs in to the company. Needs `identity.read`."
    )
    sessions: list[SignInSession] | None = strawberry.field(
        resolver=_sessions,
        description="A person's open sessions and tokens, the latest first; of others with `identity.read`.",
    )
    sign_in_log: SignInLog | None = strawberry.field(
        resolver=_log,
        description="Tries to sign in of the company's people, while they belonged to it. Needs `identity.read`.",
    )
    identity_acts: IdentityActs | None = strawberry.field(
        resolver=_acts, description="What was done to the company's identity, and by whom. Needs `identity.read`."
    )


@strawberry.type(description="Ending sessions.")
class IdentityMutation:
    session_end: SessionEndPayload | None = strawberry.mutation(
        resolver=_session_end,
        description="End a session, with all apps that were let in through it, or a token; within seconds everywhere."
        " One's own, or with `identity.update` that of anybody in the company.",
    )
