"""How a refused token is answered: the WWW-Authenticate header of RFC 6750."""

from authlib.oauth2.rfc6750 import InvalidTokenError

REALM = "atrium"
_DESCRIPTION = "The token is unknown, expired or ended."


def challenge(*, token_was_sent: bool) -> str:
    """The header's value; without a token there is no error to name (RFC 6750, section 3.1)."""
    if not token_was_sent:
        return f'Bearer realm="{REALM}"'
    headers = InvalidTokenError(description=_DESCRIPTION, realm=REALM).get_headers()
    return str(dict(headers)["WWW-Authenticate"])
