"""What a provider signs: ID tokens and log-out tokens. Every claim that protects somebody is checked here."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import GuestProtocol
from joserfc.jws import JWSRegistry

from saas.kit.clock import now
from saas.tenants.identity.hashes import hash_of
from saas.tenants.identity.sso.provider import ALGORITHMS, Key, Provider, key_for
from saas.tenants.identity.sso.trust import Untrusted

LEEWAY = 60  # seconds by which clocks may differ
_OLDEST = 600
_LONGEST = 64 * 1024
_LONGEST_SUBJECT = 255
_LOG_OUT = "http://schemas.openid.net/event/backchannel-logout"
_REGISTRY = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
_DIGESTS = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}


def id_claims(
    token: str, provider: Provider, *, client_id: str, nonce_hash: bytes, access_token: str | None
) -> dict[str, Any]:
    """What an ID token says that was made by this provider, for us, in this very sign-in; else Untrusted."""
    header, claims = _signed(token, provider, client_id)
    _subject(claims)
    moment = now().timestamp()
    if _number(claims, "exp") <= moment - LEEWAY:
        raise Untrusted("The ID token is over.")
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(hash_of(nonce), nonce_hash):
        raise Untrusted("The ID token is of another sign-in: its nonce differs.")
    told = claims.get("at_hash")
    if told is not None and (access_token is None or told != _half_hash(access_token, header)):
        raise Untrusted("The ID token belongs to another access token: its at_hash differs.")
    return claims


def log_out_claims(token: str, provider: Provider, *, client_id: str) -> dict[str, Any]:
    """What a log-out token says (OpenID Connect Back-Channel Logout 1.0, section 2.6); else Untrusted."""
    header, claims = _signed(token, provider, client_id)
    if str(header.get("typ", "logout+jwt")).lower() not in {"logout+jwt", "jwt"}:
        raise Untrusted("It is a token of another kind.")
    if "exp" in claims and _number(claims, "exp") <= now().timestamp() - LEEWAY:
        raise Untrusted("The log-out token is over.")
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(_LOG_OUT), dict):
        raise Untrusted("The token does not say that somebody logged out.")
    if "nonce" in claims:
        raise Untrusted("The log-out token has a nonce, as only ID tokens have.")
    if not isinstance(claims.get("jti"), str) or not claims["jti"]:
        raise Untrusted("The log-out token has no id, so it could come again and again.")
    if "sub" in claims:
        _subject(claims)
    if "sid" in claims and not isinstance(claims["sid"], str):
        raise Untrusted("The log-out token's session is no text.")
    if "sub" not in claims and "sid" not in claims:
        raise Untrusted("The log-out token tells neither who logged out nor of which session.")
    return claims


def _signed(token: str, provider: Provider, client_id: str) -> tuple[Mapping[str, Any], dict[str, Any]]:
    """Header and claims of a token that this provider signed for us."""
    if len(token) > _LONGEST:
        raise Untrusted("The token is too long.")

    def key(given: GuestProtocol) -> Key:
        return key_for(provider, given.headers())

    try:
        decoded = jwt.decode(token, key, algorithms=list(ALGORITHMS), registry=_REGISTRY)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise Untrusted(f"The token is not signed by the provider ({type(error).__name__}).") from error
    claims = decoded.claims
    check_texts(claims)
    if claims.get("iss") != provider.issuer:
        raise Untrusted("The token is of another issuer.")
    _check_audience(claims, client_id)
    issued = _number(claims, "iat")
    if not now().timestamp() - _OLDEST - LEEWAY <= issued <= now().timestamp() + LEEWAY:
        raise Untrusted("The token was not issued just now.")
    return decoded.header, claims


def check_texts(claims: Mapping[str, Any]) -> None:
    """Refuse (Untrusted) claims with what no database keeps: a NUL, or half a character."""
    try:
        told = json.dumps(claims, ensure_ascii=False).encode()
    except ValueError:
        raise Untrusted("A claim holds half a character (a lone surrogate).") from None
    if b"\\u0000" in told:
        raise Untrusted("A claim holds a NUL.")


def _check_audience(claims: Mapping[str, Any], client_id: str) -> None:
    audience = claims.get("aud")
    every = audience if isinstance(audience, list) else [audience]
    if client_id not in every:
        raise Untrusted("The token is for another audience.")
    party = claims.get("azp")
    if (len(every) > 1 or party is not None) and party != client_id:
        raise Untrusted("The token was given to another party.")


def _subject(claims: Mapping[str, Any]) -> str:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
        raise Untrusted("The token does not say who it is about.")
    return subject


def _number(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Untrusted(f"The token has no {name}.")
    return float(value)


def _half_hash(token: str, header: Mapping[str, Any]) -> str:
    """The left half of a token's hash, by the algorithm of the signature (OpenID Connect Core, 3.1.3.6)."""
    digest = _DIGESTS.get(str(header.get("alg"))[-3:], hashlib.sha512)(token.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
