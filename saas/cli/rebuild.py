"""`saas tenant rebuild`: what follows from the records of tenants is made anew by the workers."""

import click

import saas.modules
from saas.cli.output import columns, say
from saas.engine.rebuild import records_rebuild
from saas.engine.scope import Via, open_scope
from saas.tenants.directory import tenant_by_slug, tenants
from saas.tenants.tenant import TenantState

MODULES = saas.modules  # declares the objects


@click.command(
    help="Have the workers make anew what follows from the records of SLUG, or without it of every active tenant: "
    "sort keys, search, and the keys that tell duplicates. After a release that declares them for old records."
)
@click.argument("slug", required=False)
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line instead of sentences.")
def command(slug: str | None, dry_run: bool, as_json: bool) -> None:
    chosen = [tenant_by_slug(slug)] if slug else [each for each in tenants() if each.state is TenantState.ACTIVE]
    rows: list[dict[str, object]] = []
    for tenant in chosen:
        job = None
        if not dry_run:
            with open_scope(tenant, None, write=True, via=Via("saas tenant rebuild")) as scope:
                job = scope.later(records_rebuild, key=records_rebuild.name)
        rows.append({"tenant": tenant.slug, "job": job})
    say({"dry_run": dry_run, "tenants": rows}, columns(rows), as_json=as_json)
