"""The token of a request: what stands after "Bearer" in its Authorization header."""

import re

from saas.kit.errors import Unauthenticated

# RFC 6750, section 2.1
_CREDENTIALS = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*) *", re.IGNORECASE)
_REMEDY = "Sign in with POST /sign-in and send the header `Authorization: Bearer <token>`."


def token_of(authorization: str | None) -> str:
    """The token in the header; Unauthenticated where there is no header, or no bearer token in it."""
    if not authorization:
        raise Unauthenticated("This request carries no token.", remedy=_REMEDY)
    match = _CREDENTIALS.fullmatch(authorization)
    if match is None:
        raise Unauthenticated("The Authorization header holds no bearer token.", remedy=_REMEDY)
    return match[1]
