"""Rights given out one role and one person at a time, as an administrator does it in the API."""

from collections.abc import Collection, Iterable
from uuid import UUID

from saas.engine.access.specials import Value
from saas.engine.problem import not_found
from saas.engine.record import Record
from saas.engine.registry import object_of
from saas.engine.scope import Scope
from saas.engine.write.load import Target, load
from saas.engine.write.outcome import Outcome
from saas.modules.organisation.business_line import BusinessLine
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.grant_check import grant_problems, living
from saas.modules.organisation.rights import Grants, Held, employee_assign_roles, grants_of, role_grant
from saas.modules.organisation.role import Role
from saas.modules.organisation.specials import Given, grant_specials, specials_given, specials_granted
from saas.modules.organisation.structure import employee_assign_business_lines


def grant(scope: Scope, role_id: UUID, version: int | None, wanted: Grants, specials: Given | None) -> list[Outcome]:
    """Make the role grant exactly this; where nothing is said of special permissions, they stay."""
    outcome = Outcome()
    found = load(scope, object_of(Role), "update", [Target(role_id, version)], [outcome])
    values, wrong = specials_given(scope, specials or ())
    outcome.problems += grant_problems(scope, wanted) + wrong
    if not outcome.problems:
        role: Role = found[role_id][0]
        outcome.changed = role_grant(scope, role, wanted)
        if specials is not None:
            outcome.changed |= grant_specials(scope, role, values)
        outcome.id, outcome.record = role.id, role
    return [outcome]


def grants_in_sight(scope: Scope, role_id: UUID) -> Grants | None:
    """What the role grants; None where the actor sees no such role."""
    scope.need("role.read")
    return grants_of(scope, role_id) if role_id in living(scope, Role, [role_id]) else None


def specials_in_sight(scope: Scope, holder: type[Role | Employee], holder_id: UUID) -> dict[str, Value] | None:
    """What the role or the person is granted specially, by themselves; None where the actor sees no such one."""
    scope.need("role.read")
    return specials_granted(scope, holder_id) if holder_id in living(scope, holder, [holder_id]) else None


def assign_specials(scope: Scope, employee_id: UUID, given: Given) -> list[Outcome]:
    """Grant the person exactly these special permissions, besides those of their roles."""
    scope.need("role.update")
    outcome = Outcome()
    found = load(scope, object_of(Employee), "read", [Target(employee_id)], [outcome])
    values, wrong = specials_given(scope, given)
    outcome.problems += wrong
    if not outcome.problems:
        employee: Employee = found[employee_id][0]
        outcome.changed = grant_specials(scope, employee, values)
        outcome.id, outcome.record = employee.id, employee
    return [outcome]


def assign_roles(scope: Scope, employee_id: UUID, wanted: Held) -> list[Outcome]:
    """Make the person hold exactly these roles."""
    scope.need("role.update")
    outcome = Outcome()
    found = load(scope, object_of(Employee), "read", [Target(employee_id)], [outcome])
    _add_unknown(scope, Role, wanted, "roles", outcome)
    if not outcome.problems:
        employee: Employee = found[employee_id][0]
        outcome.changed = employee_assign_roles(scope, employee, wanted)
        outcome.id, outcome.record = employee.id, employee
    return [outcome]


def assign_business_lines(scope: Scope, employee_id: UUID, wanted: Collection[UUID]) -> list[Outcome]:
    """Make the person work for exactly these business lines."""
    outcome = Outcome()
    found = load(scope, object_of(Employee), "update", [Target(employee_id)], [outcome])
    _add_unknown(scope, BusinessLine, wanted, "businessLines", outcome)
    if not outcome.problems:
        employee: Employee = found[employee_id][0]
        outcome.changed = employee_assign_business_lines(scope, employee, wanted)
        outcome.id, outcome.record = employee.id, employee
    return [outcome]


def _add_unknown(scope: Scope, record: type[Record], wanted: Iterable[UUID], path: str, outcome: Outcome) -> None:
    label = record.facts.label.en.lower()
    unknown = set(wanted) - living(scope, record, wanted)
    outcome.problems += [not_found(f"There is no {label} {id_} in your sight.", path) for id_ in sorted(unknown)]
