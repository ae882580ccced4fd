"""Files by the front door: announced over GraphQL, sent and fetched at addresses of their own."""

import hashlib
from typing import Any

from tests.world import Person, World, call

CREATE = """
mutation ($input: FileCreateInput!) {
  fileCreate(input: $input) {
    id uploadUrl uploadExpiresAt problems { code message path }
    file { id name size type checksum state reason createdAt createdById recordIds downloadUrl }
  }
}
"""
FILE = "query ($id: ID!) { file(id: $id) { id name size type checksum state reason recordIds downloadUrl } }"
HELLO = "Hello, 世界\n".encode()
SUM = hashlib.sha256(HELLO).hexdigest()


def announced(person: Person, content: bytes = HELLO, **given: Any) -> dict[str, Any]:
    given = {"name": "hello.txt", "size": len(content), "type": "text/plain", **given}
    told: dict[str, Any] = person.ask(CREATE, input=given)["fileCreate"]
    return told


def sent(person: Person, content: bytes = HELLO, **given: Any) -> dict[str, Any]:
    """A file that is there."""
    told = announced(person, content, **given)
    assert call("PUT", told["uploadUrl"], content=content).status_code == 200
    found: dict[str, Any] = person.ask(FILE, id=told["id"])["file"]
    return found


def test_a_file_is_announced_sent_and_fetched(world: World) -> None:
    sam = world.garage.sam
    told = announced(sam, name="你好.txt", checksum=SUM.upper())
    assert told["problems"] == []
    assert told["file"] == {
        "id": told["id"],
        "name": "你好.txt",
        "size": len(HELLO),
        "type": "text/plain",
        "checksum": SUM,
        "state": "PENDING",
        "reason": None,
        "createdAt": told["file"]["createdAt"],
        "createdById": str(sam.id),
        "recordIds": [],
        "downloadUrl": None,
    }
    answer = call("PUT", told["uploadUrl"], content=HELLO)
    assert (answer.status_code, answer.json()) == (
        200,
        {"id": told["id"], "state": "READY", "type": "text/plain", "size": len(HELLO), "checksum": SUM},
    )
    file = sam.ask(FILE, id=told["id"])["file"]
    assert (file["state"], file["checksum"]) == ("READY", SUM)
    fetched = call("GET", file["downloadUrl"])
    assert (fetched.status_code, fetched.content) == (200, HELLO)
