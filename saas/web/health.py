"""`/healthz`: this process is alive; `/readyz`: everything that it needs answers."""

from starlette.requests import Request
from starlette.responses import Response

from saas.web.answers import answer
from saas.web.check import State
from saas.web.readiness import Readiness

_readiness = Readiness()


async def healthz(_request: Request) -> Response:
    """`GET /healthz`; on the event loop, so that it fails to answer when the loop is stuck."""
    return answer({"status": "ok"})


def readyz(_request: Request) -> Response:
    """`GET /readyz`; in a thread, because it asks databases."""
    look = _readiness.look()
    worst = max((check.state for check in look.checks.values()), key=list(State).index)
    checks = {name: check.as_json() for name, check in look.checks.items()}
    looked_at = look.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    body = {"status": worst, "lookedAt": looked_at, "checks": checks}
    return answer(body, 503 if worst is State.FAILED else 200)
