"""Queries answered by a plan: found or made in the scope of the asking person, and asked on its transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import FragmentDefinitionNode, GraphQLError

from saas.engine.plan.kept import key_of, plans
from saas.engine.plan.making import CannotPlan
from saas.engine.plan.plan import Asked, Plan, make_plan
from saas.engine.plan.run import Run
from saas.engine.scope import Scope
from saas.kit import trace
from saas.kit.errors import AtriumError
from saas.schema.build import schema
from saas.schema.payloads import TIMED_OUT, PlanFailed
from saas.schema.prepare import Known, Prepared
from saas.tenants.database import REFUSALS, is_lost, is_out_of_room, sqlstate
from saas.tenants.waiting import ask_raw


@dataclass(frozen=True, slots=True)
class Planned:
    """What plans have answered: the whole data, or root fields by their response keys."""

    data: bytes | None = None
    roots: Mapping[str, bytes] | None = None


def find_or_make(prepared: Prepared, known: Known, run: Run) -> Plan | None:
    """The plan for such a run; None where it is to be answered field by field, which tells what is wrong with it."""
    key = key_of(known.key, run)
    try:
        found = plans.find(key, run)
        if found is None:
            fragments = {
                each.name.value: each
                for each in prepared.valid().definitions
                if isinstance(each, FragmentDefinitionNode)
            }
            found = make_plan(Asked(schema(), known.operation, fragments), run)
            plans.keep(key, found)
    except (AtriumError, GraphQLError, CannotPlan):
        return None
    return found


def answered(scope: Scope, prepared: Prepared, known: Known, given: dict[str, Any]) -> Planned:
    """What a plan answers of the operation, asked on the transaction of the scope; PlanFailed where it is refused."""
    variables = known.coerced(given)
    if variables is None:
        return Planned()
    run = Run(tenant=scope.tenant, profile=scope.profile, now=scope.now, variables=variables)
    plan = find_or_make(prepared, known, run)
    if plan is None:
        return Planned()
    try:
        parameters = plan.bound(run)
    except (AtriumError, GraphQLError):
        return Planned()
    try:
        with trace.span("statement", trace.Kind.CLIENT, db__system__name="postgresql"):
            _, *values = ask_raw(scope.session, plan.statement.sql(scope.tenant), parameters)
    except REFUSALS as error:
        if is_lost(error) or is_out_of_room(error) or sqlstate(error) == TIMED_OUT:
            raise
        raise PlanFailed from error
    data = None if plan.rest else plan.data(values, run)
    return Planned(roots=plan.answers(values, run)) if data is None else Planned(data=data)
