"""For what an app gets tokens: a code, a refresh token, its own secret, a device that a person approved."""

import hmac
from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidScopeError, UnauthorizedClientError, grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc7636.challenge import create_s256_code_challenge
from authlib.oauth2.rfc8628 import DeviceCodeGrant

from saas.kit.clock import now
from saas.tenants.identity.access_token import issue_access_token
from saas.tenants.oauth.agreements import (
    OF_PEOPLE,
    Agreement,
    agreement_goes_on,
    agreement_standing,
    machine_begin,
)
from saas.tenants.oauth.codes import METHOD, Code, code_take
from saas.tenants.oauth.devices import Polled, device_done, device_polled
from saas.tenants.oauth.id_tokens import issue_id_token
from saas.tenants.oauth.installations import tenants_with
from saas.tenants.oauth.refresh_tokens import Shown, refresh_give, refresh_shown, refresh_used
from saas.web.oauth.client import ANYHOW, WITH_SECRET, Client
from saas.web.oauth.server import Asked, Server


def _same(verifier: str, challenge: str) -> bool:
    return hmac.compare_digest(create_s256_code_challenge(verifier), challenge)


class OnlyS256(CodeChallenge):  # type: ignore[misc]  # Authlib has no types
    """The proof that whoever brings the code asked for it (RFC 7636); of every app, and by S256 only."""

    DEFAULT_CODE_CHALLENGE_METHOD = METHOD
    SUPPORTED_CODE_CHALLENGE_METHOD = (METHOD,)
    CODE_CHALLENGE_METHODS = {METHOD: _same}  # noqa: RUF012  # Authlib's own form


class Giving:
    """How each grant makes its tokens; `user` is the agreement under which they are given."""

    request: Asked
    TOKEN_ENDPOINT_AUTH_METHODS: tuple[str, ...] = ANYHOW

    def generate_token(self, user: Agreement, scope: str | None = None, **_: object) -> dict[str, Any]:
        """Signed tokens with all that was agreed to, or the part of it that `scope` names."""
        scopes = user.scopes if scope is None else user.scopes & frozenset(scope.split())
        token, expires_at = issue_access_token(
            user.id,
            subject=user.client_id if user.person_id is None else str(user.person_id),
            client_id=user.client_id,
            tenant=user.tenant,
            scopes=scopes,
            authenticated_at=None if user.person_id is None else user.authenticated_at,
            methods=user.methods,
        )
        told: dict[str, Any] = {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": int((expires_at - now()).total_seconds()),
            "scope": " ".join(sorted(scopes)),
        }
        if user.person_id is not None and user.outlasts:
            told["refresh_token"] = refresh_give(self.request.connection, user.id)
            agreement_goes_on(self.request.connection, user)
        if user.person_id is not None and "openid" in scopes:
            code = self.request.authorization_code
            told["id_token"] = issue_id_token(user, token, code.nonce if isinstance(code, Code) else None)
        return told

    def save_token(self, _token: dict[str, Any]) -> None:
        """What must be kept of it is kept."""


class CodeGrant(Giving, grants.AuthorizationCodeGrant):  # type: ignore[misc]  # Authlib has no types
    """A code against tokens."""

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        """The code, which is no good from now on."""
        return code_take(self.request.connection, code, client.app.id)

    def authenticate_user(self, authorization_code: Code) -> Agreement | None:
        """What it stands for."""
        return agreement_standing(self.request.connection, authorization_code.agreement_id)

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """Tokens, where the agreement stands."""
        agreement = self.authenticate_user(self.request.authorization_code)
        if agreement is None:
            raise InvalidGrantError("What was agreed to has ended.")
        return 200, self.generate_token(agreement), self.TOKEN_RESPONSE_HEADER


@dataclass(frozen=True, slots=True)
class Held:
    """A refresh token and what it stands for."""

    shown: Shown
    agreement: Agreement

    def check_client(self, client: Client) -> bool:
        """It was looked for among those of this app."""
        return self.agreement.client_id == client.app.client_id

    def get_scope(self) -> str:
        """All that was agreed to."""
        return " ".join(sorted(self.agreement.scopes))


class RefreshGrant(Giving, grants.RefreshTokenGrant):  # type: ignore[misc]  # Authlib has no types
    """A refresh token against tokens and the next one."""

    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Held | None:
        """The token, where it may be used and what it stands for has not ended."""
        shown = refresh_shown(self.request.connection, refresh_token, self.request.client.app.id)
        agreement = None if shown is None else agreement_standing(self.request.connection, shown.agreement_id)
        return None if shown is None or agreement is None else Held(shown, agreement)

    def authenticate_user(self, refresh_token: Held) -> Agreement:
        """What it stands for."""
        return refresh_token.agreement

    def revoke_old_credential(self, refresh_token: Held) -> None:
        """The next one takes its place."""
        refresh_used(self.request.connection, refresh_token.shown)


class MachineGrant(Giving, grants.ClientCredentialsGrant):  # type: ignore[misc]  # Authlib has no types
    """A machine's own secret against a token, with which it acts as itself in one tenant."""

    TOKEN_ENDPOINT_AUTH_METHODS: tuple[str, ...] = WITH_SECRET

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """A token for the tenant that `tenant` names; for the only one where the app is installed in no other."""
        found = tenants_with(self.request.client.app.id, self.request.form.get("tenant"))
        if not found:
            raise UnauthorizedClientError("The app is not installed there.")
        if len(found) > 1:
            raise UnauthorizedClientError("The app is installed in several companies: name one in tenant.")
        installation, _ = found[0]
        asked = self.request.form.get("scope")
        wanted = installation.scopes - OF_PEOPLE if asked is None else frozenset(asked.split())
        if not wanted <= installation.scopes - OF_PEOPLE:
            raise InvalidScopeError("The company grants the app less than that.")
        begun = machine_begin(self.request.connection, installation, wanted)
        agreement = agreement_standing(self.request.connection, begun)
        if agreement is None:
            raise UnauthorizedClientError("The app is not installed there.")
        return 200, self.generate_token(agreement), self.TOKEN_RESPONSE_HEADER


class DeviceGrant(Giving, DeviceCodeGrant):  # type: ignore[misc]  # Authlib has no types
    """A device's code against tokens, once a person has approved it."""

    TOKEN_ENDPOINT_AUTH_METHODS: tuple[str, ...] = ANYHOW

    def query_device_credential(self, device_code: str) -> "Device | None":
        """How things stand with this device."""
        polled = device_polled(self.request.connection, device_code, self.request.client.app.id)
        return None if polled is None else Device(polled, self.request)

    def query_user_grant(self, device: "Device") -> tuple[Agreement | None, bool] | None:
        """What its person decided; None: nothing yet."""
        if device.polled.state == "pending":
            return None
        id_ = device.polled.agreement_id
        return (None, False) if id_ is None else (agreement_standing(self.request.connection, id_), True)

    def should_slow_down(self, device: "Device") -> bool:
        """Whether it asks more often than it was told to."""
        return device.polled.is_hasty

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """Tokens, where what the person agreed to stands."""
        agreement = self.request.user
        device_done(self.request.connection, self.request.credential.polled)
        if agreement is None:
            raise InvalidGrantError("What was agreed to has ended.")
        return 200, self.generate_token(agreement), self.TOKEN_RESPONSE_HEADER


@dataclass(frozen=True, slots=True)
class Device:
    """A device that asks, as Authlib asks about it."""

    polled: Polled
    request: Asked

    def get_client_id(self) -> str:
        """It was looked for among those of this app."""
        return str(self.request.client.app.client_id)

    def is_expired(self) -> bool:
        """Whether nobody may approve it any more."""
        return self.polled.is_over and self.polled.state == "pending"

    def get_user_code(self) -> "Device":
        """What `query_user_grant` gets: the device itself."""
        return self


def _server() -> Server:
    made = Server()
    made.register_grant(CodeGrant, [OnlyS256(required=True)])
    for grant in (RefreshGrant, MachineGrant, DeviceGrant):
        made.register_grant(grant)
    return made


server = _server()
