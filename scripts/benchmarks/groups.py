"""What adding up costs: all opportunities of a company by stage and month, and all of them together."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import psycopg
import sqlalchemy as sa
from psycopg.conninfo import make_conninfo

from saas.engine.registry import object_named
from saas.engine.scope import open_scope
from saas.kit import clock, ids
from saas.modules.sales.opportunity import OpportunityStage
from saas.tenants.tenant import Tenant
from scripts.benchmarks.api import Api, api, filled, over_http
from scripts.benchmarks.installation import installation
from scripts.benchmarks.registry import Bench, case

OPPORTUNITIES = 200_000
GROUPS = """{
  opportunityGroups(by: [{ stage: VALUE }, { closeOn: MONTH }], first: 500) {
    nodes { keys { stage closeOn } count aggregate { amount { sum { amount } } } }
  }
}"""
TOTAL = "{ opportunities { aggregate { count amount { sum { amount } avg { amount } } closeOn { min max } } } }"


@contextmanager
def pipeline(bench: Bench) -> Iterator[Api]:
    """The API process, asked by somebody of a company with so many opportunities, of four stages and 36 months."""
    place = bench.shared(installation)
    tenant = place.tenant("pipeline")
    token, _ = filled(tenant)
    _add_opportunities(tenant)
    cell = make_conninfo(place.servers.admin_dsn, dbname="atrium_main")
    with psycopg.connect(cell, autocommit=True) as admin:  # as autovacuum would in a minute
        admin.execute(f'ANALYZE "{tenant.schema}".opportunity')
    yield replace(bench.shared(api), token=token)


@case("groups", "ms")
def groups(bench: Bench) -> dict[str, float]:
    """200,000 opportunities by stage and month with their sums, over HTTP; CPU is that of the API process."""
    running = bench.shared(pipeline)
    return over_http(running, partial(running.ask, GROUPS), bench.rounds(50, 10))


@case("aggregate", "ms")
def aggregate(bench: Bench) -> dict[str, float]:
    """Number, sum, average and bounds of 200,000 opportunities; likewise."""
    running = bench.shared(pipeline)
    return over_http(running, partial(running.ask, TOTAL), bench.rounds(50, 10))


def _add_opportunities(tenant: Tenant) -> None:
    """Straight into the table: what is measured is how they are read."""
    table, stages = object_named("opportunity").table, list(OpportunityStage)
    code = object_named("opportunity").record.facts.code
    first, now = date(2024, 1, 1), clock.now()
    with open_scope(tenant, None, write=True) as scope:
        for start in range(0, OPPORTUNITIES, 10_000):
            rows = [
                {
                    "id": ids.new_id(code),
                    "version": 1,
                    "name": f"Opportunity {i}",
                    "name_folded": f"opportunity {i}",
                    "stage": stages[i % len(stages)],
                    "amount": Decimal(i % 9_973) + Decimal("0.25"),
                    "close_on": first + timedelta(days=i * 7 % 1_096),
                    "created_at": now,
                    "updated_at": now,
                }
                for i in range(start, start + 10_000)
            ]
            scope.session.execute(sa.insert(table), rows)
