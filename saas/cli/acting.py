"""With whose rights a command acts."""

from uuid import UUID

from saas.engine.read.keys import compared, records_by
from saas.engine.registry import object_named
from saas.engine.scope import open_scope
from saas.kit.errors import NotFound
from saas.tenants.tenant import Tenant


def employee_id(tenant: Tenant, email: str) -> UUID:
    """The employee with this e-mail address; NotFound where there is none."""
    employee = object_named("employee")
    field = employee.fields["email"]
    key = (compared(field, email),)
    with open_scope(tenant, None, write=False) as scope:
        found = records_by(scope, employee, [field], {key}).get(key, [])
    if not found:
        raise NotFound(f"{tenant.slug} has no employee with the e-mail {email}.", remedy="Give the e-mail of one.")
    return found[0]
