"""ID tokens: tell an app who signed in, when and how (OpenID Connect Core, section 2)."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import GuestProtocol, RSAKey

from saas.kit.clock import now
from saas.kit.settings import settings
from saas.tenants.identity.keys import ALGORITHM, key_named, keys
from saas.tenants.oauth.agreements import Agreement

_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Hint:
    """Whose sign-in an ID token tells of: what an app shows to have the person signed out. It may be over."""

    person_id: UUID
    client_id: str
    session_id: UUID | None


def issue_id_token(one: Agreement, access_token: str, nonce: str | None) -> str:
    """Who agreed, for the app that gets `access_token` with it."""
    moment = now()
    claims: dict[str, object] = {
        "iss": settings().public_url,
        "sub": str(one.person_id),
        "aud": one.client_id,
        "iat": int(moment.timestamp()),
        "exp": int((moment + timedelta(minutes=settings().access_minutes)).timestamp()),
        "auth_time": int(one.authenticated_at.timestamp()),
        "amr": list(one.methods),
        "at_hash": _half(access_token),
    }
    if nonce is not None:
        claims["nonce"] = nonce
    if one.session_id is not None:
        claims["sid"] = str(one.session_id)
    key = keys().signing
    return jwt.encode({"alg": ALGORITHM, "typ": "JWT", "kid": key.kid}, claims, key)


def hint_in(token: str) -> Hint | None:
    """What our own ID token says, even one that is over; None where it is none of ours."""
    if len(token) > _LONGEST:
        return None
    try:
        decoded = jwt.decode(token, _key_of, algorithms=[ALGORITHM])
        claims = decoded.claims
        # An access token is none, although the same key signed it.
        if decoded.header.get("typ") != "JWT" or claims.get("iss") != settings().public_url:
            return None
        sid = claims.get("sid")
        return Hint(UUID(claims["sub"]), str(claims["aud"]), None if sid is None else UUID(sid))
    except (JoseError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _half(token: str) -> str:
    """The left half of its hash, as `at_hash` has it."""
    digest = hashlib.sha256(token.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


def _key_of(token: GuestProtocol) -> RSAKey:
    key = key_named(str(token.headers().get("kid", "")))
    if key is None:
        raise ValueError("no such key")
    return key
