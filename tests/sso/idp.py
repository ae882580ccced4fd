"""An identity provider for tests, on this machine: it does as it should, until a test has it do something else."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

from joserfc import jws
from joserfc.jwk import RSAKey

CLIENT, SECRET = "atrium at the provider", "a secret: of the client"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
Said = tuple[int, dict[str, str], bytes]


@dataclass
class Idp:
    """What it is, and what it does wrong.

    claims   of every ID token, besides those that must be there; None takes one away
    changed  answers by path, in place of its own
    sign     makes a token of claims, in place of signing it
    """

    claims: dict[str, Any] = field(default_factory=dict)
    discovery: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    changed: dict[str, Callable[[], Said]] = field(default_factory=dict)
    sign: Callable[[dict[str, Any]], str] | None = None
    asked: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    issuer: str = ""
    subject: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    keys: list[dict[str, Any]] = field(default_factory=list)

    def behave(self) -> None:
        """Do nothing wrong from now on, and forget what was asked."""
        for each in (self.claims, self.discovery, self.userinfo, self.changed, self.asked, self.refused):
            each.clear()
        self.sign = None
        self.keys = [self.key.as_dict(private=False)]

    def answer_to(self, address: str, **claims: Any) -> dict[str, str]:
        """What the browser brings back from this address, once the person has signed in as `claims` say."""
        base, _, query = address.partition("?")
        assert base == f"{self.issuer}/authorize"
        asked = dict(parse_qsl(query, strict_parsing=True))
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = base64.urlsafe_b64encode(hashlib.sha256(asked["state"].encode()).digest()).decode()
        self.codes[code] = asked | {"claims": json.dumps(claims)}
        return {"code": code, "state": asked["state"], "iss": self.issuer}

    def token(self, claims: dict[str, Any], **header: Any) -> str:
        """A token with these claims, signed as it should be, or as the test says."""
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.sign is not None:
            return self.sign(claims)
        said = json.dumps(claims)  # in ASCII, so that it can say what UTF-8 cannot
        return jws.serialize_compact({"typ": "JWT", "alg": "RS256", "kid": self.key.kid, **header}, said, self.key)

    def log_out_token(self, **changes: Any) -> str:
        """That somebody logged out."""
        now = int(time.time())
        usual = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": f"{time.time_ns()}"}
        return self.token({**usual, "events": {EVENT: {}}, **changes}, typ="logout+jwt")

    def said(self, path: str, form: dict[str, str], authorization: str) -> Said:
        self.asked.append(path)
        if path in self.changed:
            return self.changed[path]()
        if path == "/.well-known/openid-configuration":
            return told(self._discovery() | self.discovery)
        if path == "/keys":
            return told({"keys": self.keys})
        if path == "/token":
            return self._tokens(form, authorization)
        if path == "/userinfo":
            return told({"sub": self.subject} | self.userinfo)
        return 404, {}, b""

    def _discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "end_session_endpoint": f"{self.issuer}/log-out",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "authorization_response_iss_parameter_supported": True,
        }

    def _tokens(self, form: dict[str, str], authorization: str) -> Said:
        pair = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        asked = self.codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        if (
            asked is None
            or asked["code_challenge"] != challenge.decode()
            or asked["redirect_uri"] != form["redirect_uri"]
            or tuple(map(unquote, pair.split(":"))) != (CLIENT, SECRET)
        ):
            self.refused.append(form.get("code", ""))
            return told({"error": "invalid_grant"}, 400)
        now = int(time.time())
        usual = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        half = base64.urlsafe_b64encode(hashlib.sha256(b"access").digest()[:16]).rstrip(b"=").decode()
        self.subject = json.loads(asked["claims"]).get("sub", "")
        claims = {**usual, "at_hash": half, **json.loads(asked["claims"]), **self.claims}
        return told({"access_token": "access", "token_type": "Bearer", "id_token": self.token(claims)})


def told(body: Any, status: int = 200) -> Said:
    return status, {"Content-Type": "application/json"}, json.dumps(body).encode()


@contextmanager
def idp_running() -> Iterator[Idp]:
    """Inside, it answers at its `issuer`."""
    idp = Idp()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            self._say({name: values[0] for name, values in parse_qs(body).items()})

        def _say(self, form: dict[str, str]) -> None:
            path = urlsplit(self.path).path
            status, headers, body = idp.said(path, form, self.headers.get("authorization", ""))
            try:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                return

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    idp.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    idp.behave()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield idp
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
