"""What administrators see and end of other people's sign-ins, and everybody of their own."""

from uuid import UUID

from saas.engine.problem import not_found
from saas.engine.scope import Scope
from saas.engine.write.outcome import Outcome
from saas.tenants.identity.tenant_log import Act, Span, Try, acts, tries
from saas.tenants.identity.tenant_people import (
    Member,
    OpenSign,
    holder_of,
    members_of,
    open_signs,
    person_of,
    sign_end,
)


def people(scope: Scope, *, first: int, after: UUID | None, is_open: bool | None) -> list[Member]:
    """Who signs in to the company; Forbidden without identity.read."""
    scope.need("identity.read")
    return members_of(scope.tenant.id, first=first, after=after, is_open=is_open)


def sessions(scope: Scope, employee_id: UUID) -> list[OpenSign]:
    """A person's open sessions and tokens: one's own, or with identity.read those of anybody in the company."""
    if not is_ones_own(scope, employee_id):
        scope.need("identity.read")
    found = person_of(scope.tenant.id, employee_id)
    return open_signs(*found) if found else []


def session_ended(scope: Scope, session_id: UUID) -> list[Outcome]:
    """End a session or token: one's own, or with identity.update that of anybody in the company."""
    holder = holder_of(scope.tenant.id, session_id)
    if holder is None or not is_ones_own(scope, holder[0]):
        scope.need("identity.update")
    if holder is None or not sign_end(scope.directory, holder[1], session_id):
        return [Outcome(problems=[not_found("There is no such open session.", "id")])]
    scope.act("session.end", str(session_id), employee=str(holder[0]))
    return [Outcome(id=session_id, changed=True)]


def sign_in_log(scope: Scope, span: Span, employee_id: UUID | None, outcomes: list[str] | None) -> list[Try]:
    """Tries to sign in; Forbidden without identity.read."""
    scope.need("identity.read")
    return tries(scope.tenant.id, span, principal_id=employee_id, outcomes=outcomes)


def identity_acts(scope: Scope, span: Span, actor_id: UUID | None, verbs: list[str] | None) -> list[Act]:
    """What administrators did to identity; Forbidden without identity.read."""
    scope.need("identity.read")
    return acts(scope.tenant.id, span, actor_id=actor_id, verbs=verbs)


def is_ones_own(scope: Scope, employee_id: UUID) -> bool:
    """Whether the actor is that person themselves, and not an app in their name."""
    return employee_id == scope.actor_id and scope.via.scopes is None
