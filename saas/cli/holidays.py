"""`saas tenant holidays`: public holidays in the calendars of a tenant."""

import click

import saas.modules
from saas.cli.output import columns, say
from saas.engine.scope import Via, open_scope
from saas.modules.masters.public_holidays import add_to_all
from saas.tenants.directory import tenant_by_slug

MODULES = saas.modules  # declares the objects
_NONE = "No calendar has a country."


@click.command(help="Add public holidays to each calendar of SLUG that has a country; what is there stays as it is.")
@click.argument("slug")
@click.option("--year", "years", type=int, multiple=True, help="Of which year; without, this one and the next.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line instead of sentences.")
def command(slug: str, years: tuple[int, ...], dry_run: bool, as_json: bool) -> None:
    with open_scope(tenant_by_slug(slug), None, write=True, via=Via("saas tenant holidays")) as scope:
        chosen = sorted(years) or [scope.today.year, scope.today.year + 1]
        added = add_to_all(scope, chosen)
        if dry_run:
            scope.session.rollback()
    rows = [{"calendar": name, "added": number} for name, number in added.items()]
    say({"dry_run": dry_run, "years": chosen, "added": rows}, columns(rows) if rows else _NONE, as_json=as_json)
