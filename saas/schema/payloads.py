"""What a mutation answers of the records it wrote, read by a plan on its own transaction."""

from collections.abc import Hashable, Sequence
from uuid import UUID

from graphql import GraphQLError

from saas.engine.plan.kept import key_of, records_plans
from saas.engine.plan.making import CannotPlan
from saas.engine.plan.payloads import make_records_plan
from saas.engine.plan.run import Run
from saas.engine.registry import ObjectType
from saas.engine.scope import Scope
from saas.engine.selection import Document, Picked, variables_in
from saas.kit.errors import AtriumError
from saas.tenants.database import REFUSALS, is_lost, is_out_of_room, sqlstate
from saas.tenants.names import quoted
from saas.tenants.reader import SCHEMA
from saas.tenants.waiting import ask_raw_rows

TIMED_OUT = "57014"


class PlanFailed(Exception):
    """Postgres refused the statement of a plan: field by field it is told what is wrong."""


_MOST = 5_000
_known_names: dict[Hashable, tuple[str, ...]] = {}


def _names(key: Hashable, picked: Picked, document: Document) -> tuple[str, ...]:
    """The variables on which what is selected there depends; a document is gone through once."""
    found = _known_names.get(key)
    if found is None:
        if len(_known_names) >= _MOST:
            _known_names.clear()
        found = _known_names[key] = tuple(sorted(variables_in(picked.nodes, document.fragments)))
    return found


def records_answered(
    scope: Scope, key: Hashable, document: Document, picked: Picked, one: ObjectType, ids: Sequence[UUID]
) -> dict[UUID, bytes] | None:
    """The JSON that a mutation answers of each of these records in sight; None where it is to be read field by field.

    `key` tells the place in the document that asks for it. PlanFailed where Postgres refuses the plan.
    """
    given = document.variables.coerced
    variables = {name: given[name] for name in _names(key, picked, document) if name in given}
    run = Run(tenant=scope.tenant, profile=scope.profile, now=scope.now, variables=variables, ids=ids)
    kept_as = key_of(key, run)
    try:
        plan = records_plans.find(kept_as, run)
        if plan is None:
            plan = make_records_plan(document.schema, document.fragments, picked.nodes, one, run)
            records_plans.keep(kept_as, plan)
        parameters = plan.bound(run)
    except (AtriumError, GraphQLError, CannotPlan):
        return None
    sql = plan.sql.replace(SCHEMA, quoted(scope.tenant.schema))
    try:
        return plan.answers(ask_raw_rows(scope.session, sql, parameters), run)
    except REFUSALS as error:
        if is_lost(error) or is_out_of_room(error) or sqlstate(error) == TIMED_OUT:
            raise
        raise PlanFailed from error
