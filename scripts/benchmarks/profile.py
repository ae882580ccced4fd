"""How quickly a person's rights are compiled, which happens once after every change of rights."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from saas.engine.access.compile import compile_profile
from saas.engine.access.tables import Access, Relation, RowScope
from saas.engine.registry import object_named, objects
from saas.engine.scope import open_scope
from saas.engine.write.create import create
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.rights import Grants, Limit, Right, employee_assign_roles, role_grant
from saas.modules.organisation.role import Role
from saas.tenants.tenant import Tenant
from scripts.benchmarks.installation import installation
from scripts.benchmarks.registry import Bench, Target, case
from scripts.benchmarks.timing import times

ROLES = 10


@dataclass(frozen=True)
class Holder:
    """Somebody who holds ten roles."""

    tenant: Tenant
    id: UUID


@contextmanager
def holder(bench: Bench) -> Iterator[Holder]:
    """Ten roles with five rights on every object and a limit on each of its field groups, all held by one person."""
    tenant = bench.shared(installation).tenant("profile")
    operations = ("read", "create", "update", "delete", "restore")
    rights = frozenset(Right(one.name, each, RowScope.OWN) for one in objects() for each in operations)
    limits = frozenset(
        Limit(one.name, group, Relation.OTHERS, Access.READ) for one in objects() for group in one.groups
    )
    with open_scope(tenant, None, write=True) as scope:
        (person,) = create(scope, object_named("employee"), [{"name": "Holder"}])
        made = create(scope, object_named("role"), [{"name": f"Role {number}"} for number in range(ROLES)])
        roles = [outcome.record for outcome in made if isinstance(outcome.record, Role)]
        if len(roles) != ROLES or not isinstance(person.record, Employee):
            raise TypeError("The write chain made something else than roles and an employee.")
        for role in roles:
            role_grant(scope, role, Grants(rights, limits))
        employee_assign_roles(scope, person.record, {role.id: None for role in roles})
        found = Holder(tenant, person.record.id)
    yield found


@case("profile", "ms", Target("<", 5, part="p50_ms"))
def profile(bench: Bench) -> dict[str, float]:
    """The rights of somebody with ten roles read and added up, each role with rights on every object."""
    who = bench.shared(holder)
    with open_scope(who.tenant, None, write=False) as scope:
        taken = times(lambda: compile_profile(scope.session, who.tenant, who.id), rounds=bench.rounds(200, 50))
    return taken.as_value()
