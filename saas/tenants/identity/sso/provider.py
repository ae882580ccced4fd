"""What a provider tells of itself: its discovery document and the keys that it signs with, read through the guard.

Both are kept in each process: the document for ten minutes; the keys for an hour, or until a token names one that is
not among them, which has them read anew at most once a minute.
"""

import json
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Generic, TypeVar

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from saas.gateways.outside import OutsideRefused, OutsideSilent, fetch, outside_target
from saas.kit.clock import now
from saas.kit.errors import BadInput
from saas.tenants.identity.sso.trust import Untrusted

Key = RSAKey | ECKey | OKPKey
ValueT = TypeVar("ValueT")

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
_KINDS = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
_DISCOVERY_LASTS = timedelta(minutes=10)
_KEYS_LAST, _KEYS_REST = timedelta(hours=1), timedelta(minutes=1)
_MOST_KEYS = 100
_MOST_KEPT = 1000
_LEAST_RSA_BITS = 2048


class ProviderWrong(BadInput):
    """What the provider tells of itself is not what it must be."""


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider as its discovery document describes it.

    names_itself  whether every answer carries `iss` (RFC 9207), so that one without is none of its own
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    end_session_endpoint: str | None
    names_itself: bool
    client_authentications: tuple[str, ...]
    algorithms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Keys:
    by_kind: tuple[tuple[str | None, Key], ...]


class _Kept(Generic[ValueT]):
    """What was read last, each with its moment; the oldest go where there are too many."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[str, tuple[datetime, ValueT]] = OrderedDict()

    def get(self, key: str, lasts: timedelta, read: Callable[[], ValueT]) -> ValueT:
        """What is kept, where it is no older than that, else what `read` finds."""
        moment = now()
        with self._lock:
            known = self._kept.get(key)
        if known is not None and timedelta(0) <= moment - known[0] < lasts:
            return known[1]
        found = read()
        with self._lock:
            self._kept[key] = (moment, found)
            self._kept.move_to_end(key)
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return found

    def forget(self) -> None:
        with self._lock:
            self._kept.clear()


_providers: _Kept[Provider] = _Kept()
_keys: _Kept[_Keys] = _Kept()


def forget_providers() -> None:
    """Read everything anew."""
    _providers.forget()
    _keys.forget()


def provider_at(issuer: str) -> Provider:
    """The provider that calls itself so. ProviderWrong, OutsideRefused or OutsideSilent where it cannot be used."""
    return _providers.get(issuer, _DISCOVERY_LASTS, lambda: _discovered(issuer))


def key_for(provider: Provider, header: dict[str, Any]) -> Key:
    """The key that signed a token with this header; Untrusted where there is none that could have."""
    algorithm = header.get("alg")
    if algorithm not in ALGORITHMS:
        raise Untrusted(f"It is signed by {algorithm!r}, which proves nothing.")
    kid = header.get("kid")
    for lasts in (_KEYS_LAST, _KEYS_REST):
        known = _keys.get(provider.jwks_uri, lasts, lambda: _keys_read(provider))
        fitting = [
            key for name, key in known.by_kind if key.key_type == _KINDS[algorithm[:2]] and (kid is None or name == kid)
        ]
        if len(fitting) == 1:
            return fitting[0]
    raise Untrusted("It is signed by a key that the provider does not publish, or does not name.")


def what_is_wrong(issuer: str) -> list[str]:
    """Why people could not sign in through the provider, in sentences for its administrator; read anew."""
    try:
        provider = _discovered(issuer)
        keys = _keys_read(provider)
    except (OutsideRefused, OutsideSilent, ProviderWrong) as error:
        return [str(error)]
    wrong = []
    if not keys.by_kind:
        wrong.append("The provider publishes no key that can be used: RSA of 2048 bits or more, EC or Ed25519.")
    if provider.algorithms and not set(provider.algorithms) & set(ALGORITHMS):
        wrong.append(f"The provider signs by {', '.join(provider.algorithms)} only, which cannot be checked safely.")
    return wrong


def _discovered(issuer: str) -> Provider:
    url = issuer.removesuffix("/") + "/.well-known/openid-configuration"
    told = _document(url, "discovery document")
    if told.get("issuer") != issuer:
        raise ProviderWrong(
            f"The provider calls itself {str(told.get('issuer'))[:200]!r}, not {issuer!r}.",
            remedy="Write the issuer exactly as the provider does, with or without a slash at its end.",
            path=("issuer",),
        )
    methods = _texts(told.get("code_challenge_methods_supported"))
    if methods and "S256" not in methods:
        raise ProviderWrong("The provider does not take code challenges by S256 (PKCE).", path=("issuer",))
    if "code" not in (_texts(told.get("response_types_supported")) or ("code",)):
        raise ProviderWrong("The provider does not give codes (response type `code`).", path=("issuer",))
    return Provider(
        issuer=issuer,
        authorization_endpoint=_endpoint(told, "authorization_endpoint"),
        token_endpoint=_endpoint(told, "token_endpoint"),
        jwks_uri=_endpoint(told, "jwks_uri"),
        userinfo_endpoint=_endpoint(told, "userinfo_endpoint") if told.get("userinfo_endpoint") else None,
        end_session_endpoint=_endpoint(told, "end_session_endpoint") if told.get("end_session_endpoint") else None,
        names_itself=told.get("authorization_response_iss_parameter_supported") is True,
        client_authentications=_texts(told.get("token_endpoint_auth_methods_supported")) or ("client_secret_basic",),
        algorithms=_texts(told.get("id_token_signing_alg_values_supported")),
    )


def _keys_read(provider: Provider) -> _Keys:
    told = _document(provider.jwks_uri, "keys").get("keys")
    found = []
    for each in told[:_MOST_KEYS] if isinstance(told, list) else ():
        key = _key(each)
        if key is not None:
            kid = each.get("kid")
            found.append((kid if isinstance(kid, str) else None, key))
    return _Keys(tuple(found))


def _key(told: Any) -> Key | None:
    """A key that signatures may be checked with; one that cannot is left out, as a set may hold others."""
    if not isinstance(told, dict) or told.get("kty") not in _KINDS.values() or told.get("use", "sig") != "sig":
        return None
    try:
        key = JWKRegistry.import_key(told)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    if isinstance(key, RSAKey):
        return key if key.raw_value.key_size >= _LEAST_RSA_BITS else None
    return key if isinstance(key, ECKey | OKPKey) else None


def _document(url: str, what: str) -> dict[str, Any]:
    answer = fetch(url, headers={"accept": "application/json"})
    if answer.status != 200:
        raise ProviderWrong(f"The provider answers {answer.status} where its {what} should be.", path=("issuer",))
    try:
        told = json.loads(answer.body)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise ProviderWrong(f"What stands where the provider's {what} should be is no JSON.", path=("issuer",))
    return told


def _endpoint(told: dict[str, Any], name: str) -> str:
    url = told.get(name)
    if not isinstance(url, str):
        raise ProviderWrong(f"The provider's discovery document names no {name}.", path=("issuer",))
    outside_target(url)
    return url


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()
