"""`saas tenant`: make companies, look after them, let them go."""

import dataclasses

import click

from saas.cli.main import Lazy
from saas.cli.output import columns, say
from saas.engine.files.quota import Usage, usage
from saas.engine.scope import open_scope
from saas.kit.errors import AtriumError
from saas.modules import plant_all
from saas.tenants.beginning import check_free
from saas.tenants.directory import tenant_by_slug, tenants
from saas.tenants.names import checked_slug
from saas.tenants.provision import create_tenant, drop_tenant, left_undone, reconcile, resume, suspend
from saas.tenants.tenant import LANGUAGES, Profile, Tenant, TenantState

command = Lazy(
    name="tenant",
    help="Tenants: companies, each with a schema and a role of its own.",
    no_args_is_help=True,
    modules={
        "apply": ("saas.cli.apply", "Bring a tenant's organisation to what a YAML file says."),
        "holidays": ("saas.cli.holidays", "Add public holidays to the calendars of a tenant."),
        "migrate": ("saas.cli.migrate", "Bring schemas that are behind to the newest version."),
        "rebuild": ("saas.cli.rebuild", "Make anew what follows from records, such as sort keys."),
    },
)

_NOTHING = "Nothing was left undone."
_json = click.option("--json", "as_json", is_flag=True, help="One JSON line instead of sentences.")
_dry = click.option("--dry-run", is_flag=True, help="Only say what would be done.")
_reads = click.option("--dry-run", is_flag=True, expose_value=False, help="Changes nothing here: it only reads.")


@command.command(help="Make the tenant SLUG. After an interruption the same command finishes it.")
@click.argument("slug")
@click.option("--name", required=True, help="What the company is called.")
@click.option("--currency", default="CNY", show_default=True, help="Base currency, ISO 4217.")
@click.option("--time-zone", default="Asia/Shanghai", show_default=True, help="IANA name.")
@click.option("--language", default="zh", show_default=True, help=" or ".join(LANGUAGES) + ".")
@click.option("--cell", help="Where; without, the cell with the fewest tenants.")
@_dry
@_json
def create(
    slug: str,
    name: str,
    currency: str,
    time_zone: str,
    language: str,
    cell: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    profile = Profile(name, currency, time_zone, language)
    if dry_run:
        profile.check()
        chosen = check_free(checked_slug(slug), profile, cell)
        told = {"dry_run": True, "slug": slug, "name": name, "cell": chosen}
        say(told, f"Would make {slug} in cell {chosen}.", as_json=as_json)
        return
    tenant = create_tenant(
        slug, name, seed=plant_all, cell=cell, base_currency=currency, time_zone=time_zone, language=language
    )
    say(tenant, f"{slug} is ready: {tenant.id}, schema {tenant.schema} in cell {tenant.cell}.", as_json=as_json)


@command.command("list", help="All tenants.")
@click.option("--state", type=click.Choice([state.value for state in TenantState]), help="Only those in this state.")
@_reads
@_json
def list_(state: str | None, as_json: bool) -> None:
    found = [tenant for tenant in tenants() if state in (None, tenant.state)]
    short = [
        {
            "slug": tenant.slug,
            "state": tenant.state,
            "cell": tenant.cell,
            "version": tenant.schema_version,
            "name": tenant.name,
        }
        for tenant in found
    ]
    say(found, columns(short), as_json=as_json)


@command.command(help="Everything the directory knows of the tenant SLUG, and what its files take.")
@click.argument("slug")
@_reads
@_json
def show(slug: str, as_json: bool) -> None:
    tenant = tenant_by_slug(slug)
    files = _files_of(tenant)
    known = {name: getattr(tenant, name) for name in Tenant.__slots__}
    lines = [f"{name:15} {value}" for name, value in known.items()]
    lines.append(f"{'files':15} {'not known now' if files is None else _told(files)}")
    say({**known, "files": None if files is None else dataclasses.asdict(files)}, "\n".join(lines), as_json=as_json)


def _files_of(tenant: Tenant) -> Usage | None:
    """What its files take; None where nobody gets in to it, as while it is suspended."""
    try:
        with open_scope(tenant, None, write=False) as scope:
            return usage(scope)
    except AtriumError:
        return None


def _told(files: Usage) -> str:
    return f"{files.files:,} of {files.most_files:,}, {files.bytes:,} bytes of {files.most_bytes:,}"


@command.command("suspend", help="Nobody gets in to SLUG any more; its data stays as it is.")
@click.argument("slug")
@_dry
@_json
def suspend_(slug: str, dry_run: bool, as_json: bool) -> None:
    tenant = tenant_by_slug(slug)
    if not dry_run:
        suspend(tenant)
    _say_done(tenant, "suspend", "suspended", dry_run=dry_run, as_json=as_json)


@command.command("resume", help="People get in to SLUG again.")
@click.argument("slug")
@_dry
@_json
def resume_(slug: str, dry_run: bool, as_json: bool) -> None:
    tenant = tenant_by_slug(slug)
    if not dry_run:
        resume(tenant)
    _say_done(tenant, "resume", "active", dry_run=dry_run, as_json=as_json)


@command.command(help="Delete SLUG with all its data, for good. After an interruption the same command goes on.")
@click.argument("slug")
@click.option("--yes", is_flag=True, help="Do not ask.")
@_dry
@_json
def drop(slug: str, yes: bool, dry_run: bool, as_json: bool) -> None:
    tenant = tenant_by_slug(slug)
    if not dry_run:
        if as_json and not yes:
            raise click.UsageError("With --json nobody is asked; nothing was dropped: add --yes.")
        if not yes and click.prompt(f"All data of {tenant.name} will be gone. Type its slug", err=True) != slug:
            raise click.UsageError("That is not its slug; nothing was dropped.")
        drop_tenant(tenant)
    _say_done(tenant, "drop", "dropped", dry_run=dry_run, as_json=as_json)


@command.command("reconcile", help="Finish whatever was interrupted between the directory and the cells.")
@_dry
@_json
def reconcile_(dry_run: bool, as_json: bool) -> None:
    if dry_run:
        undone = [{"what": kind, "slug": slug} for kind, _, slug in left_undone()]
        say({"dry_run": True, "undone": undone}, columns(undone) if undone else _NOTHING, as_json=as_json)
        return
    done = [{"what": kind, "slug": slug, "problem": problem} for kind, slug, problem in reconcile(plant_all)]
    say(done, columns(done) if done else _NOTHING, as_json=as_json)


def _say_done(tenant: Tenant, verb: str, state: str, *, dry_run: bool, as_json: bool) -> None:
    if dry_run:
        say({"dry_run": True, "slug": tenant.slug, "would": verb}, f"Would {verb} {tenant.slug}.", as_json=as_json)
    else:
        say({"slug": tenant.slug, "id": tenant.id, "state": state}, f"{tenant.slug} is {state}.", as_json=as_json)
