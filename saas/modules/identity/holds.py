"""What holds between the directory and the company: who may sign in works here."""

import sqlalchemy as sa

from saas.engine.access.tables import principal
from saas.engine.invariants import Broken, invariant
from saas.engine.scope import Scope
from saas.tenants.membership import principals_of


@invariant("memberships_are_of_people", remedy="End the membership: `membershipEnd`, or `saas person`.")
def memberships_are_of_people(scope: Scope) -> Broken:
    """Whoever may sign in to this company is somebody active in it."""
    allowed = principals_of(scope.directory, scope.tenant.id)
    here = sa.select(principal.c.id).where(principal.c.id.in_(allowed), principal.c.is_active)
    return sorted(set(allowed) - set(scope.session.execute(here).scalars()))
