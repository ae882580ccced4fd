"""`POST /oauth/par`: an app sends its authorization request beforehand, where no browser can change it (RFC 9126)."""

from authlib.oauth2.rfc6749 import InvalidRequestError
from starlette.requests import Request
from starlette.responses import Response

from saas.tenants.oauth.pushed_requests import LASTS, request_push
from saas.web.oauth.authorization_request import Denied, Untrusted, checked, redirect_of
from saas.web.oauth.client import ANYHOW
from saas.web.oauth.door import knocked
from saas.web.oauth.grants import server
from saas.web.oauth.server import Asked, Told

_NOT_OF_THE_REQUEST = ("client_secret",)


async def push(request: Request) -> Response:
    """`POST /oauth/par`"""
    return await knocked(request, "par", _push)


def _push(asked: Asked) -> Told:
    client = server.authenticate_client(asked, ANYHOW, "pushed_authorization_request")
    given = {name: value for name, value in asked.form.items() if name not in _NOT_OF_THE_REQUEST}
    if "request_uri" in given:
        raise InvalidRequestError("A pushed request refers to no other.")
    given["client_id"] = client.app.client_id
    try:
        checked(client.app, given, redirect_of(client.app, given))
    except Denied as denied:
        return 400, {"error": denied.error, "error_description": denied.description}, []
    except Untrusted:
        raise InvalidRequestError("The app registered no such redirect_uri.") from None
    uri = request_push(asked.connection, client.app.id, given)
    return 201, {"request_uri": uri, "expires_in": int(LASTS.total_seconds())}, []
