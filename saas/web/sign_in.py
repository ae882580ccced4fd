"""Signing in and out: `POST /sign-in` gives a token for a tenant, e-mail and password; `POST /sign-out` ends it."""

from typing import NamedTuple

import orjson
from starlette.requests import Request
from starlette.responses import Response

import saas.tenants.sign_in as identity
from saas.kit import about
from saas.kit.bearer import token_of
from saas.kit.errors import BadInput, Unauthenticated
from saas.tenants.identity.refusals import PasswordExpired, SecondFactorRequired, SsoRequired
from saas.web.answers import answer, error_answer
from saas.web.attempts import TooManyAttempts, check_attempt, note_attempt
from saas.web.threads import in_thread

FIELDS = {"tenant": 100, "email": 320, "password": 1000, "otp": 40}  # with the greatest length
_OPTIONAL = frozenset({"otp"})
_EXAMPLE = 'Send {"tenant": "…", "email": "…", "password": "…"}.'


async def sign_in(request: Request) -> Response:
    """`POST /sign-in`"""
    given = credentials(await request.body())
    about.note(tenant=given.tenant)
    address, agent = request.client.host if request.client else "", request.headers.get("user-agent", "")
    try:
        check_attempt(address, given.email)
    except TooManyAttempts as error:
        return error_answer(error, {"Retry-After": str(error.seconds)})
    try:
        signed_in = await in_thread(lambda: identity.sign_in(*given, address=address, agent=agent))
    except (SecondFactorRequired, PasswordExpired, SsoRequired):  # the password was right
        raise
    except Unauthenticated:
        note_attempt(address, given.email, succeeded=False)
        raise
    note_attempt(address, given.email, succeeded=True)
    expires_at = signed_in.expires_at.isoformat(timespec="seconds").replace("+00:00", "Z")
    return answer({"token": signed_in.token, "expiresAt": expires_at})


async def sign_out(request: Request) -> Response:
    """`POST /sign-out`"""
    token = token_of(request.headers.get("authorization"))
    await in_thread(lambda: identity.sign_out(token))
    return Response(status_code=204)


class Credentials(NamedTuple):
    """What a body of `POST /sign-in` says."""

    tenant: str
    email: str
    password: str
    otp: str | None


def credentials(body: bytes) -> Credentials:
    """What the body says; BadInput names the field that is wrong."""
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise BadInput(f"The body is not JSON: {error.msg} ({place}).", remedy=_EXAMPLE) from None
    if not isinstance(given, dict):
        raise BadInput("The body is not a JSON object.", remedy=_EXAMPLE)
    if unknown := sorted(set(given) - set(FIELDS)):
        raise BadInput(f"{unknown[0][:100]}: there is no such field.", remedy=_EXAMPLE, path=(unknown[0][:100],))
    asked = [name for name in FIELDS if name not in _OPTIONAL or given.get(name) is not None]
    texts = {name: _text(given, name, FIELDS[name]) for name in asked}
    return Credentials(texts["tenant"].strip(), texts["email"].strip(), texts["password"], texts.get("otp"))


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
