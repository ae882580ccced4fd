"""A store keeps a content whole or not at all, whichever it is: a folder, or a bucket (here one in memory)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from saas.gateways.files import FileStore, Folder, file_store
from saas.gateways.files_s3 import Bucket
from saas.kit.errors import BadConfig, Unavailable
from saas.kit.settings import settings
from tests.tenants.place import with_settings

KEY = "01a2/ff/0b0c"
NOW, LATER = datetime.now(UTC), datetime.now(UTC) + timedelta(days=1)
MAKE: dict[str, Callable[[Path], FileStore]] = {
    "folder": lambda path: Folder(path / "files"),
    "bucket": lambda _: Bucket(MemoryStore()),
}


@pytest.fixture(params=MAKE)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    return MAKE[request.param](tmp_path)


def put(store: FileStore, content: bytes, key: str = KEY) -> None:
    incoming = store.incoming()
    for at in range(0, len(content), 1000):
        incoming.write(content[at : at + 1000])
    incoming.keep(key)
    incoming.drop()


def got(store: FileStore, start: int, end: int, key: str = KEY) -> bytes:
    return b"".join(store.pieces(key, start, end))


def test_what_is_kept_is_read_in_pieces(store: FileStore) -> None:
    content = bytes(range(256)) * 5000
    put(store, content)
    assert got(store, 0, len(content)) == content
    assert got(store, 1000, 1010) == content[1000:1010]
    assert got(store, 5, 5) == b""


def test_what_was_written_can_be_read_before_it_is_kept(store: FileStore) -> None:
    incoming = store.incoming()
    incoming.write(b"abc")
    assert incoming.content.read(2) == b"ab"
    incoming.keep(KEY)
    incoming.drop()
    assert got(store, 0, 3) == b"abc"


def test_what_is_dropped_is_nowhere(store: FileStore, tmp_path: Path) -> None:
    incoming = store.incoming()
    incoming.write(b"abc")
    incoming.drop()
    assert [*store.keys("01a2", LATER)] == []
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    with pytest.raises(Unavailable):
        got(store, 0, 3)


def test_an_empty_content_is_one(store: FileStore) -> None:
    put(store, b"")
    assert got(store, 0, 0) == b""
    assert [*store.keys("01a2", LATER)] == [KEY]


def test_removing_twice_is_removing_once(store: FileStore) -> None:
    put(store, b"abc")
    store.remove(KEY)
    store.remove(KEY)
    with pytest.raises(Unavailable):
        got(store, 0, 3)


def test_keys_are_those_of_the_tenant_by_age(store: FileStore) -> None:
    put(store, b"abc")
    put(store, b"abc", "01a2/00/0000")
    put(store, b"abc", "01a3/ff/0b0c")
    assert sorted(store.keys("01a2", LATER)) == ["01a2/00/0000", KEY]
    assert [*store.keys("01a2", NOW - timedelta(days=1))] == []
    assert [*store.keys("01a4", LATER)] == []
    store.tidy(LATER)
    assert got(store, 0, 3) == b"abc"


def test_the_setting_chooses_the_store(tmp_path: Path) -> None:
    try:
        with with_settings(SAAS_FILES=str(tmp_path)):
            file_store.cache_clear()
            assert isinstance(file_store(), Folder)
        with with_settings(SAAS_FILES="s3://bucket/prefix"):
            file_store.cache_clear()
            assert isinstance(file_store(), Bucket)
        with with_settings(SAAS_FILES="ftp://somewhere"):
            file_store.cache_clear()
            with pytest.raises(BadConfig, match="SAAS_FILES: 'ftp://somewhere' is no folder"):
                file_store()
    finally:
        file_store.cache_clear()
        settings.cache_clear()
