"""`saas explain-query`: what Postgres is asked for a query of somebody, how it would go about it, and what it costs."""

import json
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from saas.cli.output import say
from saas.cli.readable_sql import readable
from saas.engine.plan.run import Run
from saas.engine.scope import Scope, open_scope
from saas.kit.errors import BadInput, NotFound
from saas.schema.planned import find_or_make
from saas.schema.prepare import Prepared, prepare
from saas.tenants.directory import tenant_by_slug, tenants
from saas.tenants.members import members
from saas.tenants.membership import folded
from saas.tenants.tenant import Tenant
from saas.tenants.waiting import ask_raw_rows


@click.command(
    help="Print the SQL that answers the GraphQL query in FILE (- for standard input) for a person, with their rights "
    "in it, how Postgres would go about it, and what the query costs."
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--as", "person", required=True, help="Who asks: the e-mail they sign in with, or the employee's id.")
@click.option("--tenant", "slug", help="Where; may be left out where they sign in to one tenant only.")
@click.option("--variables", default="{}", show_default=True, help="The values of its variables, a JSON object.")
@click.option("--operation", help="Which operation, where the file has several.")
@click.option("--analyze", is_flag=True, help="Run it, too, and tell how long each step took.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line.")
def command(
    file: str, person: str, slug: str | None, variables: str, operation: str | None, analyze: bool, as_json: bool
) -> None:
    tenant = _tenant_of(person) if slug is None else tenant_by_slug(slug)
    text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    prepared = prepare(text)
    if prepared.errors:
        raise BadInput("; ".join(error.message for error in prepared.errors), path=("query",))
    with open_scope(tenant, _principal(tenant, person), write=False) as scope:
        told = _explained(scope, prepared, operation, _variables(variables), analyze=analyze)
    say(told, _as_text(told), as_json=as_json)


def _tenant_of(person: str) -> Tenant:
    """The one tenant that they sign in to."""
    found = [each for each in tenants() if folded(person) in members(each).values()]
    if len(found) != 1:
        slugs = ", ".join(each.slug for each in found) or "none"
        raise BadInput(f"It is not clear in which tenant {person!r} asks ({slugs}).", remedy="Name it with --tenant.")
    return found[0]


def _principal(tenant: Tenant, person: str) -> UUID:
    try:
        return UUID(person)
    except ValueError:
        found = next((id_ for id_, address in members(tenant).items() if address == folded(person)), None)
    if found is None:
        raise NotFound(f"Nobody signs in to {tenant.slug} as {person!r}.", remedy="Give an e-mail or an employee's id.")
    return found


def _variables(given: str) -> dict[str, Any]:
    try:
        found = json.loads(given)
    except json.JSONDecodeError as error:
        raise BadInput(f"The variables are no JSON: {error.msg} at character {error.pos}.") from None
    if not isinstance(found, dict):
        raise BadInput("The variables must be a JSON object.", remedy="Like --variables '{\"first\": 10}'.")
    return found


def _explained(
    scope: Scope, prepared: Prepared, operation: str | None, given: dict[str, Any], *, analyze: bool
) -> dict[str, Any]:
    known = prepared.known(operation)
    if not known.is_query:
        raise BadInput("Only queries have a plan.", remedy="Explain the query that reads the same.")
    variables = known.coerced(given)
    if variables is None:
        raise BadInput(
            "The variables are not those of the query.", remedy="Send it to the API, which tells what is wrong."
        )
    run = Run(tenant=scope.tenant, profile=scope.profile, now=scope.now, variables=variables)
    plan = find_or_make(prepared, known, run)
    cost = known.cost(given).as_extension()
    if plan is None:
        return {"cost": cost, "sql": None, "parameters": [], "fieldByField": None, "plan": []}
    sql, parameters = plan.statement.sql(scope.tenant), plan.bound(run)
    how = "EXPLAIN (ANALYZE, BUFFERS)" if analyze else "EXPLAIN"
    steps = [str(step) for (step,) in ask_raw_rows(scope.session, f"{how} {sql}", parameters)]
    texts = [None if value is None else value.decode() for value in parameters]
    return {"cost": cost, "sql": sql, "parameters": texts, "fieldByField": list(plan.rest), "plan": steps}


def _as_text(told: dict[str, Any]) -> str:
    cost = ", ".join(f"{name} {value:,}" for name, value in told["cost"].items())
    if told["sql"] is None:
        return f"Cost: {cost}\n\nNo plan: only Python can answer it, or something is wrong in it, as the API tells."
    parameters = "\n".join(f"  ${number} = {value}" for number, value in enumerate(told["parameters"], 1))
    parts = [f"Cost: {cost}", readable(told["sql"]), f"Parameters:\n{parameters or '  none'}", "\n".join(told["plan"])]
    if told["fieldByField"]:
        parts.insert(1, f"Field by field: {', '.join(told['fieldByField'])}")
    return "\n\n".join(parts)
