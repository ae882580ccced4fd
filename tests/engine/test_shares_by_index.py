"""Where little is to be expected, what the viewer is let in to see is looked up, however few rows there are in all."""

import re

import psycopg
import sqlalchemy as sa

from saas.engine.access.rows import Shape, reached
from saas.engine.access.tables import RowScope
from saas.engine.plan.making import as_rows
from saas.engine.registry import object_of
from saas.engine.rowsource import fresh, naming
from saas.engine.scope import Scope, open_scope
from saas.engine.sql.text import Parameters, Text
from saas.modules.customers.customer import Customer
from saas.modules.organisation.rights import Grants
from saas.tenants.names import quoted
from saas.tenants.reader_statement import SCHEMA
from tests.engine.people import hire
from tests.world import World, rights

# Five hundred of each, a hundred for each of five people who are not the viewer.
OTHERS = """
    INSERT INTO record_share (record_id, holder_id, access)
        SELECT gen_random_uuid(), md5((i % 5)::text)::uuid, 'read' FROM generate_series(1, 500) AS i;
    INSERT INTO record_participant (record_id, principal_id, since)
        SELECT gen_random_uuid(), md5((i % 5)::text)::uuid, now() FROM generate_series(1, 500) AS i;
    ANALYZE record_share, record_participant;
    SET plan_cache_mode TO force_generic_plan;
"""


def test_a_statement_that_sees_no_viewer_looks_up_what_is_theirs(world: World) -> None:
    who = hire(world.garage, "ida", Grants(rights(RowScope.OWN, "customer")))
    with open_scope(world.garage.tenant, who.id, write=False) as scope:
        sql, values = _sight(scope)
    with psycopg.connect(world.cluster.dsn(world.cell), cursor_factory=psycopg.ClientCursor) as admin:
        admin.execute(f"SET search_path TO {quoted(world.garage.tenant.schema)}".encode())
        admin.execute(OTHERS)
        admin.execute(f"PREPARE sight AS {sql}".encode())
        asked = f"EXPLAIN EXECUTE sight ({', '.join(['%s'] * len(values))})"
        plan = "\n".join(row[0] for row in admin.execute(asked.encode(), values))
        admin.rollback()
    for index in ("ix_record_share_holder_id", "ix_record_participant_principal_id"):
        assert re.search(rf"{index}\b.*\n +Index Cond: ", plan), plan


def _sight(scope: Scope) -> tuple[str, list[str]]:
    """The ids of the customers in sight, as a plan asks for them, and its parameters."""
    one, parameters = object_of(Customer), Parameters()
    with naming():
        rows = as_rows(fresh(one.table))
        sight = sa.select(rows.c["id"]).where(reached(scope.profile, one, "read", rows, Shape.NARROW))
        sql = Text(parameters).of(sight).replace(SCHEMA, quoted(scope.tenant.schema))
    return sql, [(find(scope) or b"").decode() for find in parameters.made]
