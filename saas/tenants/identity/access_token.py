"""Access tokens of apps: signed, short, and bound to one tenant, app and resource (RFC 9068).

What is inside is only trusted as far as the signature goes. Whether the agreement behind it still stands is asked of
the directory with every use that is more than five seconds after the last.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import GuestProtocol, RSAKey

from saas.kit import ids
from saas.kit.clock import now
from saas.kit.settings import settings
from saas.tenants.identity.keys import ALGORITHM, key_named, keys

TYPE = "at+jwt"
_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What a valid access token says: under which agreement it was given, for what, and until when."""

    authorization_id: UUID
    scopes: frozenset[str]
    expires_at: datetime


def resource() -> str:
    """The API as a protected resource: what `aud` of a token names (RFC 8707)."""
    return settings().public_url + "/graphql"


def issue_access_token(
    authorization_id: UUID,
    *,
    subject: str,
    client_id: str,
    tenant: str,
    scopes: frozenset[str],
    authenticated_at: datetime | None = None,
    methods: tuple[str, ...] = (),
) -> tuple[str, datetime]:
    """A token and its end. `subject` is the person's id, or the client's where an app acts as itself."""
    moment = now().replace(microsecond=0)
    expires_at = moment + timedelta(minutes=settings().access_minutes)
    claims: dict[str, object] = {
        "iss": settings().public_url,
        "sub": subject,
        "aud": resource(),
        "client_id": client_id,
        "tenant": tenant,
        "scope": " ".join(sorted(scopes)),
        "gid": str(authorization_id),
        "jti": str(ids.new_id(ids.AUTHORIZATION)),
        "iat": int(moment.timestamp()),
        "exp": int(expires_at.timestamp()),
    }
    if authenticated_at is not None:
        claims |= {"auth_time": int(authenticated_at.timestamp()), "amr": list(methods)}
    key = keys().signing
    header = {"alg": ALGORITHM, "typ": TYPE, "kid": key.kid}
    return jwt.encode(header, claims, key), expires_at


def access_claims(token: str) -> AccessClaims | None:
    """What our own access token says; None where it is not ours, not for this API, or over."""
    if len(token) > _LONGEST:
        return None
    try:
        decoded = jwt.decode(token, _key_of, algorithms=[ALGORITHM])
        claims = decoded.claims
        if decoded.header.get("typ") != TYPE or claims.get("iss") != settings().public_url:
            return None
        if resource() not in _texts(claims.get("aud")):
            return None
        expires_at = datetime.fromtimestamp(int(claims["exp"]), UTC)
        if expires_at <= now():
            return None
        return AccessClaims(UUID(claims["gid"]), frozenset(str(claims["scope"]).split()), expires_at)
    except (JoseError, ValueError, KeyError, TypeError, OverflowError):
        return None


def _key_of(token: GuestProtocol) -> RSAKey:
    key = key_named(str(token.headers().get("kid", "")))
    if key is None:
        raise ValueError("no such key")
    return key


def _texts(value: object) -> tuple[object, ...]:
    return tuple(value) if isinstance(value, list) else (value,)
