"""What apps read to find our doors is true of them."""

from joserfc import jwt
from joserfc.jwk import KeySet

from saas.web.routes import ROUTES
from tests.web.oauth.partner import Browser, Partner
from tests.world import call


def test_every_door_that_is_named_is_there() -> None:
    told = call("GET", "/.well-known/openid-configuration").json()
    assert told == call("GET", "/.well-known/oauth-authorization-server").json()
    paths = {route.path for route in ROUTES}
    named = [value for name, value in told.items() if name.endswith(("_endpoint", "_uri"))]
    assert len(named) == 9
    assert all(value.removeprefix(told["issuer"]) in paths for value in named)


def test_tokens_are_signed_by_the_published_keys(app: Partner, sam: Browser) -> None:
    keys = KeySet.import_key_set(call("GET", "/oauth/jwks").json())
    tokens = app.tokens(sam)
    assert jwt.decode(tokens["access_token"], keys, algorithms=["RS256"]).header["typ"] == "at+jwt"
    assert jwt.decode(tokens["id_token"], keys, algorithms=["RS256"]).claims["aud"] == app.client_id
    assert all("d" not in key for key in call("GET", "/oauth/jwks").json()["keys"])


def test_who_is_refused_learns_where_tokens_are_given() -> None:
    challenge = call("POST", "/graphql", json={"query": "{ viewer { id } }"}).headers["www-authenticate"]
    where = "http://127.0.0.1:8000/.well-known/oauth-protected-resource/graphql"
    assert challenge == f'Bearer realm="atrium", resource_metadata="{where}"'
    told = call("GET", where).json()
    assert told["resource"] == "http://127.0.0.1:8000/graphql"
    assert told["authorization_servers"] == ["http://127.0.0.1:8000"]
    assert call("GET", "/.well-known/oauth-protected-resource").json() == told
