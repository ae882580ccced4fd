"""A door that an app knocks at with a form: counted, answered in a thread, errors as RFC 6749 has them."""

from collections.abc import Callable, Mapping
from typing import Any

from authlib.oauth2 import OAuth2Error
from starlette.requests import Request
from starlette.responses import Response

from saas.tenants.directory import directory
from saas.web.answers import answer, error_answer
from saas.web.oauth.form import app_form
from saas.web.oauth.rates import TooOften
from saas.web.oauth.server import Asked, Told
from saas.web.threads import in_thread

Work = Callable[[Asked], Told]


async def knocked(request: Request, door: str, work: Work) -> Response:
    """What `work` tells the app; an error of OAuth is told and what was written stays, any other takes it back."""
    address = request.client.host if request.client else ""

    def run(form: dict[str, str], headers: Mapping[str, str]) -> Told:
        with directory() as connection:
            try:
                return work(Asked(door, form, headers, connection, address))
            except OAuth2Error as error:
                told: Told = error()
                return told

    try:
        form = await app_form(request)
        status, body, headers = await in_thread(lambda: run(form, request.headers))
    except OAuth2Error as error:
        status, body, headers = error()
    except TooOften as error:
        return error_answer(error)
    return told_as(status, body, dict(headers))


def told_as(status: int, body: Any, headers: Mapping[str, str]) -> Response:
    """The answer; Authlib's errors are pairs of name and value."""
    told = dict(body) if isinstance(body, list) else body
    kept = {name: value for name, value in headers.items() if name.lower() != "content-type"}
    return answer(told, status, kept)
