"""`saas tenant apply`: bring a tenant's organisation, roles and people to what a YAML file says."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from saas.cli.onboarding.onboard import Plan, onboard
from saas.cli.onboarding.read import read_onboarding, spelled
from saas.cli.output import columns, say
from saas.modules.organisation.blueprint.difference import Step, Verb
from saas.modules.organisation.blueprint.granted import Change
from saas.tenants.tenant import Tenant

_NAMED = 5
_WORDS = 4
_DONE = {Verb.CREATE: "created", Verb.UPDATE: "updated", Verb.UNCHANGED: "unchanged"}


@click.command(help="Bring a tenant's organisation, roles and people to what FILE says; what it does not name stays.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--create", is_flag=True, help="Make the tenant where it is not there yet.")
@click.option("--cell", help="Where to make it; without, the cell with the fewest tenants.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line instead of a table.")
def command(file: Path, create: bool, cell: str | None, dry_run: bool, as_json: bool) -> None:
    plans: list[Plan] = []
    passwords: list[tuple[str, str]] = []

    def shown(plan: Plan) -> None:
        plans.append(plan)
        if not as_json and plan.has_work:
            click.echo(table(plan.all_steps))

    def told(email: str, password: str) -> None:
        passwords.append((email, password))
        if not as_json:
            click.echo(f"Password of {email}, shown this once: {password}")

    wanted = read_onboarding(file)
    tenant = None
    try:
        tenant = onboard(wanted, create=create, dry_run=dry_run, cell=cell, shown=shown, told=told)
    finally:
        # Also after an error: a password that was made and not told would be lost.
        if plans and as_json and (tenant or dry_run or passwords):
            say(_as_data(plans[0], wanted.slug, tenant, passwords, dry_run=dry_run), "", as_json=True)
    if not as_json:
        click.echo(_ending(plans[0], wanted.slug, dry_run=dry_run))


def table(steps: Sequence[Step]) -> str:
    """What changes, a line each."""
    changed = [step for step in steps if step.verb is not Verb.UNCHANGED]
    return columns(
        [
            {
                "do": step.verb.value,
                "what": step.kind.replace("_", " "),
                "code": step.code,
                "changes": _in_words(step.changes),
            }
            for step in changed
        ]
    )


def _in_words(changes: Mapping[str, Change]) -> str:
    shown = {name: change for name, change in changes.items() if name != "code" or change[0] is not None}
    return ", ".join(_change_in_words(spelled(name), *change) for name, change in shown.items())


def _change_in_words(name: str, before: object, after: object) -> str:
    if isinstance(after, list):
        gone = before if isinstance(before, list) else []
        words = [f"−{word}" for word in gone if word not in after] + [f"+{word}" for word in after if word not in gone]
        more = f" … {len(words) - _WORDS} more" if len(words) > _WORDS else ""
        return f"{name} {' '.join(words[:_WORDS])}{more}"
    if name == "password":
        return f"password {after}"
    return f"{name}: {after}" if before is None else f"{name}: {before} → {'nothing' if after is None else after}"


def _ending(plan: Plan, slug: str, *, dry_run: bool) -> str:
    counts = Counter(step.verb for step in plan.all_steps)
    summary = ", ".join(f"{counts[verb]} {_DONE[verb]}" for verb in Verb)
    if not plan.has_work:
        lines = [f"{slug}: nothing to do, {counts[Verb.UNCHANGED]} things are as the file says."]
    elif dry_run:
        lines = [f"{slug}: a dry run, nothing was changed. It would be: {summary}."]
    else:
        lines = [f"{slug}: {summary}."]
    return "\n".join([*lines, *(_left(kind, names) for kind, names in plan.left_alone.items())])


def _left(kind: str, names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    what = kind.replace("_", " ") + "s" * (len(names) > 1)
    return f"Not in the file and left alone: {len(names)} {what} ({', '.join(names[:_NAMED])}{more})."


def _as_data(
    plan: Plan, slug: str, tenant: Tenant | None, passwords: Sequence[tuple[str, str]], *, dry_run: bool
) -> dict[str, object]:
    return {
        "tenant": slug,
        "id": tenant.id if tenant else None,
        "dry_run": dry_run,
        "has_work": plan.has_work,
        "steps": [
            {
                "do": step.verb.value,
                "what": step.kind,
                "code": step.code,
                "changes": {spelled(name): change for name, change in step.changes.items()},
            }
            for step in plan.all_steps
        ],
        "left_alone": plan.left_alone,
        "passwords": [{"email": email, "password": password} for email, password in passwords],
    }
