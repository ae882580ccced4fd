"""`GET /metrics`: the figures of all processes of this server, for Prometheus."""

from starlette.requests import Request
from starlette.responses import Response

from saas.kit.metrics import exposition


def metrics(_request: Request) -> Response:
    """`GET /metrics`; to be reachable from the inside only (docs/http.md)."""
    body, content_type = exposition()
    return Response(body, headers={"content-type": content_type})
