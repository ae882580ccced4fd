"""A partner's app before the whole application, and a person with a browser: what both do in the tests of OAuth."""

import base64
import hashlib
import json
import re
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2

from saas.kit.settings import settings
from tests.world import PASSWORD, Person, _application, _loops, call

CALLBACK = "https://partner.example/in"
APP = """mutation($input: AppCreateInput!) {
  appCreate(input: $input) { id clientId secret problems { message path } } }"""
INSTALL = """mutation($clientId: String!, $scopes: [String!]!, $roles: [ID!]! = []) {
  installationCreate(clientId: $clientId, scopes: $scopes, roleIds: $roles) { id problems { message } } }"""
END = "mutation($id: ID!) { installationEnd(id: $id) { id problems { message } } }"
SCOPES = ("openid", "profile", "email", "offline_access", "customer:read", "customer:create")


class Browser:
    """A browser: keeps its cookies, follows no redirect by itself."""

    def __init__(self) -> None:
        transport = httpx2.ASGITransport(app=_application)
        self._client = httpx2.AsyncClient(transport=transport, base_url=settings().public_url)

    def get(self, path: str, **headers: str) -> httpx2.Response:
        return _loops.runner.run(self._client.get(path, headers=headers))

    def post(self, path: str, form: dict[str, str], **headers: str) -> httpx2.Response:
        return _loops.runner.run(self._client.post(path, data=form, headers=headers))

    def sign_in(self, email: str, password: str = PASSWORD) -> "Browser":
        """Signed in on our page."""
        page = self.get("/account/sign-in")
        answer = self.post("/account/sign-in", {"csrf": csrf_in(page), "email": email, "password": password})
        assert answer.status_code == 303, answer.text
        return self

    def decide(self, page: httpx2.Response, decision: str = "allow") -> str:
        """Where the person is sent after having pressed a button of the consent page."""
        found = re.search(r'<form method="post" action="([^"]+)"', page.text)
        assert found, page.text
        answer = self.post(unescaped(found[1]), {"csrf": csrf_in(page), "decision": decision})
        return onward_of(answer)


@dataclass
class Partner:
    """An app as its maker has it."""

    id: str
    client_id: str
    secret: str | None
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    @property
    def challenge(self) -> str:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def request(self, **changes: str | None) -> dict[str, str]:
        """The parameters of an authorization request; None takes one away."""
        given: dict[str, str | None] = {
            "response_type": "code", "client_id": self.client_id, "redirect_uri": CALLBACK, "state": "st4te",
            "scope": "openid customer:read", "code_challenge": self.challenge, "code_challenge_method": "S256",
            **changes,
        }  # fmt: skip
        return {name: value for name, value in given.items() if value is not None}

    def path(self, **changes: str | None) -> str:
        """The address to which it sends a browser."""
        return f"/oauth/authorize?{urlencode(self.request(**changes))}"

    def code(self, browser: Browser, **changes: str | None) -> str:
        """A code that the person gave, asked or not."""
        answer = browser.get(self.path(**changes))
        there = browser.decide(answer) if answer.status_code == 200 else answer.headers["location"]
        return told_in(there)["code"]

    def post(self, door: str, /, **form: str | None) -> httpx2.Response:
        """A form sent to a door, with the app's secret in the Authorization header where it has one."""
        sent = {name: value for name, value in form.items() if value is not None}
        if self.secret is None:
            return call("POST", f"/oauth/{door}", data={"client_id": self.client_id, **sent})
        return call("POST", f"/oauth/{door}", data=sent, headers=basic(self.client_id, self.secret))

    def redeem(self, code: str, **changes: str | None) -> httpx2.Response:
        given = {"code": code, "redirect_uri": CALLBACK, "code_verifier": self.verifier, **changes}
        return self.post("token", grant_type="authorization_code", **given)

    def refresh(self, token: str, **more: str) -> httpx2.Response:
        return self.post("token", grant_type="refresh_token", refresh_token=token, **more)

    def tokens(self, browser: Browser, **changes: str | None) -> dict[str, Any]:
        """The tokens for a code that the person gave."""
        answer = self.redeem(self.code(browser, **changes))
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told


def registered(person: Person, *, kind: str = "CONFIDENTIAL", **changes: Any) -> Partner:
    """An app that this person's company registers."""
    uris = [] if kind == "MACHINE" else [CALLBACK]
    given = {"name": "Ledger", "kind": kind, "scopes": list(SCOPES), "redirectUris": uris, **changes}
    made = person.ask(APP, input=given)["appCreate"]
    assert made["problems"] == []
    return Partner(made["id"], made["clientId"], made["secret"])


def installed(person: Person, app: Partner, *scopes: str, roles: tuple[str, ...] = ()) -> str:
    """The app at work in this person's company."""
    wanted = list(scopes or ("customer:read",))
    made = person.ask(INSTALL, clientId=app.client_id, scopes=wanted, roles=list(roles))["installationCreate"]
    assert made["problems"] == []
    return str(made["id"])


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


def asked(token: str, query: str = "{ customers(first: 1) { nodes { id } } }") -> httpx2.Response:
    """The API's answer to whoever shows this token."""
    return call("POST", "/graphql", json={"query": query}, headers={"authorization": f"Bearer {token}"})


def csrf_in(page: httpx2.Response) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)
    assert found is not None, page.text
    return found[1]


def onward_of(answer: httpx2.Response) -> str:
    """Where a page goes on to by itself."""
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', answer.text)
    assert found, (answer.status_code, answer.text)
    return unescaped(found[1])


def unescaped(text: str) -> str:
    return text.replace("&amp;", "&").replace("&#39;", "'").replace("&#34;", '"')


def told_in(address: str) -> dict[str, str]:
    """What the address tells the app, each once."""
    told = parse_qs(urlsplit(address).query, strict_parsing=True)
    assert all(len(values) == 1 for values in told.values())
    return {name: values[0] for name, values in told.items()}


def claims_in(token: str) -> dict[str, Any]:
    """What stands in a signed token, unchecked."""
    middle = token.split(".")[1]
    told: dict[str, Any] = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    return told
