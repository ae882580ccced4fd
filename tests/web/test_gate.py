"""What every request meets at the gate: an id, a limit, the headers of the answer, and no word of our insides."""

from collections.abc import Iterator
from typing import Any

import pytest

from saas.app import create_app
from saas.kit import ids, metrics
from tests.tenants.place import with_settings
from tests.web.conftest import Door

KIB = 1024
WHERE = 'resource_metadata="http://127.0.0.1:8000/.well-known/oauth-protected-resource/graphql"'  # RFC 9728


@pytest.mark.parametrize("given", ["a1", "3f0c:7/b+c=d._-", "x" * 100])
def test_a_sane_request_id_is_kept(door: Door, given: str) -> None:
    assert door("GET", "/healthz", headers={"x-request-id": given}).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "x" * 101, "a b", 'a"b', "<script>"])
def test_any_other_is_replaced_by_one_of_ours(door: Door, given: str) -> None:
    answered = door("GET", "/healthz", headers={"x-request-id": given}).headers["x-request-id"]
    assert ids.code_of(ids.parse_id(answered)) == ids.REQUEST


def test_every_answer_carries_the_headers_of_security(door: Door) -> None:
    for path in ("/healthz", "/nowhere", "/graphql"):
        headers = door("GET", path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert "server" not in headers


def test_over_https_browsers_are_told_to_stay_with_it(door: Door) -> None:
    assert "strict-transport-security" not in door("GET", "/healthz").headers
    with with_settings(SAAS_PUBLIC_URL="https://crm.example"):
        assert door("GET", "/healthz").headers["strict-transport-security"] == "max-age=31536000"
        cookies = door("GET", "/account/sign-in").headers.get_list("set-cookie")
    (cookie,) = [each for each in cookies if each.startswith("__Host-atrium-browser=")]
    assert {"Secure", "HttpOnly", "Path=/"} <= {part.strip() for part in cookie.split(";")}


def test_an_unknown_address_is_answered_in_the_shape_of_all_errors(door: Door) -> None:
    answer = door("GET", "/nowhere?token=secret")
    assert answer.status_code == 404
    assert answer.json() == {
        "error": {
            "code": "NOT_FOUND",
            "message": "There is nothing at this address.",
            "remedy": "docs/http.md lists the addresses.",
            "requestId": answer.headers["x-request-id"],
        }
    }


def test_a_wrong_method_is_told_which_are_right(door: Door) -> None:
    answer = door("GET", "/sign-in")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert answer.json()["error"]["code"] == "METHOD_NOT_ALLOWED"


def test_a_body_that_says_it_is_too_large_is_not_read(door: Door) -> None:
    answer = door("POST", "/sign-in", content=b"x" * (1024 * KIB + 1))
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "TOO_LARGE"
    assert answer.json()["error"]["message"] == "The body is larger than 1024 KiB."


def pieces(count: int) -> Iterator[bytes]:
    for _ in range(count):
        yield b" " * KIB


@pytest.mark.parametrize("path", ["/sign-in", "/graphql"])
def test_a_body_without_a_length_is_read_up_to_the_limit(door: Door, path: str) -> None:
    async def stream() -> Any:
        for piece in pieces(1025):
            yield piece

    assert door("POST", path, content=stream()).status_code == 413


def test_a_body_of_just_the_limit_passes(door: Door) -> None:
    assert door("POST", "/sign-in", content=b" " * (1024 * KIB)).status_code == 400


def test_what_nobody_expected_is_told_without_a_word_of_it(door: Door) -> None:
    async def broken(_scope: Any, _receive: Any, _send: Any) -> None:
        raise LookupError("Miller's margin")

    answer = door("POST", "/graphql", app=create_app(broken))
    assert answer.status_code == 500
    assert answer.json() == {
        "error": {
            "code": "INTERNAL",
            "message": "Something went wrong on our side.",
            "remedy": "Tell the operator the requestId; the log has the rest.",
            "requestId": answer.headers["x-request-id"],
        }
    }


def test_without_a_token_the_challenge_names_no_error(door: Door) -> None:
    answer = door("POST", "/graphql", json={"query": "{ viewer { id } }"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == f'Bearer realm="atrium", {WHERE}'


def test_a_wrong_token_is_challenged_as_rfc_6750_says(door: Door) -> None:
    answer = door("POST", "/graphql", json={"query": "{ viewer { id } }"}, headers={"authorization": "Bearer nope"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == (
        'Bearer realm="atrium", error="invalid_token", error_description="The token is unknown, expired or ended.", '
        + WHERE
    )


def test_each_request_is_counted_at_its_door(door: Door) -> None:
    def counted(line: str) -> float:
        found = [each for each in metrics.exposition()[0].decode().splitlines() if each.startswith(line)]
        return float(found[0].rpartition(" ")[2]) if found else 0.0

    line = 'atrium_requests_total{door="other",operation="",status="404"}'
    before = counted(line)
    door("GET", "/nowhere/at/all")
    assert counted(line) == before + 1


def test_the_figures_are_served(door: Door) -> None:
    door("GET", "/healthz")
    answer = door("GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert 'atrium_requests_total{door="healthz",operation="",status="200"}' in answer.text
