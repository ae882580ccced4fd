"""`saas import-revert`: take back what an import wrote, or only tell what would become of it."""

import time
from collections.abc import Callable
from dataclasses import asdict

import click

import saas.modules
from saas.cli.acting import employee_id
from saas.cli.output import columns, say
from saas.engine.problem import Problem, ProblemCode
from saas.engine.revert.counts import RevertCounts
from saas.engine.revert.job import start_later
from saas.engine.revert.report import RevertIssue, RevertReport, revert_issues, revert_report
from saas.engine.revert.run import perform
from saas.engine.revert.start import Revert, start
from saas.engine.scope import open_scope
from saas.kit import ids
from saas.kit.collector import spare_collector
from saas.kit.errors import Conflict, NotFound
from saas.tenants.directory import tenant_by_slug

MODULES = saas.modules  # declares the objects
SHOWN = 20
EVERY = 1.0
COUNTED = ("records", "reverted", "unchanged", "refused")


@click.command(
    "import-revert",
    help="Take back what the import RUN_ID wrote in the tenant SLUG; exit code 1 where some records stay as they are.",
)
@click.argument("slug")
@click.argument("run_id")
@click.option("--dry-run", is_flag=True, help="Only say what would become of the records.")
@click.option("--as", "email", metavar="EMAIL", help="With the rights of this employee; without, the tenant's own.")
@click.option("--wait/--no-wait", default=True, show_default=True, help="Do it here, or leave it to the workers.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line instead of sentences.")
def command(slug: str, run_id: str, dry_run: bool, email: str | None, wait: bool, as_json: bool) -> int:
    tenant = tenant_by_slug(slug)
    asked = ids.parse_id(run_id)
    actor_id = None if email is None else employee_id(tenant, email)
    with open_scope(tenant, actor_id, write=True) as scope:
        if wait:
            begun = start(scope, asked, dry_run=dry_run, by_command=True)
        else:
            begun = start_later(scope, asked, dry_run=dry_run)
    revert = _begun(begun)
    if not wait:
        told = {"id": asked, "number": revert.number, "state": "queued"}
        say(told, f"That import {asked} is taken back is queued for the workers.", as_json=as_json)
        return 0
    spare_collector()
    perform(tenant, actor_id, revert, None if as_json else _teller())
    with open_scope(tenant, actor_id, write=False) as scope:
        report, issues = revert_report(scope, asked), revert_issues(scope, asked, revert.number)
    if report is None:
        raise NotFound(f"Import {asked} is gone.")
    _tell(report, issues, as_json=as_json)
    return 1 if report.counts.refused or report.state != "done" else 0


def _begun(begun: Revert | Problem) -> Revert:
    if isinstance(begun, Revert):
        return begun
    if begun.code is ProblemCode.NOT_FOUND:
        raise NotFound(begun.message, remedy="`saas import --json` prints the id of an import.")
    raise Conflict(begun.message)


def _teller() -> Callable[[RevertCounts], None]:
    """Tells how far it is, about once a second."""
    last = time.monotonic()

    def tell(counts: RevertCounts) -> None:
        nonlocal last
        if time.monotonic() - last >= EVERY:
            last = time.monotonic()
            click.echo(f"{counts.done:,} of {counts.records:,} records", err=True)

    return tell


def _tell(report: RevertReport, issues: list[RevertIssue], *, as_json: bool) -> None:
    told = {name: getattr(report.counts, name) for name in COUNTED}
    if as_json:
        summary = {"id": report.run_id, "number": report.number, "state": report.state, "dry_run": report.is_dry_run}
        first = [{**asdict(issue), "record_id": str(issue.record_id)} for issue in issues[:SHOWN]]
        say({**summary, **told, "reason": report.reason or "", "issues": first}, "", as_json=True)
        return
    click.echo(columns([told]))
    if report.reason:
        click.echo(report.reason)
    if report.is_dry_run:
        click.echo("Dry run: nothing was written.")
    for issue in issues[:SHOWN]:
        click.echo(f"line {issue.line}: {issue.message} [{issue.code}] {issue.record_id}")
    rest = len(issues) - SHOWN
    if rest > 0:
        click.echo(f"and {rest:,} more; `importRun {{ revert {{ issues }} }}` in the API has all.")
