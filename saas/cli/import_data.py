"""`saas import`: bring in records from a file, or only try what would become of them."""

import csv
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from uuid import UUID

import click

import saas.modules
from saas.cli.acting import employee_id
from saas.cli.mapping_file import mapping_file
from saas.cli.output import columns, say
from saas.engine.scope import Scope, open_scope
from saas.engine.transfer.counts import Counts
from saas.engine.transfer.job import start_later
from saas.engine.transfer.mapping import Mapping
from saas.engine.transfer.refused import Keep, Rows
from saas.engine.transfer.report import LineIssue, RunReport, run_issues, run_report
from saas.engine.transfer.run import Upload, perform, start
from saas.engine.transfer.saved import mapping_named
from saas.kit.collector import spare_collector
from saas.kit.errors import BadInput, NotFound
from saas.kit.spreadsheets import harmless
from saas.tenants.directory import tenant_by_slug
from saas.tenants.tenant import Tenant

MODULES = saas.modules  # declares the objects
SHOWN = 20
EVERY = 1.0
FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.command("import", help="Bring the rows of FILE into the tenant SLUG; exit code 1 where some were refused.")
@click.argument("slug")
@click.argument("file", type=FILE)
@click.option("--mapping", "mapping_path", type=FILE, help="YAML: which column is which field.")
@click.option("--saved", "saved_name", metavar="NAME", help="Instead of --mapping: one that was saved in the company.")
@click.option("--dry-run", is_flag=True, help="Only say what would become of the rows.")
@click.option("--as", "email", metavar="EMAIL", help="With the rights of this employee; without, the tenant's own.")
@click.option("--wait/--no-wait", default=True, show_default=True, help="Do it here, or leave it to the workers.")
@click.option("--issues", "issues_path", type=click.Path(dir_okay=False, path_type=Path), help="All issues, as CSV.")
@click.option(
    "--refused",
    "refused_path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The refused rows with the reasons, as CSV: to correct and to import again.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON line instead of sentences.")
def command(
    slug: str,
    file: Path,
    mapping_path: Path | None,
    saved_name: str | None,
    dry_run: bool,
    email: str | None,
    wait: bool,
    issues_path: Path | None,
    refused_path: Path | None,
    as_json: bool,
) -> int:
    tenant = tenant_by_slug(slug)
    actor_id = None if email is None else employee_id(tenant, email)
    mapping = _mapping(tenant, actor_id, mapping_path, saved_name)
    with file.open("rb") as content:
        run_id = _started(tenant, actor_id, Upload(file.name, content, mapping, dry_run), wait=wait)
        if not wait:
            say({"id": run_id, "state": "queued"}, f"Import {run_id} is queued for the workers.", as_json=as_json)
            return 0
        spare_collector()
        refused_to = None if refused_path is None else _writer(refused_path)
        perform(tenant, actor_id, run_id, None if as_json else _teller(), refused_to)
    with open_scope(tenant, actor_id, write=False) as scope:
        report, issues = run_report(scope, run_id), run_issues(scope, run_id)
    if report is None:
        raise NotFound(f"Import {run_id} is gone.")
    if issues_path is not None:
        _write_issues(issues_path, issues)
    _tell(report, issues, issues_path, as_json=as_json)
    return 1 if report.counts.refused or report.state != "done" else 0


def _mapping(tenant: Tenant, actor_id: UUID | None, path: Path | None, name: str | None) -> Mapping:
    if path is not None and name is None:
        return mapping_file(path)
    if path is not None or name is None:
        raise BadInput("Give either --mapping FILE or --saved NAME.", remedy="See docs/import.md for an example.")
    with open_scope(tenant, actor_id, write=False) as scope:
        return mapping_named(scope, name)


def _started(tenant: Tenant, actor_id: UUID | None, upload: Upload, *, wait: bool) -> UUID:
    try:
        with open_scope(tenant, actor_id, write=True) as scope:
            return start(scope, upload) if wait else start_later(scope, upload)
    except BadInput as wrong:
        if wrong.path[:1] not in (("csv",), ("fileId",)):
            raise
        raise BadInput(f"{upload.file_name}: {wrong.message}", remedy=wrong.remedy) from None


def _writer(path: Path) -> Keep:
    """Writes the refused rows to a file of this machine."""

    def write(_scope: Scope, _name: str, rows: Rows) -> None:
        with path.open("w", encoding="utf-8-sig", newline="") as out:  # the mark tells Excel that it is UTF-8
            out.writelines(rows)

    return write


def _teller() -> Callable[[Counts], None]:
    """Tells how far it is, about once a second."""
    last = time.monotonic()

    def tell(counts: Counts) -> None:
        nonlocal last
        if time.monotonic() - last >= EVERY:
            last = time.monotonic()
            read = "" if counts.done else " (still reading)"
            click.echo(f"{counts.done:,} of {counts.rows:,} rows{read}", err=True)

    return tell


def _write_issues(path: Path, issues: list[LineIssue]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as out:  # the mark tells Excel that it is UTF-8
        writer = csv.writer(out)
        writer.writerow(["line", "severity", "field", "code", "message"])
        writer.writerows(_harmless(issue) for issue in issues)


def _harmless(issue: LineIssue) -> list[str | int]:
    """No cell that a spreadsheet would take for a formula."""
    return [issue.line, *map(harmless, (issue.severity, issue.field, issue.code, issue.message))]


def _tell(report: RunReport, issues: list[LineIssue], path: Path | None, *, as_json: bool) -> None:
    counts = report.counts
    told = {name: getattr(counts, name) for name in ("rows", "created", "updated", "unchanged", "refused", "warnings")}
    if as_json:
        first = [asdict(issue) for issue in issues[:SHOWN]]
        summary = {"id": report.id, "object": report.object, "state": report.state, "dry_run": report.is_dry_run}
        say({**summary, **told, "reason": report.reason, "issues": first}, "", as_json=True)
        return
    click.echo(columns([told]))
    if report.reason:
        click.echo(report.reason)
    if report.is_dry_run:
        click.echo("Dry run: nothing was written.")
    for issue in issues[:SHOWN]:
        click.echo(f"line {issue.line}: {issue.severity}: {issue.message} [{issue.code}]")
    rest = len(issues) - SHOWN
    if rest > 0:
        click.echo(f"and {rest:,} more" + (f", all in {path}." if path else "; --issues OUT.csv writes all."))
