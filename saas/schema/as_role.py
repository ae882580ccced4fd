"""`extensions.asRole` of a request: a query is answered as if the asker held certain roles and no others."""

from typing import Any
from uuid import UUID

from saas.kit import ids
from saas.kit.errors import BadInput
from saas.modules.organisation.preview import Preview

NAME = "asRole"
MOST = 100  # roles, or business lines
_KEYS = ("roleIds", "positionId", "businessLineIds")
_REMEDY = 'Write it as {"asRole": {"roleIds": ["…"], "positionId": "…", "businessLineIds": ["…"]}}.'


def preview_in(extensions: dict[str, Any] | None) -> Preview | None:
    """The preview that a request asks for; None where it asks for none, BadInput where that cannot be read."""
    given = (extensions or {}).get(NAME)
    if given is None:
        return None
    if not isinstance(given, dict):
        raise _refused("is no object")
    if unknown := given.keys() - set(_KEYS):
        raise _refused(f"has an unknown key {sorted(unknown)[0][:60]!r}")
    roles = _several(given, "roleIds")
    if not roles:
        raise _refused("names no role")
    return Preview(roles, _single(given, "positionId"), _several(given, "businessLineIds"))


def told(preview: Preview) -> dict[str, Any]:
    """The same for the extensions of the answer, so that nobody takes it for what they see themselves."""
    lines = preview.business_line_ids
    return {
        "roleIds": list(map(str, preview.role_ids)),
        "positionId": None if preview.position_id is None else str(preview.position_id),
        "businessLineIds": None if lines is None else list(map(str, lines)),
    }


def _single(given: dict[str, Any], name: str) -> UUID | None:
    value = given.get(name)
    return None if value is None else _id(value, name)


def _several(given: dict[str, Any], name: str) -> tuple[UUID, ...] | None:
    value = given.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or len(value) > MOST:
        raise _refused(f"has no list of at most {MOST} ids in {name}")
    return tuple(dict.fromkeys(_id(each, name) for each in value))


def _id(value: object, name: str) -> UUID:
    if not isinstance(value, str):
        raise _refused(f"has something else than an id in {name}")
    return ids.parse_id(value)


def _refused(what: str) -> BadInput:
    return BadInput(f"extensions.{NAME} {what}.", remedy=_REMEDY, path=("extensions", NAME))
