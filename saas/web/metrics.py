"""`GET /metrics`: the figures of all processes of this server, and of all workers' jobs, for Prometheus."""

from starlette.requests import Request
from starlette.responses import Response

from saas.gateways.job_figures import job_figures
from saas.kit.errors import Unavailable
from saas.kit.metrics import exposition


def metrics(_request: Request) -> Response:
    """`GET /metrics`; to be reachable from the inside only (docs/http.md)."""
    try:
        jobs = job_figures()
    except Unavailable:  # /readyz says so; the other figures are wanted all the more
        jobs = None
    body, content_type = exposition(jobs)
    return Response(body, headers={"content-type": content_type})
