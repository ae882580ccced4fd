"""What `/readyz` says of workers: whether they live, are ours, serve every queue, and keep up."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from saas.engine.job_registry import QUEUES
from saas.gateways.heartbeat import Heartbeat, strangers
from saas.tenants.health import worker_connections
from saas.web.check import Check, State

LATE = 60.0  # seconds after which a due job that nobody has taken is worth a warning
Number = TypeVar("Number", int, float)


def check_workers(alive: Sequence[Heartbeat], cells: Iterable[str], installation: str) -> dict[str, Check]:
    """The checks by name; `cells` are those that answer, `installation` is empty where the directory does not."""
    if installation:
        others = strangers(alive, installation)
        if others:
            said = (
                f"Workers of another directory use this Redis: {', '.join(others)}."
                " Give SAAS_REDIS_URL and SAAS_DIRECTORY_DSN to API and workers alike."
            )
            return {"workers": Check(State.FAILED, said, {"alive": len(alive) - len(others)})}
    if not alive:
        return {"workers": Check(State.FAILED, _nobody(cells), {"alive": 0})}
    unserved = sorted(set(QUEUES) - {queue for heart in alive for queue in heart.queues or QUEUES})
    figures: dict[str, object] = {"alive": len(alive)}
    if unserved:
        said = f"No worker serves {', '.join(unserved)}. Start `saas worker --queues {','.join(unserved)}`."
        checks = {"workers": Check(State.WARNING, said, figures)}
    else:
        checks = {"workers": Check(figures=figures)}
    return checks | {f"jobs of {cell}": _jobs(alive, cell) for cell in sorted(_seen(alive))}


def _nobody(cells: Iterable[str]) -> str:
    """No worker is alive as far as this Redis knows; whether one is at the cells all the same, Postgres can tell."""
    elsewhere = [cell for cell in cells if worker_connections(cell)]
    if elsewhere:
        return (
            f"No worker is alive on this Redis, but some are connected to {', '.join(elsewhere)}: API and workers"
            " use different ones. Give them the same SAAS_REDIS_URL."
        )
    return "No worker is alive. Run `saas worker`."


def _seen(alive: Iterable[Heartbeat]) -> set[str]:
    return {cell for heart in alive for cell in heart.oldest_due}


def _jobs(alive: Sequence[Heartbeat], cell: str) -> Check:
    # Each worker looks for itself; the most recent look that found the least is the truth.
    seconds = _least(heart.oldest_due.get(cell) for heart in alive)
    queues = late_queues(alive, cell)
    dead = dead_jobs(alive, cell)
    figures: dict[str, object] = {"oldestDueSeconds": round(seconds, 1), "dead": dead}
    if queues:
        figures["oldestDueByQueue"] = {queue: round(late, 1) for queue, late in queues.items()}
    said = []
    if seconds > LATE:
        slow = ", ".join(queue for queue, late in queues.items() if late > LATE)
        said.append(f"The oldest due job waits for {seconds:.0f} seconds{f' ({slow})' if slow else ''}.")
        said.append("Start more workers.")
    if dead:
        said.append(f"{dead} jobs are dead. `saas jobs list --state dead --cell {cell}` shows them.")
    return Check(State.WARNING, " ".join(said), figures) if said else Check(figures=figures)


def late_queues(alive: Iterable[Heartbeat], cell: str) -> dict[str, float]:
    """For how many seconds the oldest due job of each queue of the cell waits; without queues that have none."""
    told = [heart.late[cell] for heart in alive if cell in heart.late]
    found = {queue: _least(late.get(queue, 0.0) for late in told) for queue in QUEUES}
    return {queue: late for queue, late in found.items() if late > 0}


def dead_jobs(alive: Iterable[Heartbeat], cell: str) -> int:
    """How many jobs of the cell are dead."""
    return _least(heart.dead.get(cell) for heart in alive)


def _least(told: Iterable[Number | None]) -> Number:
    return min((each for each in told if each is not None), default=0)
