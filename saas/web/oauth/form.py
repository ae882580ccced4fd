"""What an app sends to a door of OAuth: a form, each field once."""

from urllib.parse import parse_qsl

from authlib.oauth2.rfc6749 import InvalidRequestError
from starlette.requests import Request

_MOST_FIELDS, _LONGEST = 60, 8000
Pairs = list[tuple[str, str]]


def once(pairs: Pairs) -> dict[str, str]:
    """The fields by name; InvalidRequestError where one comes twice or holds what no field can."""
    fields: dict[str, str] = {}
    for name, value in pairs:
        if name in fields:
            raise InvalidRequestError("A parameter is there more than once.")
        if len(value) > _LONGEST or "\0" in value:
            raise InvalidRequestError("A parameter is too long or holds a NUL.")
        fields[name] = value
    return {name: value for name, value in fields.items() if value}  # empty ones count as absent (RFC 6749, 3.1)


async def app_form(request: Request) -> dict[str, str]:
    """The form in the body; nothing is read from the address, which others may see."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise InvalidRequestError("The body is not application/x-www-form-urlencoded.")
    return once(pairs_of((await request.body()).decode("utf-8", "replace")))


def pairs_of(encoded: str) -> Pairs:
    """The names and values of an encoded form or query."""
    try:
        return parse_qsl(encoded, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise InvalidRequestError("There are too many parameters.") from None
