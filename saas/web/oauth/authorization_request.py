"""An authorization request: what an app asks of a person's browser, checked before anybody is asked anything.

As long as app and address of the answer are not known to belong together, nothing is sent there: the person is told.
"""

import re
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from authlib.oauth2.rfc6749 import InsecureTransportError, InvalidRequestError

from saas.kit.settings import settings
from saas.tenants.identity.access_token import resource
from saas.tenants.oauth.agreements import OF_PEOPLE
from saas.tenants.oauth.apps import App, AppKind, app_known
from saas.tenants.oauth.codes import METHOD
from saas.tenants.oauth.pushed_requests import BEGINS, request_pushed
from saas.web.oauth.form import Pairs, once

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_PROMPTS = {"none", "login", "consent", "select_account"}
_LONGEST = 3000  # it goes along through the sign-in; longer ones are pushed


class Untrusted(Exception):
    """The answer may be sent nowhere; `key` are the words for the person."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class Denied(Exception):
    """What the app is told instead of a code."""

    def __init__(self, error: str, description: str, request: "AuthorizationRequest | None" = None) -> None:
        super().__init__(error)
        self.error, self.description, self.request = error, description, request


@dataclass(frozen=True, slots=True)
class Answer:
    """Where answers to the app go, and what it wants back with them."""

    redirect_uri: str
    state: str | None

    def uri(self, **told: str) -> str:
        """The address that carries this to the app, with who we are (RFC 9207)."""
        state = {} if self.state is None else {"state": self.state}
        query = urlencode(told | state | {"iss": settings().public_url})
        return f"{self.redirect_uri}{'&' if '?' in self.redirect_uri else '?'}{query}"


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A request that may be put to the person.

    tenant   the slug of the company it is about, where the app or the person chose one
    max_age  seconds after which a sign-in is too old for the app; None: it does not matter
    pushed   the reference by which it came, where it was pushed
    pairs    the query as the browser brought it
    """

    app: App
    answer: Answer
    scopes: frozenset[str]
    challenge: str
    nonce: str | None
    prompt: frozenset[str]
    max_age: int | None
    login_hint: str
    tenant: str | None
    pushed: str | None = None
    pairs: Pairs = field(default_factory=list)

    def path(self, **more: str) -> str:
        """Its address here, to which the browser comes back."""
        kept = [(name, value) for name, value in self.pairs if name not in more and name != "lang"]
        return f"/oauth/authorize?{urlencode([*kept, *more.items()])}"


def authorization_request(pairs: Pairs) -> AuthorizationRequest:
    """The request in this query; Untrusted or Denied where it cannot be put to anybody.

    InsecureTransportError where others could read along: over http, but on this very machine.
    """
    InsecureTransportError.check(settings().public_url)
    if len(urlencode(pairs)) > _LONGEST:
        raise Untrusted("oauth_too_long")
    given = dict(pairs)
    names = [name for name, _ in pairs]
    if names.count("client_id") != 1 or names.count("redirect_uri") > 1 or names.count("request_uri") > 1:
        raise Untrusted("oauth_no_app")
    app = app_known(given["client_id"])
    if app is None or app.kind is AppKind.MACHINE:
        raise Untrusted("oauth_no_app")
    pushed = given.get("request_uri")
    if pushed is not None and pushed.startswith(BEGINS):
        parameters = request_pushed(pushed, app.id)
        if parameters is None:
            raise Untrusted("oauth_over")
        # Of the query only what is no part of the request counts besides (RFC 9126, section 4).
        chosen = {name: given[name] for name in ("tenant",) if name in given}
        found = checked(app, parameters | chosen, redirect_of(app, parameters))
        return replace(found, pushed=pushed, pairs=pairs)
    answer = redirect_of(app, given)
    try:
        fields = once(pairs)
    except InvalidRequestError as error:
        raise Denied(error.error, str(error.description), _of(app, answer)) from None
    if app.needs_pushed_requests:
        raise Denied("invalid_request", "This app pushes its requests (RFC 9126).", _of(app, answer))
    return replace(checked(app, fields, answer), pairs=pairs)


def redirect_of(app: App, given: dict[str, str]) -> Answer:
    """Where the answer goes; Untrusted where the app registered no such address."""
    redirect_uri = given.get("redirect_uri", "")
    if not app.takes(redirect_uri):
        raise Untrusted("oauth_no_redirect")
    return Answer(redirect_uri, given.get("state") or None)


def checked(app: App, given: dict[str, str], answer: Answer) -> AuthorizationRequest:
    """The request, where each part of it is in order; Denied tells the app which is not."""
    request = _of(app, answer)
    scopes = frozenset(given.get("scope", "").split())
    prompt = frozenset(given.get("prompt", "").split())
    max_age = given.get("max_age")
    refusals = (
        ("request" in given, "request_not_supported", "Requests are not taken as objects; push them (RFC 9126)."),
        ("request_uri" in given, "request_uri_not_supported", "Push the request to get a request_uri (RFC 9126)."),
        ("response_type" not in given, "invalid_request", "The response_type is missing; it is code."),
        (given.get("response_type") != "code", "unsupported_response_type", "The response_type is code."),
        (given.get("response_mode", "query") != "query", "invalid_request", "The response_mode is query."),
        (given.get("code_challenge_method") != METHOD, "invalid_request", "The code_challenge_method is S256."),
        (not _CHALLENGE.fullmatch(given.get("code_challenge", "")), "invalid_request", "No code_challenge of S256."),
        (given.get("resource", resource()) != resource(), "invalid_target", "Tokens are for the API of this server."),
        (not scopes, "invalid_scope", "The request names no scope."),
        (not scopes <= app.scopes, "invalid_scope", "The app is registered for less than that."),
        (not prompt <= _PROMPTS, "invalid_request", "The prompt is none, login or consent."),
        ("none" in prompt and len(prompt) > 1, "invalid_request", "The prompt none stands alone."),
        (max_age is not None and not _is_number(max_age), "invalid_request", "The max_age is a number of seconds."),
        (len(given.get("nonce", "")) > 500, "invalid_request", "The nonce is longer than 500 characters."),
    )
    for is_so, error, description in refusals:
        if is_so:
            raise Denied(error, description, request)
    return AuthorizationRequest(
        app=app,
        answer=answer,
        scopes=scopes,
        challenge=given["code_challenge"],
        nonce=given.get("nonce"),
        prompt=prompt,
        max_age=None if max_age is None else int(max_age),
        login_hint=given.get("login_hint", "")[:254],
        tenant=given.get("tenant"),
    )


def api_scopes(scopes: frozenset[str]) -> frozenset[str]:
    """Those that a company grants; the others are the person's own to give."""
    return scopes - OF_PEOPLE


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9


def _of(app: App, answer: Answer) -> AuthorizationRequest:
    """As much of a request as an error needs."""
    return AuthorizationRequest(app, answer, frozenset(), "", None, frozenset(), None, "", None)
