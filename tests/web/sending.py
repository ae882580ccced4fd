"""Sending files, as the tests of files speak of it."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from saas.gateways.files import file_store
from saas.kit.settings import settings
from tests.world import Person, call

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
    found: dict[str, Any] = seen(person, told["id"])
    return found


def seen(person: Person, id_: str) -> Any:
    """The file as the person sees it; None where they do not."""
    return person.ask(FILE, id=id_)["file"]


def contents() -> list[str]:
    """All that lies in the store, what is on its way in included."""
    root = Path(settings().files)
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def error(answer: Any) -> tuple[int, str, str]:
    told = answer.json()["error"]
    return answer.status_code, told["code"], told["message"]


@contextmanager
def own_store(folder: Path) -> Iterator[None]:
    """Inside, files are kept in this folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAAS_FILES", str(folder))
        settings.cache_clear()
        file_store.cache_clear()
        yield
    settings.cache_clear()
    file_store.cache_clear()
