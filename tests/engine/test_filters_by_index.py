"""An index answers a filter on a value that is hidden on some records; it does not answer the CASE form of the same."""

import re
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from saas.engine.access.tables import SYSTEM_PRINCIPAL, Access, Relation, RowScope
from saas.engine.read.filters import condition
from saas.engine.registry import object_of
from saas.engine.scope import open_scope
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.rights import Grants
from saas.modules.sales.opportunity import Opportunity
from tests.engine.case_form import case_form
from tests.engine.people import hire
from tests.world import Person, World, limits, rights

AMOUNT, SUPERIOR = "opportunity_amount_base_idx", "ix_employee_superior_id"
CASES: dict[str, tuple[type[Any], dict[str, Any], str]] = {
    "equal": (Opportunity, {"amount": {"eq": 5}}, AMOUNT),
    "from there on": (Opportunity, {"amount": {"gte": 5}}, AMOUNT),
    "one of these": (Opportunity, {"amount": {"in": [5, 6]}}, AMOUNT),
    "between": (Opportunity, {"amount": {"between": {"from": 5, "to": 6}}}, AMOUNT),
    "not less": (Opportunity, {"not": {"amount": {"lt": 5}}}, AMOUNT),
    "neither nor": (Opportunity, {"not": {"or": [{"amount": {"lt": 5}}, {"name": {"eq": "a"}}]}}, AMOUNT),
    "known": (Opportunity, {"amount": {"isNull": False}}, AMOUNT),
    "not unknown": (Opportunity, {"not": {"amount": {"isNull": True}}}, AMOUNT),
    "behind a reference": (Employee, {"superior": {"id": {"eq": str(SYSTEM_PRINCIPAL)}}}, SUPERIOR),
}


@pytest.fixture(scope="module")
def eve(world: World) -> Person:
    """Sees amounts and superiors of all but her own: whose a record is finds none of those by an index."""
    hidden = limits("opportunity", "amount", Access.HIDDEN, Relation.OWNER)
    hidden |= limits("employee", "organisation", Access.HIDDEN, Relation.OWNER)
    return hire(world.garage, "eve", Grants(rights(RowScope.ALL, "opportunity", "employee"), hidden))


@pytest.mark.parametrize("case", CASES)
def test_an_index_answers_what_is_asked_of_a_partly_hidden_value(world: World, eve: Person, case: str) -> None:
    record, given, index = CASES[case]
    one = object_of(record)
    plans = []
    for build in (condition, case_form):
        with open_scope(world.garage.tenant, eve.id, write=False) as scope:
            statement = sa.select(one.table.c.id).where(build(scope, one, one.table, given))
            text = statement.compile(scope.session.get_bind(), compile_kwargs={"literal_binds": True})
        plans.append(_plan(world, str(text)))
    by_index = re.compile(rf"{index}\b.*\n +Index Cond: ")
    assert by_index.search(plans[0]), plans[0]
    assert not by_index.search(plans[1]), plans[1]


def _plan(world: World, statement: str) -> str:
    """How Postgres would do it, were it up to the indexes alone."""
    with psycopg.connect(world.cluster.dsn(world.cell)) as admin:
        admin.execute(f'SET search_path TO "{world.garage.tenant.schema}"')
        admin.execute("CREATE INDEX ON opportunity (amount_base)")
        admin.execute("SET enable_seqscan TO off")
        found = "\n".join(row[0] for row in admin.execute(f"EXPLAIN {statement}".encode()))
        admin.rollback()
    return found
