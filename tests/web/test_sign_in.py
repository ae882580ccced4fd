"""Signing in gives a token, and whoever is refused learns no more than they must."""

from datetime import UTC, datetime

import pytest

from saas.kit import clock
from saas.kit.errors import Unauthenticated
from saas.tenants.provision import resume, suspend
from saas.tenants.sign_in import identify
from saas.tenants.tenant import Tenant
from saas.web.attempts import ALLOWED
from tests.tenants.place import with_settings
from tests.web.conftest import EMAIL, PASSWORD, Door

RIGHT = {"tenant": "acme", "email": EMAIL, "password": PASSWORD}
WRONG = {
    "code": "UNAUTHENTICATED",
    "message": "Tenant, e-mail or password is wrong.",
    "remedy": "Check all three.",
}


def test_the_token_is_the_persons_and_lasts_as_long_as_it_says(door: Door, acme: Tenant) -> None:
    answer = door("POST", "/sign-in", json=RIGHT)
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"token", "expiresAt"}
    caller = identify(body["token"])
    assert caller.tenant.id == acme.id
    assert body["expiresAt"].endswith("Z")
    expires_at = datetime.fromisoformat(body["expiresAt"])
    assert expires_at == caller.expires_at.replace(microsecond=0)
    assert 11.9 < (expires_at - datetime.now(UTC)).total_seconds() / 3600 <= 12


def test_case_and_blanks_around_the_address_do_not_matter(door: Door) -> None:
    assert door("POST", "/sign-in", json={**RIGHT, "email": f"  {EMAIL.upper()} "}).status_code == 200


@pytest.mark.parametrize("field", ["tenant", "email", "password"])
def test_whichever_part_is_wrong_the_answer_is_the_same(door: Door, field: str) -> None:
    answer = door("POST", "/sign-in", json={**RIGHT, field: "someone@else"})
    assert answer.status_code == 401
    body = answer.json()["error"]
    assert body.pop("requestId") == answer.headers["x-request-id"]
    assert body == WRONG


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "The body is not JSON: Input is a zero-length, empty document (line 1, column 1)."),
        (b'{"tenant": "acme"', "The body is not JSON: unexpected end of data (line 1, column 18)."),
        (b"[]", "The body is not a JSON object."),
        (b"{}", "tenant: is missing."),
        (b'{"tenant": "acme", "email": null, "password": "x"}', "email: is missing."),
        (b'{"tenant": "acme", "email": "a@b", "password": 7}', "password: is not a text."),
        (b'{"tenant": "  ", "email": "a@b", "password": "x"}', "tenant: is empty."),
        (b'{"tenant": "a\\u0000", "email": "a@b", "password": "x"}', "tenant: holds a NUL character."),
        (b'{"tenant": "acme", "email": "a@b", "passwort": "x"}', "passwort: there is no such field."),
        (b'{"tenant": "' + b"a" * 101 + b'"}', "tenant: is longer than 100 characters."),
        (b"\xff", "The body is not JSON: str is not valid UTF-8: surrogates not allowed (line 1, column 1)."),
    ],
)
def test_a_body_that_makes_no_sense_is_told_where(door: Door, body: bytes, message: str) -> None:
    answer = door("POST", "/sign-in", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "BAD_INPUT"
    assert answer.json()["error"]["message"] == message
    assert answer.json()["error"]["remedy"] == 'Send {"tenant": "…", "email": "…", "password": "…"}.'


def test_after_many_failures_one_waits_and_is_told_how_long(door: Door) -> None:
    with clock.stopped_at(datetime.now(UTC)):
        for _ in range(ALLOWED):
            assert door("POST", "/sign-in", json={**RIGHT, "password": "x"}).status_code == 401
        answer = door("POST", "/sign-in", json=RIGHT)
        assert answer.status_code == 429
        assert answer.headers["retry-after"] == "300"
        assert answer.json()["error"]["code"] == "RATE_LIMITED"
        assert answer.json()["error"]["remedy"] == "Wait 300 seconds, then try once more."
        assert door("POST", "/sign-in", json={**RIGHT, "email": "other@acme.test"}).status_code == 401


def test_signing_out_ends_the_token(door: Door) -> None:
    token = door("POST", "/sign-in", json=RIGHT).json()["token"]
    answer = door("POST", "/sign-out", headers={"authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.content) == (204, b"")
    with pytest.raises(Unauthenticated):
        identify(token)


def test_signing_out_twice_does_no_harm(door: Door) -> None:
    token = door("POST", "/sign-in", json=RIGHT).json()["token"]
    header = {"authorization": f"Bearer {token}"}
    assert [door("POST", "/sign-out", headers=header).status_code for _ in range(2)] == [204, 204]


def test_signing_out_without_a_token_is_refused(door: Door) -> None:
    answer = door("POST", "/sign-out")
    assert answer.status_code == 401
    where = "http://127.0.0.1:8000/.well-known/oauth-protected-resource/graphql"  # RFC 9728
    assert answer.headers["www-authenticate"] == f'Bearer realm="atrium", resource_metadata="{where}"'


def test_a_suspended_tenant_lets_nobody_in(door: Door, acme: Tenant) -> None:
    suspend(acme)
    try:
        answer = door("POST", "/sign-in", json=RIGHT)
    finally:
        resume(acme)
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "TENANT_UNAVAILABLE"


def test_without_a_directory_nobody_learns_where_it_should_be(door: Door) -> None:
    with with_settings(SAAS_DIRECTORY_DSN="postgresql://127.0.0.1:1/nowhere"):
        answer = door("POST", "/sign-in", json=RIGHT)
    assert answer.status_code == 503
    body = answer.json()["error"]
    assert (body["code"], body["message"]) == ("UNAVAILABLE", "Atrium cannot answer this now.")
    assert "127.0.0.1" not in answer.text
    assert "nowhere" not in answer.text
