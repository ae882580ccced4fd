"""What the plain HTTP doors answer: JSON, and for every error one shape with code, message, remedy and request id."""

from collections.abc import Mapping
from http import HTTPStatus

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from saas.kit import about, faults, log
from saas.kit.errors import AtriumError, RateLimited

_log = log.logger(__name__)
_REFUSED = {
    404: ("There is nothing at this address.", "docs/http.md lists the addresses."),
    405: ("This address does not take that method.", "The Allow header lists those that it takes."),
}


def answer(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(orjson.dumps(body), status, headers, media_type="application/json")


def error_answer(error: AtriumError, headers: Mapping[str, str] | None = None) -> Response:
    """An expected failure, as the caller sees it."""
    message, remedy = faults.outward(error)
    if message != error.message:
        _log.warning("cannot answer", code=error.code, message=error.message, remedy=error.remedy)
    seconds = getattr(error, "seconds", None)  # how long to wait, where an error knows
    if isinstance(error, RateLimited) and seconds is not None:
        headers = {"retry-after": str(seconds)} | {name.lower(): value for name, value in (headers or {}).items()}
    return _answer(error.code, message, remedy, error.status, headers)


def bug_answer() -> Response:
    """An unexpected failure: nothing but the id by which it is found in the log."""
    remedy = "Tell the operator the requestId; the log has the rest."
    return _answer("INTERNAL", "Something went wrong on our side.", remedy, 500)


async def on_error(_request: Request, error: Exception) -> Response:
    """Starlette's handler for expected failures."""
    if not isinstance(error, AtriumError):
        return bug_answer()
    return error_answer(error)


async def on_http_error(_request: Request, error: Exception) -> Response:
    """Starlette's handler for what its router refuses: no such address, no such method."""
    if not isinstance(error, HTTPException):
        return bug_answer()
    message, remedy = _REFUSED.get(error.status_code, (f"{error.detail}.", ""))
    return _answer(HTTPStatus(error.status_code).name, message, remedy, error.status_code, error.headers)


def _answer(code: str, message: str, remedy: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    told = {"code": code, "message": message, "remedy": remedy, "requestId": about.facts().get("request_id", "")}
    return answer({"error": told}, status, headers)
