"""The folder that the servers keep their data in: one run at a time, with room enough, and what must be remembered."""

import errno
import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from pydantic import BaseModel

from saas.kit.errors import BadConfig, Conflict, Unavailable

_LEAST_FREE = 150 * 2**20  # a new cluster takes 50 MB; the rest is for its first data


class Remembered(BaseModel):
    """What a second start in the same folder needs to know."""

    postgres_password: str
    valkey_password: str
    postgres_port: int | None = None
    valkey_port: int | None = None
    settings: dict[str, str] = {}


class DataFolder:
    """The folder, held by this process until `release`."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()  # as the system shows the folder of a process
        self.postgres = self.path / "postgres"
        self.valkey = self.path / "valkey"
        self.logs = self.path / "logs"
        self._unfinished = self.path / "unfinished"
        self._lock: int | None = None

    def hold(self, *, for_cluster: bool = True) -> Self:
        """Create the folder where it is missing and take it for ourselves."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in (self.valkey, self.logs):
                folder.mkdir(exist_ok=True)
            self._lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise BadConfig(
                f"The data folder {self.path} cannot be written: {error.strerror}.",
                remedy="Give --data a folder of your own with room in it.",
            ) from None
        self._take_lock(self._lock)
        if for_cluster:
            self._check_room()
        return self

    def release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def is_new(self) -> bool:
        """Whether no cluster was finished here before."""
        return not (self.postgres / "PG_VERSION").exists()

    @contextmanager
    def filling(self) -> Iterator[None]:
        """Around the first filling: where it is interrupted, the next start begins with an empty cluster."""
        self._unfinished.touch()
        yield
        self._unfinished.unlink()

    def forget_unfinished(self) -> None:
        """Throw away what an interrupted `filling` left; call it before the servers start."""
        if self._unfinished.exists():
            for part in (self.postgres, self.valkey):
                shutil.rmtree(part, ignore_errors=True)
            self.valkey.mkdir(exist_ok=True)
            self._unfinished.unlink()

    def remembered(self) -> Remembered:
        file = self.path / "servers.json"
        if file.exists():
            return Remembered.model_validate_json(file.read_text())
        return Remembered(postgres_password=secrets.token_urlsafe(24), valkey_password=secrets.token_urlsafe(24))

    def remember(self, what: Remembered) -> None:
        """Written aside and renamed, so that a crash leaves the old or the new, readable by the owner only."""
        partial = self.path / "servers.json.partial"
        partial.touch(mode=0o600)
        partial.write_text(what.model_dump_json(indent=2) + "\n")
        partial.replace(self.path / "servers.json")

    def _take_lock(self, lock: int) -> None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(lock, 20, 0).decode() or "unknown"
            self.release()
            raise Conflict(
                f"The data folder {self.path} is in use by another run (process {holder.strip()}).",
                remedy="Stop that one, or give --data another folder.",
            ) from None
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)

    def _check_room(self) -> None:
        free = shutil.disk_usage(self.path).free
        if self.is_new and free < _LEAST_FREE:
            self.release()
            raise Unavailable(
                f"The disk of the data folder {self.path} has {free // 2**20} MB free, and a new cluster needs "
                f"{_LEAST_FREE // 2**20} MB.",
                remedy="Make room, or give --data a folder on another disk.",
            )


def temporary_folder(kind: str) -> Path:
    """A fresh folder for one run; what a killed run left behind is removed first."""
    for left in Path(tempfile.gettempdir()).glob(f"atrium-{kind}-*"):
        if left.is_dir() and left.stat().st_uid == os.geteuid() and not _is_held(left):
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"atrium-{kind}-"))


def _is_held(folder: Path) -> bool:
    try:
        lock = os.open(folder / "lock", os.O_RDWR)
    except OSError:
        return True  # without a lock it is not ours, or only being made: leave it
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def is_disk_full(error: OSError) -> bool:
    """Whether there was no room; an error of copying many files has no number, only texts."""
    return error.errno == errno.ENOSPC or os.strerror(errno.ENOSPC) in str(error)


def disk_full(folder: Path) -> Unavailable:
    return Unavailable(f"The disk of {folder} is full.", remedy="Make room, or give --data a folder on another disk.")
