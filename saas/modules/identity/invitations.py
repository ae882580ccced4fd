"""Inviting an employee to sign in: by mail, for a time, once; revoked, or replaced by a later invitation."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement

from saas.engine.problem import Problem, ProblemCode, not_found
from saas.engine.registry import object_of
from saas.engine.scope import Scope
from saas.engine.write.create import create
from saas.engine.write.load import Target, load
from saas.engine.write.outcome import Outcome
from saas.modules.identity.mail_texts import LANGUAGES
from saas.modules.identity.mails import invitation_send
from saas.modules.organisation.employee import Employee
from saas.tenants.identity.links import Link, LinkKind, link_add, links_end, links_since, links_where
from saas.tenants.membership import folded, is_address, is_member
from saas.tenants.people_tables import link

DAYS, MOST_DAYS = 7, 30
_A_DAY = timedelta(days=1)
_MOST_TO_ONE, _MOST = 5, 1000  # mails in a day, to one address and of one company: nobody is flooded in our name


def invitation_create(
    scope: Scope, *, employee_id: UUID | None, email: str | None, name: str | None, language: str | None, days: int
) -> list[Outcome]:
    """Invite an employee, or a new one with this name and e-mail; Forbidden without identity.update."""
    scope.need("identity.update")
    outcome = Outcome()
    outcome.problems += _form_problems(email, language, days)
    employee = None if outcome.problems else _employee(scope, employee_id, email, name, outcome)
    if employee is None:
        return [outcome]
    address = folded(email or employee.email or "")
    outcome.problems += _problems(scope, employee, address)
    if not outcome.problems:
        invited = {"tenant_id": scope.tenant.id, "principal_id": employee.id}
        links_end(scope.directory, *_of(scope), link.c.principal_id == employee.id)
        link_id = link_add(
            scope.directory,
            LinkKind.INVITATION,
            email=address,
            language=language or scope.tenant.language,
            lasts=timedelta(days=days),
            invited_by=scope.actor_id,
            **invited,
        )
        scope.act("invitation.create", str(employee.id), invitation=str(link_id), email=address, days=days)
        scope.later(invitation_send, link_id=link_id)
        outcome.id, outcome.changed = link_id, True
    return [outcome]


def invitation_revoke(scope: Scope, invitation_id: UUID) -> list[Outcome]:
    """Make an open invitation worthless; Forbidden without identity.update."""
    scope.need("identity.update")
    ended = links_end(scope.directory, *_of(scope), link.c.id == invitation_id)
    if not ended:
        return [Outcome(problems=[not_found("There is no such open invitation.", "id")])]
    scope.act("invitation.revoke", str(invitation_id))
    return [Outcome(id=invitation_id, changed=True)]


def invitations(scope: Scope) -> list[Link]:
    """The company's latest invitations; Forbidden without identity.read."""
    scope.need("identity.read")
    return links_where(*_of(scope))


def _of(scope: Scope) -> tuple[ColumnElement[bool], ...]:
    return link.c.tenant_id == scope.tenant.id, link.c.kind == LinkKind.INVITATION.value


def _form_problems(email: str | None, language: str | None, days: int) -> list[Problem]:
    wrong = []
    if email is not None and not is_address(email):
        wrong.append(_wrong("This is no e-mail address.", "email"))
    if language is not None and language not in LANGUAGES:
        wrong.append(_wrong(f"language is one of {', '.join(LANGUAGES)}.", "language"))
    if not 1 <= days <= MOST_DAYS:
        wrong.append(_wrong(f"An invitation lasts 1 to {MOST_DAYS} days.", "days"))
    return wrong


def _employee(
    scope: Scope, employee_id: UUID | None, email: str | None, name: str | None, outcome: Outcome
) -> Employee | None:
    """Who is invited: there already, or made now with all that is asked of a new employee."""
    one = object_of(Employee)
    if employee_id is not None:
        found = load(scope, one, "read", [Target(employee_id)], [outcome])
        outcome.problems = [replace(each, path=("employeeId",)) for each in outcome.problems]
        employee: Employee | None = None if outcome.problems else found[employee_id][0]
        return employee
    if not email or not name:
        message = "Name an employee, or give the name and e-mail of a new one."
        outcome.problems.append(Problem(ProblemCode.REQUIRED, message, ("employeeId",)))
        return None
    (made,) = create(scope, one, [{"name": name, "email": email}])
    outcome.problems += made.problems
    return made.record if isinstance(made.record, Employee) else None


def _problems(scope: Scope, employee: Employee, address: str) -> list[Problem]:
    if not is_address(address):
        message = "The employee has no e-mail address to which an invitation could go."
        return [Problem(ProblemCode.REQUIRED, message, ("email",))]
    if is_member(scope.directory, scope.tenant.id, employee.id):
        return [_broken("already_signs_in", "This employee can sign in already.", "employeeId")]
    since = scope.now - _A_DAY
    if links_since(scope.directory, since, *_of(scope), link.c.email == address) >= _MOST_TO_ONE:
        return [_broken("too_many_mails", f"{_MOST_TO_ONE} invitations a day to one address are enough.", "email")]
    if links_since(scope.directory, since, *_of(scope)) >= _MOST:
        return [_broken("too_many_mails", f"{_MOST} invitations a day are enough.", "email")]
    return []


def _wrong(message: str, *path: str) -> Problem:
    return Problem(ProblemCode.BAD_INPUT, message, path)


def _broken(rule: str, message: str, *path: str) -> Problem:
    return Problem(ProblemCode.RULE_BROKEN, message, path, rule=rule)
