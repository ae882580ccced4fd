"""`GET /metrics`: the figures of all processes of this server, and of all workers' jobs, for Prometheus."""

from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response

from saas.gateways.heartbeat import broken_by_name, worker_heartbeats
from saas.gateways.job_figures import job_figures
from saas.kit.errors import Unavailable
from saas.kit.metrics import exposition


def metrics(_request: Request) -> Response:
    """`GET /metrics`; to be reachable from the inside only (docs/http.md)."""
    jobs: dict[str, float] | None = None
    broken: dict[str, int] | None = None
    with suppress(Unavailable):  # /readyz says so; the other figures are wanted all the more
        jobs, broken = job_figures(), broken_by_name(worker_heartbeats())
    body, content_type = exposition(jobs, broken)
    return Response(body, headers={"content-type": content_type})
