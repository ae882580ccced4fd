"""`saas invariants`: what must hold of the data of every tenant; what is broken, and how it is mended."""

import sys
from collections.abc import Mapping, Sequence

import click

import saas.engine.invariants_job
import saas.modules
from saas.cli.output import columns, say
from saas.engine.findings import Finding, findings, forget_unknown, keep
from saas.engine.invariant_check import Result, checked
from saas.engine.invariants import Invariant, invariants
from saas.engine.scope import Via, open_scope
from saas.kit.errors import NotFound
from saas.tenants.directory import tenant_by_slug, tenants
from saas.tenants.tenant import Tenant, TenantState
from saas.workers.cells import Cells
from saas.workers.findings import CellFinding, findings_of

DECLARED = (saas.engine.invariants_job, saas.modules)  # what holds of all objects, and of single ones
_VIA = Via("saas invariants check")
_json = click.option("--json", "as_json", is_flag=True, help="One JSON line instead of sentences.")


@click.group(help="What must hold of the data: what is broken, look again.", no_args_is_help=True)
def command() -> None:
    pass


@command.command(
    "list",
    help="What the nightly checks found broken, of the tenant SLUG or of all; what was not looked at wholly, too. "
    "Leaves with 1 where anything is broken.",
)
@click.argument("slug", required=False)
@click.option("--all", "every", is_flag=True, help="Also what holds.")
@_json
def list_(slug: str | None, every: bool, as_json: bool) -> int:
    names = {each.id: each.slug for each in tenants()}
    asked = tenant_by_slug(slug) if slug else None
    engines = Cells(connections=1).engines()
    chosen = engines if asked is None else {asked.cell: engines[asked.cell]}
    found = [each for cell in chosen.values() for each in findings_of(cell, asked.id if asked else None, every=every)]
    rows = [_row(names.get(each.tenant_id, str(each.tenant_id)), each) for each in found]
    say(rows, _told(rows), as_json=as_json)
    return _exit_code(rows)


@command.command(
    "check",
    help="Look now, at all of it however long that takes, in the tenant SLUG or in every active one, and keep what is "
    "found. Leaves with 1 where anything is broken.",
)
@click.argument("slug", required=False)
@click.option("--only", multiple=True, metavar="NAME", help="Look at this one only; may be given several times.")
@_json
def check(slug: str | None, only: tuple[str, ...], as_json: bool) -> int:
    which = _named(only) if only else invariants()
    chosen = [tenant_by_slug(slug)] if slug else [each for each in tenants() if each.state is TenantState.ACTIVE]
    rows = [row for tenant in chosen for row in _checked(tenant, which)]
    say(rows, _told(rows) if rows else f"All holds in {_many(len(chosen))}.", as_json=as_json)
    return _exit_code(rows)


def _many(tenants: int) -> str:
    return "1 tenant" if tenants == 1 else f"{tenants} tenants"


def _named(names: Sequence[str]) -> list[Invariant]:
    found = [each for each in invariants() if each.name in names]
    unknown = set(names) - {each.name for each in found}
    if unknown:
        raise NotFound(f"There is no invariant {min(unknown)}.", remedy="`saas invariants list --all` names them.")
    return found


def _checked(tenant: Tenant, which: Sequence[Invariant]) -> list[dict[str, object]]:
    """What is broken in the tenant, or could not be looked at; what was found is kept."""
    results: list[Result] = []
    number = len(which)
    for found in checked(tenant, {}, is_bounded=False, which=which):
        if isinstance(found, Result):
            results.append(found)
        elif sys.stderr.isatty():
            click.echo(f"\r\033[K{tenant.slug}: {len(results)}/{number} {found.result.name}", nl=False, err=True)
    if sys.stderr.isatty():
        click.echo("\r\033[K", nl=False, err=True)
    broken = sum(1 for each in results if each.count)
    click.echo(f"{tenant.slug}: {number} looked at, {broken} broken.", err=True)
    with open_scope(tenant, None, write=True, via=_VIA) as scope:
        keep(scope, results, tell=False)
        forget_unknown(scope)
        kept = findings(scope)
    told = [kept[each.name] for each in results if each.count or each.note]
    return [_row(tenant.slug, each) for each in told]


def _row(slug: str, found: Finding | CellFinding) -> dict[str, object]:
    """One finding as it is printed; what this release does not know it tells no remedy of."""
    known = next((each for each in invariants() if each.name == found.invariant), None)
    return {
        "tenant": slug,
        "invariant": found.invariant,
        "rows": found.count,
        "since": found.first_seen,
        "checked_at": found.checked_at,
        "sample": [*found.sample],
        "note": found.note,
        "says": known.says if known else "",
        "remedy": known.remedy.replace("{tenant}", slug) if known and found.count else "",
    }


def _told(rows: Sequence[Mapping[str, object]]) -> str:
    """A table, then of each that is broken what it means, some ids, and what to do."""
    table = [{name: row[name] or "-" for name in ("tenant", "invariant", "rows", "since")} for row in rows]
    lines = [columns(table)]
    for row in rows:
        if row["rows"] or row["note"]:
            told = [f"{row['tenant']} {row['invariant']}: {row['says']}"]
            told += [f"  such as {each}" for each in _texts(row["sample"])]
            told += [f"  {text}" for text in (row["note"], row["remedy"]) if text]
            lines += ["", *told]
    return "\n".join(lines)


def _texts(sample: object) -> list[str]:
    return [str(each) for each in sample] if isinstance(sample, list) else []


def _exit_code(rows: Sequence[Mapping[str, object]]) -> int:
    return 1 if any(row["rows"] for row in rows) else 0
