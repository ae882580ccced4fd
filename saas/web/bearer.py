"""How a refused token is answered: the WWW-Authenticate header of RFC 6750, with where to get a good one (RFC 9728)."""

from authlib.oauth2.rfc6750 import InvalidTokenError

from saas.kit.settings import settings

REALM = "atrium"
RESOURCE_METADATA = "/.well-known/oauth-protected-resource/graphql"
_DESCRIPTION = "The token is unknown, expired or ended."


def challenge(*, token_was_sent: bool) -> str:
    """The header's value; without a token there is no error to name (RFC 6750, section 3.1)."""
    where = f'resource_metadata="{settings().public_url}{RESOURCE_METADATA}"'
    if not token_was_sent:
        return f'Bearer realm="{REALM}", {where}'
    headers = InvalidTokenError(description=_DESCRIPTION, realm=REALM).get_headers()
    return f"{dict(headers)['WWW-Authenticate']}, {where}"
