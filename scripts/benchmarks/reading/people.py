"""Who asks: the persons of the bench with their roles, made by the product's own functions."""

from collections.abc import Mapping
from uuid import UUID

from saas.engine.access.tables import ANY, Access, Relation, RowScope
from saas.engine.record import RecordT
from saas.engine.registry import object_of
from saas.engine.scope import Scope
from saas.engine.write.create import create
from saas.modules.organisation.department import Department
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.rights import Grants, Limit, Right, employee_assign_roles, role_grant
from saas.modules.organisation.role import Role

EMPLOYEES = 200
HALVES = ("East", "West")
PARTS = 10
KEY_ACCOUNTS = "Key accounts"
_ORGANISATION = frozenset(Right(one, "read", RowScope.ALL) for one in ("employee", "department", "product"))
_STRANGERS = frozenset(Relation) - {Relation.OWNER, Relation.SAME_DEPARTMENT}


def _rights(scope: RowScope) -> frozenset[Right]:
    business = ("customer", "contact", "opportunity")
    return _ORGANISATION | {Right(one, "read", scope) for one in business}


def _hidden_from_strangers(*groups: str) -> frozenset[Limit]:
    return frozenset(Limit("customer", group, each, Access.HIDDEN) for group in groups for each in _STRANGERS)


ROLES = {
    "manager": Grants(_rights(RowScope.DEPARTMENT_TREE)),
    "relational": Grants(_rights(RowScope.DEPARTMENT_TREE), _hidden_from_strangers("finance", "contact")),
    "seller": Grants(_rights(RowScope.OWN)),
    "auditor": Grants(_rights(RowScope.ALL), _hidden_from_strangers("finance")),
    "writer": Grants(frozenset({Right(ANY, ANY, RowScope.ALL)})),
}
# Where they work. Their role is called like them.
PERSONS = {"manager": "East", "relational": "East", "seller": "West", "auditor": KEY_ACCOUNTS, "writer": "East"}


def make_departments(scope: Scope) -> dict[str, UUID]:
    """Two halves with ten parts each, and the key accounts in the first of them, by name."""
    made: dict[str, UUID] = {"Group": _one(scope, Department, name="Group").id}
    for half in HALVES:
        made[half] = _one(scope, Department, name=half, parent_id=made["Group"]).id
        for number in range(1, PARTS + 1):
            name = f"{half} {number:02}"
            made[name] = _one(scope, Department, name=name, parent_id=made[half]).id
    made[KEY_ACCOUNTS] = _one(scope, Department, name=KEY_ACCOUNTS, parent_id=made["East"]).id
    return made


def make_people(scope: Scope, departments: Mapping[str, UUID]) -> tuple[dict[str, UUID], list[UUID]]:
    """The persons by name, and all who own customers: both managers too, and a few below the relational one."""
    persons: dict[str, UUID] = {}
    for name, department in PERSONS.items():
        role = _one(scope, Role, name=name)
        role_grant(scope, role, ROLES[name])
        person = _one(scope, Employee, name=name, email=f"{name}@bench.test", department_id=departments[department])
        employee_assign_roles(scope, person, {role.id: None})
        persons[name] = person.id
    places = [id_ for name, id_ in departments.items() if name not in ("Group", KEY_ACCOUNTS)]
    superiors = [persons["manager"], persons["relational"], persons["auditor"]]
    rows = [
        {
            "name": f"Employee {number:03}",
            "email": f"employee{number:03}@bench.test",
            "department_id": places[number % len(places)],
            "superior_id": superiors[number % 10] if number % 10 < len(superiors) else None,
        }
        for number in range(EMPLOYEES - 2)
    ]
    made = [outcome.id for outcome in create(scope, object_of(Employee), rows) if outcome.id]
    if len(made) != len(rows):
        raise RuntimeError("Some of the employees were not made.")
    return persons, [persons["manager"], persons["relational"], *made]


def _one(scope: Scope, record: type[RecordT], **values: object) -> RecordT:
    (outcome,) = create(scope, object_of(record), [values])
    if not isinstance(outcome.record, record):
        raise RuntimeError(f"No {record.__name__}: {outcome.problems}")
    return outcome.record
