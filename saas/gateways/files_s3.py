"""Contents of files in a bucket of S3, or of whatever speaks like it. Credentials and endpoint are AWS_* variables.

What comes in lies in a temporary file of this machine first, so that nothing incomplete or refused reaches the bucket.
"""

import contextlib
import tempfile
from collections.abc import Iterator
from datetime import datetime
from typing import IO

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore, from_url

from saas.gateways.files import PIECE, unavailable

_FAULTS = (BaseError, OSError)


def bucket(url: str) -> "Bucket":
    """The store behind `s3://bucket/prefix`."""
    return Bucket(from_url(url))


class Bucket:
    """Objects of one bucket."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def incoming(self) -> "BucketIncoming":
        try:
            return BucketIncoming(self._store)
        except OSError as error:
            raise unavailable(error) from error

    def pieces(self, key: str, start: int, end: int) -> Iterator[bytes]:
        if start >= end:  # S3 knows no range without bytes
            return
        try:
            found = obstore.get(self._store, key, options={"range": (start, end)})
            for piece in found.stream(min_chunk_size=PIECE):
                yield bytes(piece)
        except _FAULTS as error:
            raise unavailable(error) from error

    def remove(self, key: str) -> None:
        try:
            with contextlib.suppress(FileNotFoundError):
                obstore.delete(self._store, key)
        except _FAULTS as error:
            raise unavailable(error) from error

    def keys(self, tenant: str, before: datetime) -> Iterator[str]:
        try:
            for page in obstore.list(self._store, tenant, chunk_size=1000):
                yield from (each["path"] for each in page if each["last_modified"] < before)
        except _FAULTS as error:
            raise unavailable(error) from error

    def tidy(self, before: datetime) -> None:
        """Nothing: a temporary file goes with its process."""


class BucketIncoming:
    """A temporary file without a name."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed by `drop`

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
        try:
            obstore.put(self._store, key, self.content, max_concurrency=2)
        except _FAULTS as error:
            raise unavailable(error) from error

    def drop(self) -> None:
        with contextlib.suppress(OSError):
            self._file.close()
