"""A mutation's transaction in the directory is committed with the tenant's, just before it, or not at all."""

import pytest
import sqlalchemy as sa

from saas.engine.scope import Via, open_scope
from saas.kit import ids
from saas.kit.errors import Unavailable
from saas.modules.customers.customer import Customer
from saas.tenants.directory import rows
from saas.tenants.identity_tables import act
from tests.world import World


def told(subject: str) -> list[tuple[object, ...]]:
    """Verb, details, actor and app of what was written down of this subject."""
    query = sa.select(act.c.verb, act.c.details, act.c.actor_id, act.c.app_id).where(act.c.subject == subject)
    return [tuple(row) for row in rows(query)]


class _Stop(Exception):
    """What goes wrong in a mutation."""


def test_an_act_says_who_did_what_through_which_app(world: World) -> None:
    ada, app_id = world.garage.ada.id, ids.new_id(ids.APP)
    with open_scope(world.garage.tenant, ada, write=True, via=Via("Planner", app_id)) as scope:
        scope.act("session.end", "kept", reason="lost phone")
    assert told("kept") == [("session.end", {"reason": "lost phone"}, ada, app_id)]


def test_what_fails_leaves_nothing_in_the_directory(world: World) -> None:
    def fail_in_the_middle() -> None:
        with open_scope(world.garage.tenant, world.garage.ada.id, write=True) as scope:
            scope.act("session.end", "undone")
            raise _Stop

    with pytest.raises(_Stop):
        fail_in_the_middle()
    assert told("undone") == []


def test_where_the_directory_is_lost_the_tenant_keeps_nothing_either(world: World) -> None:
    customer = world.garage.make(Customer)

    def lose_the_directory() -> None:
        with open_scope(world.garage.tenant, world.garage.ada.id, write=True) as scope:
            scope.session.execute(sa.update(Customer).where(Customer.id == customer).values(name="changed"))
            scope.act("session.end", "lost")
            (backend,) = scope.directory.execute(sa.text("SELECT pg_backend_pid()")).one()
            world.admin.execute("SELECT pg_terminate_backend(%s, 5000)", (backend,))

    with pytest.raises(Unavailable):
        lose_the_directory()
    assert told("lost") == []
    assert world.sql(world.garage, "SELECT count(*) FROM customer WHERE name = 'changed'") == [(0,)]
