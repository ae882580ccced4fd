"""`GET /metrics`: the figures of all processes of this server, and of all workers and their jobs, for Prometheus."""

from starlette.requests import Request
from starlette.responses import Response

from saas.gateways.heartbeat import Heartbeat, broken_by_name, worker_heartbeats
from saas.gateways.job_figures import job_figures
from saas.kit.errors import Unavailable
from saas.kit.metrics import Seen, exposition
from saas.web.worker_checks import dead_jobs, late_queues


def metrics(_request: Request) -> Response:
    """`GET /metrics`; to be reachable from the inside only (docs/http.md)."""
    try:
        jobs, seen = job_figures(), _seen(worker_heartbeats())
    except Unavailable:  # /readyz says so; the other figures are wanted all the more
        jobs, seen = None, []
    body, content_type = exposition(jobs, seen)
    return Response(body, headers={"content-type": content_type})


def _seen(alive: list[Heartbeat]) -> list[Seen]:
    """What the living workers see; nothing where none lives, so that nobody takes old figures for new ones."""
    cells = sorted({cell for heart in alive for cell in heart.oldest_due})
    late: dict[tuple[str, ...], float] = {
        (cell, queue): seconds for cell in cells for queue, seconds in late_queues(alive, cell).items()
    }
    dead: dict[tuple[str, ...], float] = {(cell,): float(dead_jobs(alive, cell)) for cell in cells}
    serving: dict[tuple[str, ...], float] = {}
    for heart in alive:
        for queue in heart.queues:
            serving[(queue,)] = serving.get((queue,), 0.0) + 1
    broken: dict[tuple[str, ...], float] = {(name,): float(count) for name, count in broken_by_name(alive).items()}
    return [
        Seen("atrium_workers", "Worker processes that live, by the queue that they serve.", ("queue",), serving),
        Seen("atrium_jobs_late_seconds", "How long the oldest due job waits.", ("cell", "queue"), late),
        Seen("atrium_jobs_dead", "Jobs that are dead until somebody decides.", ("cell",), dead),
        Seen("atrium_invariant_broken", "Tenants in which an invariant is broken.", ("invariant",), broken),
    ]
