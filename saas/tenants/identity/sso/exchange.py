"""How a person is sent to a provider, and what is asked there with the code that they bring back."""

import base64
import json
from typing import Any
from urllib.parse import quote

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from saas.gateways.outside import fetch
from saas.kit.settings import settings
from saas.tenants.identity.sso.attempts import Attempt, Begun
from saas.tenants.identity.sso.connections import Connection
from saas.tenants.identity.sso.provider import Provider
from saas.tenants.identity.sso.tokens import check_texts, id_claims
from saas.tenants.identity.sso.trust import Untrusted

_PROTECTED = frozenset(("iss", "sub", "aud", "azp", "exp", "iat", "nonce", "at_hash", "sid", "amr", "acr", "auth_time"))


def redirect_uri(connection: Connection) -> str:
    """Where the connection's answers come: an address of its own, so that one provider cannot pass for another."""
    return f"{settings().public_url}/sso/{connection.id}/callback"


def request_uri(provider: Provider, connection: Connection, begun: Begun, hint: str = "") -> str:
    """The provider's address with our request: code flow with state, nonce and PKCE. `hint`: who it may be."""
    extra = {"login_hint": hint} if hint else {}
    return str(
        prepare_grant_uri(
            provider.authorization_endpoint,
            client_id=connection.client_id,
            response_type="code",
            redirect_uri=redirect_uri(connection),
            scope=" ".join(connection.scopes),
            state=begun.state,
            nonce=begun.nonce,
            code_challenge=create_s256_code_challenge(begun.verifier),
            code_challenge_method="S256",
            **extra,
        )
    )


def check_issuer(provider: Provider, told: str | None) -> None:
    """Untrusted where the answer is another provider's (RFC 9207), or may be."""
    if told is None and provider.names_itself:
        raise Untrusted("The answer does not say whose it is, though this provider's answers do.")
    if told is not None and told != provider.issuer:
        raise Untrusted("The answer is of another provider.")


def claims_by_code(
    provider: Provider, connection: Connection, attempt: Attempt, code: str
) -> tuple[dict[str, Any], str]:
    """What the provider says of the person who brought the code, and the ID token that says so."""
    told = _tokens(provider, connection, attempt, code)
    token, access = told.get("id_token"), told.get("access_token")
    if not isinstance(token, str):
        raise Untrusted("The provider gave no ID token.")
    access_token = access if isinstance(access, str) else None
    claims = id_claims(
        token, provider, client_id=connection.client_id, nonce_hash=attempt.nonce_hash, access_token=access_token
    )
    wanted = {"email", *(each.claim for each in connection.role_mappings)}
    if access_token and provider.userinfo_endpoint and not wanted <= claims.keys():
        claims = _with_userinfo(provider.userinfo_endpoint, access_token, claims)
    return claims, token


def _tokens(provider: Provider, connection: Connection, attempt: Attempt, code: str) -> dict[str, Any]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri(connection),
        "code_verifier": attempt.verifier,
    }
    headers = {"accept": "application/json"}
    secret, ways = connection.secret, provider.client_authentications
    if secret is not None and "client_secret_basic" in ways:
        pair = f"{quote(connection.client_id, safe='')}:{quote(secret, safe='')}"
        headers["authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    else:
        form |= {"client_id": connection.client_id} | ({} if secret is None else {"client_secret": secret})
    answer = fetch(provider.token_endpoint, form=form, headers=headers)
    told = _json(answer.body)
    if answer.status != 200:
        raise Untrusted(f"The provider refuses the code: {answer.status} {str(told.get('error', ''))[:60]}.")
    return told


def _with_userinfo(endpoint: str, access_token: str, claims: dict[str, Any]) -> dict[str, Any]:
    """The claims with what the provider tells besides; nothing of what was signed is replaced."""
    answer = fetch(endpoint, headers={"accept": "application/json", "authorization": f"Bearer {access_token}"})
    told = _json(answer.body)
    if answer.status != 200 or told.get("sub") != claims["sub"]:
        raise Untrusted("What the provider tells of the person is about somebody else, or nothing.")
    check_texts(told)
    kept = _PROTECTED | ({"email_verified"} if "email" in claims else set())  # it may be about another address
    return {name: value for name, value in told.items() if name not in kept} | claims


def _json(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
