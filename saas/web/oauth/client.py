"""An app as Authlib asks about it."""

from dataclasses import dataclass

from authlib.oauth2.rfc6749 import ClientMixin

from saas.tenants.oauth.apps import App, AppKind

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
_WITH_PEOPLE = ("authorization_code", "refresh_token", DEVICE_CODE)
WITH_SECRET = ("client_secret_basic", "client_secret_post")
ANYHOW = (*WITH_SECRET, "none")


@dataclass(frozen=True, slots=True)
class Client(ClientMixin):  # type: ignore[misc]  # Authlib has no types
    """An app that is active."""

    app: App

    def get_client_id(self) -> str:
        """What it calls itself."""
        return self.app.client_id

    def check_client_secret(self, client_secret: str) -> bool:
        """Whether this is its secret, compared in constant time."""
        return self.app.has_secret(client_secret)

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        """A public app has no secret; every other one must show it."""
        return (method == "none") is (self.app.kind is AppKind.PUBLIC) and method in ANYHOW

    def check_grant_type(self, grant_type: str) -> bool:
        """A machine acts as itself; every other app for people."""
        is_machine = self.app.kind is AppKind.MACHINE
        return grant_type == "client_credentials" if is_machine else grant_type in _WITH_PEOPLE
