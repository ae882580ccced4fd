"""People who may administer webhooks, and see of customers what a test gives them."""

from saas.engine.access.tables import Access, RowScope
from saas.modules.organisation.rights import Grants, Limit, Right
from tests.engine.people import hire
from tests.world import Person, World, limits, rights

MANAGING = frozenset(Right("webhook", each, RowScope.ALL) for each in ("read", "manage"))


def reader(world: World, name: str, scope: RowScope, *hidden: str) -> Person:
    """Somebody who reads customers as far as this, without these groups of fields, and administers webhooks."""
    reading = rights(scope, "customer", operations=("read", "update"))
    without: frozenset[Limit] = frozenset()
    for group in hidden:
        without |= limits("customer", group, Access.HIDDEN)
    return hire(world.garage, name, Grants(reading | MANAGING, without), department="sales")
