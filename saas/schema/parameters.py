"""What a GraphQL request says over HTTP: media types in and out, and its parameters, checked."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs

import orjson

from saas.kit.errors import BadInput, TooComplex
from saas.modules.organisation.preview import Preview
from saas.schema.as_role import preview_in
from saas.schema.limits import MAX_NESTING, NUL

JSON = "application/json"
_PLAIN = JSON.encode()
_USUAL = {"query", "variables"}
_TEXT = {str}
RESPONSE_JSON = "application/graphql-response+json"
EVENT_STREAM = "text/event-stream"
_RANKS = {EVENT_STREAM: 0, JSON: 1, RESPONSE_JSON: 2}  # of those that are asked for alike
MAX_VALUES = 30_000
_REMEDY = 'Send JSON: {"query": "{ viewer { id } }", "variables": {}}.'


class UnsupportedMediaType(BadInput):
    code = "UNSUPPORTED_MEDIA_TYPE"
    status = 415


@dataclass(slots=True)  # not frozen: one is made for each request, and that would take twice as long
class Parameters:
    """What is to run: the text of a document, its id, or both; and where it is a preview, of which roles."""

    query: str
    variables: dict[str, Any]
    operation_name: str | None
    document_id: str | None = None
    preview: Preview | None = None


@lru_cache(maxsize=256)
def accepted(header: bytes) -> str | None:
    """The media type to answer in: the caller's best of our three, None where they take none."""
    offers = _offers(header)
    return max(offers, key=lambda kind: (offers[kind], _RANKS[kind]), default=None)


@lru_cache(maxsize=256)
def takes_events(header: bytes) -> bool:
    """Whether the caller can be told one event after the other, as subscriptions need it."""
    return EVENT_STREAM in _offers(header)


def _offers(header: bytes) -> dict[str, float]:
    """Those of our media types that the caller takes, each with how gladly."""
    if not header.strip():
        return {JSON: 1.0}
    offers: dict[str, float] = {}
    for part in header.decode("latin-1").lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        offer = {"*/*": JSON, "application/*": JSON, "text/*": EVENT_STREAM}.get(name, name)
        charset = next((p.partition("=")[2].strip('"') for p in parameters if p.startswith("charset=")), "utf-8")
        quality = _quality(parameters)
        if offer in _RANKS and charset in ("utf-8", "utf8") and quality > 0:
            offers[offer] = max(quality, offers.get(offer, 0.0))
    return offers


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0


def from_body(content_type: bytes, body: bytes) -> Parameters:
    """The parameters of a POST; BadInput names what is wrong with it."""
    if content_type != _PLAIN:
        _check_type(content_type)
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadInput(f"The body is no JSON: {error.msg} at character {error.pos}.", remedy=_REMEDY) from None
    if not isinstance(given, dict):
        raise BadInput("The body must be a JSON object; batches are not supported.", remedy=_REMEDY)
    return _checked(given)


def from_message(payload: object) -> Parameters:
    """The parameters of an operation that came over a websocket."""
    if not isinstance(payload, dict):
        raise BadInput("The payload must be a JSON object.", remedy=_REMEDY)
    return _checked(payload)


def _check_type(content_type: bytes) -> None:
    name, *rest = (piece.strip().lower() for piece in content_type.decode("latin-1").split(";"))
    charset = next((piece.partition("=")[2].strip('"') for piece in rest if piece.startswith("charset=")), "utf-8")
    if name != JSON or charset not in ("utf-8", "utf8"):
        raise UnsupportedMediaType(f"The body must be {JSON} in UTF-8, not {name or 'unnamed'}.", remedy=_REMEDY)


def from_url(query_string: bytes) -> Parameters:
    """The parameters of a GET."""
    try:
        fields = parse_qs(query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
        given: dict[str, Any] = {name: values[-1] for name, values in fields.items()}
        for name in ("variables", "extensions"):
            if given.get(name):
                given[name] = orjson.loads(given[name])
            else:
                given.pop(name, None)
    except orjson.JSONDecodeError as error:
        raise BadInput(f"{error.doc[:40]!r} is no JSON.", remedy="variables and extensions are JSON objects.") from None
    except ValueError:
        raise BadInput("The query string cannot be read.", remedy="Encode it as UTF-8.") from None
    return _checked(given)


def _checked(given: dict[str, Any]) -> Parameters:
    if given.keys() <= _USUAL and type(given.get("query")) is str and type(given.get("variables", {})) is dict:
        # What nearly all requests are: the same as below, with nothing that could be wrong.
        query, variables = given["query"], given.get("variables", {})
        are_texts = set(map(type, variables.values())) <= _TEXT and "\0" not in "".join(variables.values())
        if are_texts and query and not query.isspace():
            return Parameters(query, variables, None)
    query = given.get("query")
    if query is None and given.get("documentId") is not None:
        query = ""
    elif not isinstance(query, str) or not query.strip():
        raise BadInput("query is missing or no string.", remedy=_REMEDY, path=("query",))
    for name, kind, what in (
        ("documentId", str, "a string"),
        ("variables", dict, "an object"),
        ("operationName", str, "a string"),
        ("extensions", dict, "an object"),
    ):
        value = given.get(name)
        if value is not None and not isinstance(value, kind):
            raise BadInput(f"{name} must be {what} or null.", path=(name,))
    variables = given.get("variables") or {}
    _check_values(variables)
    preview = preview_in(given.get("extensions"))
    return Parameters(query, variables, given.get("operationName") or None, given.get("documentId"), preview)


def _check_values(variables: dict[str, Any]) -> None:
    """Refuse variables that are nested too deeply, too many, or hold what no database keeps."""
    count = 0
    level: list[Any] = list(variables.values())
    for _ in range(MAX_NESTING):
        count += len(level)
        if count > MAX_VALUES:
            raise TooComplex(f"The variables hold more than {MAX_VALUES:,} values.", remedy="Send less at once.")
        if any(isinstance(value, str) and "\0" in value for value in level):
            raise BadInput(NUL, path=("variables",))
        level = [inner for value in level for inner in _inside(value)]
        if not level:
            return
    raise TooComplex(f"The variables are nested deeper than {MAX_NESTING} levels.", path=("variables",))


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
