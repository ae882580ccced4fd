"""How many customers one may own: a special permission, heeded wherever a customer gets an owner."""

from collections.abc import Sequence

import sqlalchemy as sa

from saas.engine.access.specials import SpecialKind, special
from saas.engine.access.tables import principal
from saas.engine.events import changed, created, on, restored
from saas.engine.field import Label
from saas.engine.rules import Broken
from saas.engine.scope import Scope
from saas.modules.customers.customer import Customer

CUSTOMER_LIMIT = special("customer.limit", Label("Most customers one may own", "客户数量上限"), SpecialKind.INTEGER)


@on(created(Customer), changed(Customer, "owner_id"), restored(Customer))
def customer_owner_has_room(scope: Scope, customers: Sequence[Customer]) -> None:
    """Nobody gets more customers than they may own; who owns more already keeps them."""
    owners = {customer.owner_id for customer in customers if customer.owner_id}
    limits = scope.special_of(owners, CUSTOMER_LIMIT)
    if not limits:
        return
    # Two that give to the same person at the same time count one after the other.
    people = sa.select(principal.c.id).where(principal.c.id.in_(limits)).order_by(principal.c.id)
    scope.session.execute(people.with_for_update(key_share=True))
    owner = Customer.owner_id
    living = sa.select(owner, sa.func.count()).where(owner.in_(limits), Customer.deleted_at.is_(None))
    counts = {person: count for person, count in scope.session.execute(living.group_by(owner)) if person}
    for most in (limits[person] for person, count in counts.items() if count > limits[person]):
        raise Broken(f"The owner may own no more than {most} customer{'' if most == 1 else 's'}.", field="owner_id")
