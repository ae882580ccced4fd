"""The bridge to Authlib: it knows the rules of the token endpoint, we know apps and agreements.

Authlib is not asynchronous: all of it runs in a thread, on one transaction in the directory. An error that is told to
the app commits that transaction too, because a code or token that came twice must stay ended.
"""

from collections.abc import Mapping
from typing import Any, NoReturn

from authlib.oauth2 import AuthorizationServer, OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6749.util import extract_basic_authorization

from saas.kit.settings import settings
from saas.tenants.directory import Transaction
from saas.tenants.identity.access_token import resource
from saas.tenants.oauth.apps import app_known
from saas.web.attempts import TooManyAttempts
from saas.web.oauth.client import Client
from saas.web.oauth.rates import TooOften, spend_of_app, wrong_secrets

Told = tuple[int, Any, list[tuple[str, str]]]


class Asked(OAuth2Request):  # type: ignore[misc]  # Authlib has no types
    """One request of an app: its form, the transaction on which it is answered, and where it came from."""

    def __init__(
        self, door: str, form: dict[str, str], headers: Mapping[str, str], connection: Transaction, address: str
    ) -> None:
        # The address of the door as apps know it; InsecureTransportError unless https or this very machine.
        super().__init__("POST", f"{settings().public_url}/oauth/{door}", headers=headers)
        self.door, self.connection, self.address = door, connection, address
        self.fields = form
        self.payload = BasicOAuth2Payload(form)

    @property
    def form(self) -> dict[str, str]:
        """What was sent."""
        return self.fields


class InvalidTarget(OAuth2Error):  # type: ignore[misc]  # Authlib has no types
    """The token is wanted for something that is not ours (RFC 8707)."""

    error = "invalid_target"


class Server(AuthorizationServer):  # type: ignore[misc]  # Authlib has no types
    """Authlib's server over our directory."""

    def query_client(self, client_id: str) -> Client | None:
        """The active app with this client id."""
        app = app_known(client_id)
        return None if app is None else Client(app)

    def authenticate_client(self, request: Asked, methods: tuple[str, ...], endpoint: str = "token") -> Client:
        """Which app asks; InvalidClientError where it does not prove it, in the same words whatever was wrong."""
        try:
            given, _ = extract_basic_authorization(request.headers)
        except ValueError:  # not even text
            self._refuse(request)
        if given and "client_secret" in request.form:
            raise InvalidRequestError("The app proves who it is in two ways at once.")
        if given and request.form.get("client_id", given) != given:
            raise InvalidRequestError("The client_id is not that of the Authorization header.")
        key = (given or request.form.get("client_id", "")), request.address
        try:
            wrong_secrets.check(*key)
        except TooManyAttempts as error:
            raise TooOften(error.seconds) from None
        try:
            client: Client = super().authenticate_client(request, methods, endpoint)
        except InvalidClientError:
            wrong_secrets.failed(*key)
            self._refuse(request)
        wrong_secrets.succeeded(*key)
        spend_of_app(request.door, client.app.client_id)
        request.client = client
        return client

    def create_oauth2_request(self, request: Asked) -> Asked:
        """It is one already."""
        return request

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Told:
        """The HTTP side makes an answer of it."""
        return status, body, headers

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens."""

    def _refuse(self, _request: Asked) -> NoReturn:
        raise InvalidClientError("The app is unknown or did not prove who it is.", status_code=401)


def check_target(form: Mapping[str, str]) -> None:
    """InvalidTarget unless a token is wanted for our API, or nothing is said of it."""
    if form.get("resource", resource()) != resource():
        raise InvalidTarget("A token is given for the API of this server only.")
