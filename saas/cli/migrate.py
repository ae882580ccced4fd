"""`saas tenant migrate`: bring schemas that are behind to the newest version."""

import click

import saas.schema.webhook_telling  # noqa: F401  # documents of webhooks are understood from now on
from saas.cli.output import say
from saas.engine.scope import open_scope
from saas.kit.errors import TenantUnavailable
from saas.modules import plant_missing
from saas.modules.webhooks.pump import webhooks_check
from saas.tenants.directory import tenants
from saas.tenants.install import upgrade_all
from saas.tenants.migrate import Plan, Report, Target, migrate, plan
from saas.tenants.tenant import TenantState


@click.command(help="Bring the tenants SLUG …, or all and the spare schemas, to the newest version; safe to repeat.")
@click.argument("slugs", metavar="[SLUG]...", nargs=-1)
@click.option("--connections", type=click.IntRange(1, 32), default=4, show_default=True, help="Schemas at once.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line instead of sentences.")
def command(slugs: tuple[str, ...], connections: int, dry_run: bool, as_json: bool) -> None:
    if not dry_run:
        upgrade_all()
    found = plan(slugs)
    if dry_run:
        say(_planned(found), _plan_in_words(found), as_json=as_json)
        return
    report = migrate(found, connections=connections, tell=lambda target, problem: _tell(target, problem, as_json))
    ready = {target.label for target in [*found.current, *report.migrated]}
    _plant(ready)
    unfit = _unfit_webhooks(ready)
    told = _reported(found, report) | {"webhooks_paused": unfit}
    say(told, _report_in_words(found, report, unfit), as_json=as_json)
    if report.failed or report.not_started:
        label, problem = (report.failed[0][0].label, report.failed[0][1]) if report.failed else ("", "")
        raise TenantUnavailable(
            f"{len(report.failed)} failed, {len(report.not_started)} not started; the first, {label}: {problem}",
            remedy="Mend that and run the command again: what is done is not done twice.",
        )


def _plant(slugs: set[str]) -> None:
    """What this program expects in every tenant, where it is missing: new dictionaries, for example."""
    for tenant in tenants():
        if tenant.slug in slugs and tenant.state in (TenantState.ACTIVE, TenantState.SUSPENDED):
            plant_missing(tenant)


def _unfit_webhooks(slugs: set[str]) -> list[str]:
    """Webhooks that this release can send no more: they are paused, and whoever made them is told."""
    found = []
    for tenant in tenants():
        if tenant.slug in slugs and tenant.state is TenantState.ACTIVE:
            with open_scope(tenant, None, write=True) as scope:
                found += [f"{tenant.slug}: {name}" for name in webhooks_check(scope)]
    return found


def _tell(target: Target, problem: str, as_json: bool) -> None:
    if problem and not as_json:
        click.echo(f"{target.label} ({target.schema}): {problem}", err=True)


def _planned(found: Plan) -> dict[str, object]:
    return {
        "dry_run": True,
        "head": found.head,
        "current": len(found.current),
        "behind": [
            {"slug": target.label, "schema": target.schema, "version": target.version} for target in found.behind
        ],
        "newer": [target.label for target in found.newer],
        "broken": [target.label for target in found.broken],
    }


def _plan_in_words(found: Plan) -> str:
    lines = [f"{target.label}: {target.version} → {found.head}" for target in found.behind]
    lines += [f"{target.label}: its schema or its stamp is missing" for target in found.broken]
    lines += [f"{target.label}: at {target.version}, newer than this program" for target in found.newer]
    return "\n".join([*lines, f"{len(found.current)} at version {found.head} already, {len(found.behind)} behind."])


def _reported(found: Plan, report: Report) -> dict[str, object]:
    return {
        "head": found.head,
        "current": len(found.current),
        "migrated": len(report.migrated),
        "failed": [{"slug": target.label, "problem": problem} for target, problem in report.failed],
        "not_started": len(report.not_started),
        "retries": report.retries,
    }


def _report_in_words(found: Plan, report: Report, unfit: list[str]) -> str:
    paused = "".join(f"\nThe webhook {each} does not fit this release and is paused." for each in unfit)
    return (
        f"{len(report.migrated)} migrated to version {found.head}, {len(found.current)} were there already,"
        f" {len(report.failed)} failed, {len(report.not_started)} not started.{paused}"
    )
