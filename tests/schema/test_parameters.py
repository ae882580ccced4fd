"""Media types and parameters of a request, as the GraphQL-over-HTTP specification reads them."""

import pytest

from saas.kit.errors import AtriumError, BadInput
from saas.schema.parameters import JSON, MAX_VALUES, RESPONSE_JSON, accepted, from_body, from_url


@pytest.mark.parametrize(
    ("case", "header", "chosen"),
    [
        ("nothing said", "", JSON),
        ("anything", "*/*", JSON),
        ("any application", "application/*", JSON),
        ("the old one", JSON, JSON),
        ("the new one", RESPONSE_JSON, RESPONSE_JSON),
        ("both, no preference", f"{JSON}, {RESPONSE_JSON}", RESPONSE_JSON),
        ("both, the old one preferred", f"{JSON}, {RESPONSE_JSON};q=0.9", JSON),
        ("with its charset", f"{RESPONSE_JSON}; charset=utf-8", RESPONSE_JSON),
        ("charset quoted and shouted", f'{RESPONSE_JSON}; charset="UTF-8"', RESPONSE_JSON),
        ("another charset", f"{JSON}; charset=utf-16", None),
        ("refused by weight", f"{JSON};q=0", None),
        ("a weight that is none", f"{JSON};q=much", None),
        ("a web page", "text/html", None),
        ("a browser", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON),
        ("garbage", ";;;,,,=\xff", None),
    ],
)
def test_the_answer_comes_in_the_best_form_that_is_taken(case: str, header: str, chosen: str | None) -> None:
    assert accepted(header.encode("latin-1")) == chosen, case


def refused(content_type: str, body: bytes) -> AtriumError:
    with pytest.raises(AtriumError) as caught:
        from_body(content_type.encode(), body)
    return caught.value


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/graphql", "multipart/form-data", f"{JSON}; charset=utf-16"]
)
def test_a_body_of_another_type_is_refused(content_type: str) -> None:
    error = refused(content_type, b'{"query": "{ viewer { id } }"}')
    assert (error.code, error.status) == ("UNSUPPORTED_MEDIA_TYPE", 415)


@pytest.mark.parametrize(
    ("case", "body", "message"),
    [
        ("nothing", b"", "The body is no JSON: "),
        ("half of it", b'{"query": "{', "The body is no JSON: "),
        ("no UTF-8", b'{"query": "\xff\xfe"}', "The body is no JSON: "),
        ("half a surrogate pair", b'{"query": "\\ud800"}', "The body is no JSON: "),
        ("a bare NUL", b'{"query": "\x00"}', "The body is no JSON: "),
        ("no number", b'{"query": "{a}", "variables": {"a": NaN}}', "The body is no JSON: "),
        ("a very deep body", b"[" * 100_000, "The body is no JSON: "),
        ("a list", b"[]", "The body must be a JSON object; batches are not supported."),
        ("a text", b'"{viewer{id}}"', "The body must be a JSON object; batches are not supported."),
        ("no query", b"{}", "query is missing or no string."),
        ("an empty query", b'{"query": " "}', "query is missing or no string."),
        ("a query that is a number", b'{"query": 1}', "query is missing or no string."),
        ("variables that are a list", b'{"query": "{a}", "variables": []}', "variables must be an object or null."),
        ("a name that is a list", b'{"query": "{a}", "operationName": []}', "operationName must be a string or null."),
        ("extensions that are a text", b'{"query": "{a}", "extensions": "x"}', "extensions must be an object or null."),
        (
            "a NUL escaped",
            b'{"query": "{a}", "variables": {"a": {"b": ["\\u0000"]}}}',
            "Text cannot hold the NUL character.",
        ),
    ],
)
def test_a_malformed_body_is_bad_input_that_names_the_place(case: str, body: bytes, message: str) -> None:
    error = refused(JSON, body)
    assert isinstance(error, BadInput), case
    assert error.message.startswith(message), case
    assert len(error.message) < 200


def test_deep_variables_are_too_complex() -> None:
    deep = b'{"query": "{a}", "variables": {"a": ' + b"[" * 31 + b"]" * 31 + b"}}"
    assert refused(JSON, deep).message == "The variables are nested deeper than 30 levels."
    from_body(JSON.encode(), deep.replace(b"[" * 31 + b"]" * 31, b"[" * 29 + b"]" * 29))


def test_too_many_values_are_too_complex() -> None:
    body = b'{"query": "{a}", "variables": {"a": [' + b"1," * MAX_VALUES + b"1]}}"
    assert refused(JSON, body).code == "TOO_COMPLEX"


def test_null_is_as_absent() -> None:
    body = b'{"query": "{a}", "variables": null, "operationName": null, "extensions": null}'
    assert from_body(JSON.encode(), body).variables == {}


def test_the_parameters_of_a_get() -> None:
    found = from_url(b"query=%7Ba%7D&variables=%7B%22a%22%3A1%7D&operationName=A&extensions=")
    assert (found.query, found.variables, found.operation_name) == ("{a}", {"a": 1}, "A")


@pytest.mark.parametrize(
    "query_string",
    [
        b"",
        b"query=",
        b"query=%ff",
        b"query=\xff",
        b"query=%7Ba%7D&variables=%7B",
        b"query=%7Ba%7D&variables=1",
        b"&a=" * 30,
    ],
)
def test_a_malformed_query_string_is_bad_input(query_string: bytes) -> None:
    with pytest.raises(BadInput):
        from_url(query_string)
