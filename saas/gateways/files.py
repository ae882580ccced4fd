"""Where the contents of files are kept: a folder of this machine, or a bucket of S3 (`files_s3.py`).

A key is `<tenant>/<two letters>/<name>`, made by the program alone; nothing that a person wrote is ever part of it.
"""

import contextlib
import importlib
import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import IO, Protocol

from saas.kit.errors import BadConfig, Unavailable
from saas.kit.settings import settings

PIECE = 256 * 1024  # bytes that are in memory at a time
_INCOMING = "incoming"


class Incoming(Protocol):
    """A content on its way in; nobody finds it before it is kept."""

    @property
    def content(self) -> IO[bytes]:
        """What was written so far, to be read again."""

    def write(self, piece: bytes) -> None:
        """Add a piece. Unavailable where there is no room."""

    def keep(self, key: str) -> None:
        """Keep it under this key, whole or not at all. Unavailable where the store does not take it."""

    def drop(self) -> None:
        """Forget it; after `keep` this does nothing."""


class FileStore(Protocol):
    """Contents by key."""

    def incoming(self) -> Incoming:
        """Begin with a new content. Unavailable where that cannot be."""

    def pieces(self, key: str, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` up to, without, `end`; Unavailable where they are not to be had."""

    def remove(self, key: str) -> None:
        """Remove the content; there may be none."""

    def keys(self, tenant: str, before: datetime) -> Iterator[str]:
        """The keys of a tenant that were kept before that moment."""

    def tidy(self, before: datetime) -> None:
        """Remove what began to come in before that moment and never was kept."""


def unavailable(error: Exception) -> Unavailable:
    """What is told where the store refuses; the reason stands in the log only."""
    return Unavailable(
        f"The store of files does not answer: {type(error).__name__}.", remedy="Try again soon; see SAAS_FILES."
    )


class Folder:
    """Files of a folder: written beside, made safe on the disk, then given their name in one step."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def incoming(self) -> "FolderIncoming":
        folder = self._path / _INCOMING
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return FolderIncoming(self._path, folder / secrets.token_hex(16))
        except OSError as error:
            raise unavailable(error) from error

    def pieces(self, key: str, start: int, end: int) -> Iterator[bytes]:
        try:
            with (self._path / key).open("rb") as file:
                file.seek(start)
                while start < end and (piece := file.read(min(PIECE, end - start))):
                    start += len(piece)
                    yield piece
        except OSError as error:
            raise unavailable(error) from error

    def remove(self, key: str) -> None:
        try:
            (self._path / key).unlink(missing_ok=True)
        except OSError as error:
            raise unavailable(error) from error

    def keys(self, tenant: str, before: datetime) -> Iterator[str]:
        for file in _older((self._path / tenant).glob("*/*"), before):
            yield file.relative_to(self._path).as_posix()

    def tidy(self, before: datetime) -> None:
        for file in _older((self._path / _INCOMING).glob("*"), before):
            file.unlink(missing_ok=True)


class FolderIncoming:
    """A file without a name of its own yet."""

    def __init__(self, root: Path, path: Path) -> None:
        self._root = root
        self._path = path
        self._file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b")

    @property
    def content(self) -> IO[bytes]:
        self._file.seek(0)
        return self._file

    def write(self, piece: bytes) -> None:
        try:
            self._file.write(piece)
        except OSError as error:
            raise unavailable(error) from error

    def keep(self, key: str) -> None:
        goal = self._root / key
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            goal.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._path.rename(goal)
            _make_safe(goal.parent)
        except OSError as error:
            raise unavailable(error) from error

    def drop(self) -> None:
        with contextlib.suppress(OSError):  # a full disk refuses what is still in the buffer, too
            self._file.close()
        self._path.unlink(missing_ok=True)


def _make_safe(folder: Path) -> None:
    """Have the names in the folder survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _older(files: Iterator[Path], before: datetime) -> Iterator[Path]:
    for file in files:
        with contextlib.suppress(FileNotFoundError):  # somebody else was faster
            if datetime.fromtimestamp(file.stat().st_mtime, UTC) < before:
                yield file


@cache
def file_store() -> FileStore:
    """The store of this process; BadConfig where the settings name one that cannot be used."""
    place = settings().files
    if "://" not in place:
        return Folder(Path(place))
    if not place.startswith("s3://"):
        raise BadConfig(f"SAAS_FILES: {place!r} is no folder.", remedy="Name a folder, or s3://bucket/prefix.")
    try:
        store: FileStore = importlib.import_module("saas.gateways.files_s3").bucket(place)
    except ModuleNotFoundError:
        raise BadConfig("SAAS_FILES names a bucket, but obstore is missing.", remedy="Install atrium[s3].") from None
    return store


def remove_contents(tenant: str) -> None:
    """Remove all that is kept for a tenant. Unavailable where the store does not answer."""
    store = file_store()
    for key in store.keys(tenant, datetime.max.replace(tzinfo=UTC)):
        store.remove(key)
