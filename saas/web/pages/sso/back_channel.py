"""`/sso/{connection_id}/back-channel`: the provider says, without a browser, that somebody logged out."""

from urllib.parse import parse_qs
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from saas.gateways.outside import OutsideRefused
from saas.kit import log
from saas.kit.errors import NotFound, Unavailable
from saas.tenants.directory import directory
from saas.tenants.identity.sso.connections import connection_by_id
from saas.tenants.identity.sso.log_out import logged_out
from saas.tenants.identity.sso.provider import ProviderWrong, provider_at
from saas.tenants.identity.sso.tokens import log_out_claims
from saas.tenants.identity.sso.trust import Untrusted
from saas.web.answers import answer
from saas.web.pages.sso.calls import calling

_log = log.logger(__name__)


async def back_channel(request: Request) -> Response:
    """`POST /sso/{connection_id}/back-channel`"""
    try:
        connection_id = UUID(request.path_params["connection_id"])
        given = parse_qs((await request.body()).decode("ascii"), max_num_fields=10).get("logout_token", [])
        if len(given) != 1:
            raise Untrusted("There is not exactly one log-out token.")
        await calling(connection_id, lambda: _obey(connection_id, given[0]))
    except (Untrusted, NotFound, ValueError, OutsideRefused, ProviderWrong) as error:
        _log.warning("log-out by a provider refused", path=request.url.path, reason=str(error))
        return answer({"error": "invalid_request", "error_description": "The log-out token is not valid."}, 400)
    except Unavailable:
        return answer({"error": "temporarily_unavailable"}, 503, {"retry-after": "5"})
    return Response(status_code=200)


def _obey(connection_id: UUID, token: str) -> None:
    connection = connection_by_id(connection_id)
    claims = log_out_claims(token, provider_at(connection.issuer), client_id=connection.client_id)
    with directory() as transaction:
        logged_out(transaction, connection, claims)
