"""`POST /oauth/token`: an app gets its tokens."""

from starlette.requests import Request
from starlette.responses import Response

from saas.web.oauth.door import knocked
from saas.web.oauth.grants import server
from saas.web.oauth.server import Asked, Told, check_target


async def token(request: Request) -> Response:
    """`POST /oauth/token`"""
    return await knocked(request, "token", _tokens)


def _tokens(asked: Asked) -> Told:
    check_target(asked.form)
    told: Told = server.create_token_response(asked)
    return told
