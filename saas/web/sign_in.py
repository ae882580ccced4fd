"""Signing in and out: `POST /sign-in` gives a token for a tenant, e-mail and password; `POST /sign-out` ends it."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

import saas.tenants.sign_in as identity
from saas.kit import about
from saas.kit.bearer import token_of
from saas.kit.errors import BadInput, Unauthenticated
from saas.web.answers import answer, error_answer
from saas.web.attempts import Attempts, TooManyAttempts
from saas.web.threads import in_thread

FIELDS = {"tenant": 100, "email": 320, "password": 1000}  # with the greatest length
_EXAMPLE = 'Send {"tenant": "…", "email": "…", "password": "…"}.'
attempts = Attempts()


async def sign_in(request: Request) -> Response:
    """`POST /sign-in`"""
    tenant, email, password = credentials(await request.body())
    about.note(tenant=tenant)
    address = request.client.host if request.client else ""
    key = (address, tenant, email.casefold())
    try:
        attempts.check(*key)
    except TooManyAttempts as error:
        return error_answer(error, {"Retry-After": str(error.seconds)})
    try:
        signed_in = await in_thread(lambda: identity.sign_in(tenant, email, password))
    except Unauthenticated:
        attempts.failed(*key)
        raise
    attempts.succeeded(*key)
    expires_at = signed_in.expires_at.isoformat(timespec="seconds").replace("+00:00", "Z")
    return answer({"token": signed_in.token, "expiresAt": expires_at})


async def sign_out(request: Request) -> Response:
    """`POST /sign-out`"""
    token = token_of(request.headers.get("authorization"))
    await in_thread(lambda: identity.sign_out(token))
    return Response(status_code=204)


def credentials(body: bytes) -> tuple[str, str, str]:
    """Tenant, e-mail and password of the body; BadInput names the field that is wrong."""
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise BadInput(f"The body is not JSON: {error.msg} ({place}).", remedy=_EXAMPLE) from None
    if not isinstance(given, dict):
        raise BadInput("The body is not a JSON object.", remedy=_EXAMPLE)
    if unknown := sorted(set(given) - set(FIELDS)):
        raise BadInput(f"{unknown[0][:100]}: there is no such field.", remedy=_EXAMPLE, path=(unknown[0][:100],))
    tenant, email, password = (_text(given, name, longest) for name, longest in FIELDS.items())
    return tenant.strip(), email.strip(), password


def _text(given: dict[str, object], name: str, longest: int) -> str:
    value = given.get(name)
    if value is None:
        wrong = "is missing"
    elif not isinstance(value, str):
        wrong = "is not a text"
    elif not value.strip():
        wrong = "is empty"
    elif len(value) > longest:
        wrong = f"is longer than {longest} characters"
    elif "\0" in value:
        wrong = "holds a NUL character"
    else:
        return value
    raise BadInput(f"{name}: {wrong}.", remedy=_EXAMPLE, path=(name,))
