"""How errors are told to a GraphQL client: a stable code, a sentence, a remedy; nothing of our insides."""

from typing import Any

from graphql import GraphQLError

from saas.kit import about, report
from saas.kit.errors import AtriumError


def error(given: GraphQLError) -> dict[str, Any]:
    """One entry of `errors`; what nobody expected is reported and told as INTERNAL."""
    entry: dict[str, Any] = {"message": given.message}
    if given.locations:
        entry["locations"] = [{"line": place.line, "column": place.column} for place in given.locations]
    if given.path:
        entry["path"] = list(given.path)
    cause = given.original_error
    if isinstance(cause, AtriumError):
        entry |= {"message": cause.message, "extensions": _extensions(cause)}
    elif cause is None or isinstance(cause, GraphQLError):
        entry["extensions"] = {"code": "BAD_INPUT"}
    else:
        report.capture(cause)
        entry |= {"message": "Something went wrong on our side.", "extensions": _internal()}
    return entry


def refusal(given: AtriumError) -> dict[str, Any]:
    """The whole answer where the request was refused before it ran."""
    return {"errors": [{"message": given.message, "extensions": _extensions(given)}]}


def _extensions(given: AtriumError) -> dict[str, Any]:
    found: dict[str, Any] = {"code": given.code}
    if given.remedy:
        found["remedy"] = given.remedy
    if given.path:
        found["path"] = list(given.path)
    return found


def _internal() -> dict[str, Any]:
    return {
        "code": "INTERNAL",
        "remedy": "Tell the operator the requestId; the log has the rest.",
        "requestId": about.facts().get("request_id", ""),
    }
