"""Bulk mutations as the contracts ask for them."""

from typing import Any

from saas.engine.registry import ObjectType
from tests.contracts.documents import mutations
from tests.contracts.factory import Values
from tests.world import Person


def bulk(person: Person, one: ObjectType, verb: str, rows: list[Any], **more: Any) -> Values:
    """The payload of one of the bulk mutations."""
    payload: Values = person.perform(mutations(one), f"Bulk{verb}", rows=rows, **more)["payload"]
    return payload


def told(payload: Values) -> list[tuple[bool, list[tuple[str, str]]]]:
    """Of each row whether it was written, and its problems by code and path."""
    return [
        (item["id"] is not None, [(each["code"], ".".join(each["path"])) for each in item["problems"]])
        for item in payload["items"]
    ]
