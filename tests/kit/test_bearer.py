"""The token is what stands after Bearer, and nothing else will do."""

import pytest

from saas.kit.bearer import token_of
from saas.kit.errors import Unauthenticated


@pytest.mark.parametrize("header", ["Bearer abc-._~+/123==", "bearer abc-._~+/123==", "BEARER   abc-._~+/123== "])
def test_the_token_is_found(header: str) -> None:
    assert token_of(header) == "abc-._~+/123=="


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (None, "This request carries no token."),
        ("", "This request carries no token."),
        ("Bearer", "The Authorization header holds no bearer token."),
        ("Bearer a b", "The Authorization header holds no bearer token."),
        ("Basic dXNlcjpwYXNz", "The Authorization header holds no bearer token."),
        ("Bearer gr\xfcn", "The Authorization header holds no bearer token."),
    ],
)
def test_anything_else_is_refused(header: str | None, message: str) -> None:
    with pytest.raises(Unauthenticated) as refused:
        token_of(header)
    assert refused.value.message == message
    assert "POST /sign-in" in refused.value.remedy
