"""`saas jobs`: what waits, what runs and what is dead, of all tenants; dead ones are tried anew or dropped."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import click

from saas.cli.output import columns, say
from saas.engine.job_registry import QUEUES
from saas.engine.job_standing import JobState
from saas.gateways.doorbell import doorbell
from saas.kit.errors import BadInput
from saas.tenants.directory import tenant_by_slug, tenants
from saas.workers.cells import Cells
from saas.workers.overview import Choice, Seen, dropped, job_at, listed, retried

_LINE = 100  # characters of an error in a list; `show` has all of it
_json = click.option("--json", "as_json", is_flag=True, help="One JSON line instead of sentences.")
_dry = click.option("--dry-run", is_flag=True, help="Only say what would be done.")
_tenant = click.option("--tenant", help="Only those of the tenant with this slug.")
_task = click.option("--task", help="Only those with this name, as import_run_perform.")
_queue = click.option("--queue", type=click.Choice(QUEUES), help="Only those of this queue.")


@click.group(name="jobs")
def command() -> None:
    """Jobs of all tenants of all cells: list, show, retry, drop."""


@command.command(name="list")
@_tenant
@_task
@_queue
@click.option("--state", type=click.Choice([*JobState]), help="Only those; without it, all that are there.")
@click.option("--cell", help="Only those of this cell.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="At most, of each cell.")
@_json
def list_(
    tenant: str | None,
    task: str | None,
    queue: str | None,
    state: JobState | None,
    cell: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """Jobs that are not done yet, those first that are due or dead for longest."""
    engines = Cells(connections=1).engines() if cell is None else {cell: Cells(connections=1).engine(cell)}
    chosen = replace(_choice(tenant, task, queue), state=state and JobState(state))
    found = listed(engines, chosen, limit)
    slugs = _slugs()
    if not found:
        say([], f"No jobs{f' are {state}' if state else ' wait'}{_told(tenant, task, queue)}.", as_json=as_json)
        return
    say([_whole(one, slugs) for one in found], columns([_line(one, slugs) for one in found]), as_json=as_json)


@command.command()
@click.argument("id", type=click.UUID)
@_json
def show(id: UUID, as_json: bool) -> None:
    """All that is known of one job."""
    told = _whole(job_at(Cells(connections=1).engines(), id), _slugs())
    lines = (f"{name.replace('_', ' ')}: {value}" for name, value in told.items() if value not in (None, {}))
    say(told, "\n".join(lines), as_json=as_json)


@command.command()
@click.argument("ids", metavar="[ID]...", type=click.UUID, nargs=-1)
@_tenant
@_task
@_queue
@click.option("--all", "everything", is_flag=True, help="All that are dead.")
@_dry
@_json
def retry(ids: tuple[UUID, ...], everything: bool, dry_run: bool, as_json: bool, **narrowing: str | None) -> None:
    """Have dead jobs tried anew: those with these ids, or all of a tenant, task or queue."""
    told = _each(ids, everything, narrowing, None if dry_run else retried)
    if told and not dry_run:
        doorbell().ring()
    words = "would be tried anew" if dry_run else "are tried anew"
    say({"dry_run": dry_run, "jobs": told}, f"{_number(told)} {words}.", as_json=as_json)


@command.command()
@click.argument("ids", metavar="[ID]...", type=click.UUID, nargs=-1)
@_tenant
@_task
@_queue
@click.option("--all", "everything", is_flag=True, help="All that are dead.")
@_dry
@_json
def drop(ids: tuple[UUID, ...], everything: bool, dry_run: bool, as_json: bool, **narrowing: str | None) -> None:
    """Take dead jobs away, which are then never done: those with these ids, or all of a tenant, task or queue."""
    told = _each(ids, everything, narrowing, None if dry_run else dropped)
    words = "would be gone" if dry_run else "are gone"
    say({"dry_run": dry_run, "jobs": told}, f"{_number(told)} {words}.", as_json=as_json)


def _each(
    ids: tuple[UUID, ...],
    everything: bool,
    narrowing: dict[str, str | None],
    do: Callable[..., list[UUID]] | None,
) -> list[UUID]:
    """Do it to the dead jobs that are meant; without `do`, only find them. NotFound where an id is nobody's."""
    if not ids and not everything and not any(narrowing.values()):
        raise BadInput("Which jobs?", remedy="Give ids, --tenant, --task or --queue, or --all.")
    cells = Cells(connections=1).engines()
    chosen = replace(_choice(**narrowing), state=JobState.DEAD)
    if not ids:
        return do(cells, chosen) if do else [one.id for one in listed(cells, chosen, 10_000)]
    for id_ in ids:
        found = job_at(cells, id_)
        if found.state is not JobState.DEAD:
            raise BadInput(f"Job {id_} is not dead, it is {found.state}.", remedy="It is tried by itself.")
    return [one for id_ in ids for one in (do(cells, replace(chosen, id=id_)) if do else [id_])]


def _choice(tenant: str | None, task: str | None, queue: str | None) -> Choice:
    return Choice(tenant=tenant_by_slug(tenant).id if tenant else None, task=task, queue=queue)


def _told(tenant: str | None, task: str | None, queue: str | None) -> str:
    """What the list was narrowed to, in words."""
    words = (("of tenant", tenant), ("with the name", task), ("in queue", queue))
    return "".join(f" {word} {value}" for word, value in words if value)


def _number(ids: list[UUID]) -> str:
    return {0: "No dead jobs", 1: "1 dead job"}.get(len(ids), f"{len(ids)} dead jobs")


def _slugs() -> dict[UUID, str]:
    return {one.id: one.slug for one in tenants()}


def _line(one: Seen, slugs: dict[UUID, str]) -> dict[str, object]:
    error = (one.last_error or "").splitlines()[:1]
    return {
        "id": one.id,
        "tenant": slugs.get(one.tenant_id, one.tenant_id),
        "task": one.task,
        "queue": one.queue,
        "state": one.state,
        "attempts": f"{one.attempts}/{one.max_attempts}",
        "due": f"{one.dead_at or one.run_at:%Y-%m-%d %H:%M:%S}",
        "error": "".join(error)[:_LINE],
    }


def _whole(one: Seen, slugs: dict[UUID, str]) -> dict[str, Any]:
    told = {name: getattr(one, name) for name in Seen.__slots__}
    del told["tenant_id"]
    return {"tenant": slugs.get(one.tenant_id, str(one.tenant_id)), **told}
