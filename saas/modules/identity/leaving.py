"""Who may sign in no more: by an administrator's word, and when the employee is deleted."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from saas.engine.access.tables import principal
from saas.engine.events import deleted, on
from saas.engine.field import Label
from saas.engine.jobs import enqueue, job
from saas.engine.problem import Problem, ProblemCode, not_found
from saas.engine.scope import Scope
from saas.engine.write.outcome import Outcome
from saas.modules.organisation.employee import Employee
from saas.tenants.identity.links import LinkKind, links_end
from saas.tenants.membership import memberships_end, principals_of
from saas.tenants.people_tables import link


def membership_end(scope: Scope, employee_id: UUID) -> list[Outcome]:
    """End an employee's sign-in to this company: tokens and apps at once; Forbidden without identity.update."""
    scope.need("identity.update")
    if employee_id == scope.actor_id:
        message = "Nobody ends their own: another administrator does."
        return [Outcome(problems=[Problem(ProblemCode.RULE_BROKEN, message, ("employeeId",), rule="not_oneself")])]
    if not _end(scope, [employee_id]):
        return [Outcome(problems=[not_found("This employee cannot sign in, and is not invited.", "employeeId")])]
    return [Outcome(id=employee_id, changed=True)]


@on(deleted(Employee))
def sign_in_follows(scope: Scope, _employees: Sequence[Employee]) -> None:
    """Who is deleted gets no further at once; their memberships end as soon as the directory answers."""
    enqueue(scope.session, scope.tenant.id, memberships_follow, trace=scope.request_id or None)


@job(label=Label("End the sign-ins of who has left", "停用离职人员登录"))
def memberships_follow(scope: Scope) -> None:
    """End the memberships and invitations of all who no longer work here."""
    known = principals_of(scope.directory, scope.tenant.id)
    gone = sa.select(principal.c.id).where(principal.c.id.in_(known), principal.c.is_active.is_(False))
    _end(scope, list(scope.session.execute(gone).scalars()), because="deleted")


def _end(scope: Scope, employee_ids: list[UUID], **why: str) -> set[UUID]:
    """End memberships and open invitations, each with its act; whose there were."""
    invited = link.c.principal_id.in_(employee_ids), link.c.tenant_id == scope.tenant.id
    ended = set(memberships_end(scope.directory, scope.tenant.id, employee_ids))
    for employee_id in sorted(ended):
        scope.act("membership.end", str(employee_id), **why)
    revoked = links_end(scope.directory, *invited, link.c.kind == LinkKind.INVITATION.value)
    for link_id in revoked:
        scope.act("invitation.revoke", str(link_id), **why)
    return ended | set(employee_ids if revoked else ())
