"""Files hung on records, as the tests of files speak of it."""

from typing import Any
from uuid import UUID

from tests.world import Person

CREATE = """
mutation ($input: FileCreateInput!) {
  fileCreate(input: $input) { id uploadUrl file { recordIds } problems { code message path } }
}
"""
CHANGE = """
mutation ($id: ID!, $record: ID!) {
  %s(id: $id, recordId: $record) { id file { recordIds } problems { code message path } }
}
"""


def announce(person: Person, name: str = "note.txt", **given: Any) -> dict[str, Any]:
    told: dict[str, Any] = person.ask(CREATE, input={"name": name, "size": 3, **given})["fileCreate"]
    return told


def file_of(person: Person, name: str = "note.txt", **given: Any) -> str:
    told = announce(person, name, **given)
    assert told["problems"] == []
    return str(told["id"])


def change(person: Person, verb: str, id_: str, record: UUID | str) -> dict[str, Any]:
    told: dict[str, Any] = person.ask(CHANGE % verb, id=id_, record=str(record))[verb]
    return told
