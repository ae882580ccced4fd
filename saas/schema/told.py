"""How errors are told to a GraphQL client: a stable code, a sentence, a remedy; nothing of our insides."""

from typing import Any

from graphql import GraphQLError

from saas.kit import about, faults, log, report
from saas.kit.errors import AtriumError

_log = log.logger(__name__)
_LONGEST = 500  # messages of the parser quote what was sent


def error(given: GraphQLError) -> dict[str, Any]:
    """One entry of `errors`; what nobody expected is reported and told as INTERNAL."""
    entry: dict[str, Any] = {"message": _short(given.message)}
    if given.locations:
        entry["locations"] = [{"line": place.line, "column": place.column} for place in given.locations]
    if given.path:
        entry["path"] = list(given.path)
    cause = given.original_error
    if isinstance(cause, AtriumError):
        entry |= _expected(cause)
    elif cause is None or isinstance(cause, GraphQLError):
        entry["extensions"] = {"code": "BAD_INPUT"}
    else:
        entry |= _unexpected(cause)
    return entry


def refusal(given: AtriumError) -> dict[str, Any]:
    """The whole answer where the request was refused before it ran."""
    return {"errors": [_expected(given)]}


def bug(given: Exception) -> dict[str, Any]:
    """The whole answer where something broke that nobody expected."""
    return {"errors": [_unexpected(given)]}


def _expected(given: AtriumError) -> dict[str, Any]:
    message, remedy = faults.outward(given)
    extensions: dict[str, Any] = {"code": given.code}
    if remedy:
        extensions["remedy"] = _short(remedy)
    if given.path:
        extensions["path"] = list(given.path)
    if given.status >= 500:
        extensions["requestId"] = about.facts().get("request_id", "")
    if message != given.message:
        _log.warning("cannot answer", code=given.code, message=given.message, remedy=given.remedy)
    return {"message": _short(message), "extensions": extensions}


def _unexpected(given: Exception) -> dict[str, Any]:
    report.capture(given)
    extensions = {
        "code": "INTERNAL",
        "remedy": "Tell the operator the requestId; the log has the rest.",
        "requestId": about.facts().get("request_id", ""),
    }
    return {"message": "Something went wrong on our side.", "extensions": extensions}


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
