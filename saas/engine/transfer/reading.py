"""Files that are being read into the database: open in this process, and opened anew in another one."""

import tempfile
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from threading import Lock
from typing import IO, Any, cast
from uuid import UUID

import sqlalchemy as sa

from saas.engine.read.files import file_in_sight
from saas.engine.scope import Scope
from saas.engine.stored_file import FileState, key_of
from saas.engine.transfer.entry import Entry
from saas.engine.transfer.mapping import Mapping
from saas.engine.transfer.plan import plan_for
from saas.engine.transfer.source import content_of, manner_of
from saas.engine.transfer.stage import Stage
from saas.gateways.files import file_store
from saas.kit.errors import BadInput

_KEPT = 3
_PATIENCE = sa.text("SET LOCAL idle_in_transaction_session_timeout TO '10min'")
_kept: OrderedDict[tuple[UUID, UUID], "Reading"] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True, slots=True)
class Reading:
    """The records of a file behind those that are put away, and where they are put."""

    file: IO[bytes]
    entries: Iterator[Entry]
    stage: Stage


def fetched(scope: Scope, file_id: UUID) -> tuple[str, IO[bytes]]:
    """Name and content of a file in sight, as a file of this machine; BadInput where it is not there (yet)."""
    file = file_in_sight(scope, file_id)
    if file is None:
        raise BadInput("There is no such file in your sight.", path=("fileId",))
    if file.state is not FileState.READY or file.blob is None:
        raise BadInput(
            f"The file is {file.state.value}: only one that is ready can be imported.",
            remedy="Send it to its uploadUrl first.",
            path=("fileId",),
        )
    scope.session.execute(_PATIENCE)  # it is fetched, decoded, and read up to where an import stood, in silence
    here = tempfile.TemporaryFile()  # noqa: SIM115  # closed by whoever reads it
    for piece in file_store().pieces(key_of(scope.tenant, file.blob), 0, file.size):
        here.write(piece)
    return file.name, cast(IO[bytes], here)


def reading_of(scope: Scope, run: Any, done: int) -> Reading:
    """The file of a run behind its first `done` records; BadInput where it is gone or cannot be read."""
    with _lock:
        found = _kept.get((scope.tenant.id, run.id))
    if found is not None and found.stage.done == done:
        return found
    if run.file_id is None:
        raise BadInput("The file is gone with the command that read it.", remedy="Start the import again.")
    mapping = Mapping.model_validate(run.mapping)
    _, file = fetched(scope, run.file_id)
    with closed_if_refused(file):
        content = content_of(file, manner_of(mapping))
        reading = Reading(file, content.entries, Stage(run.id, plan_for(mapping, content.header)))
        reading.stage.skip(islice(content.entries, done))
    keep(scope, run.id, reading)
    return reading


@contextmanager
def told_of_file() -> Iterator[None]:
    """What is wrong with the content of a file is wrong with `fileId`, which is all that was given of it."""
    try:
        yield
    except BadInput as wrong:
        if wrong.path[:1] == ("csv",):
            wrong.path = ("fileId",)
        raise


@contextmanager
def closed_if_refused(file: IO[bytes]) -> Iterator[None]:
    """Closes the file where what is done with it fails."""
    try:
        yield
    except BaseException:
        file.close()
        raise


def keep(scope: Scope, run_id: UUID, reading: Reading) -> None:
    """Keep a file open for the next step of the run in this process."""
    drop(scope, run_id)
    with _lock:
        _kept[scope.tenant.id, run_id] = reading
        gone = [_kept.popitem(last=False)[1] for _ in range(len(_kept) - _KEPT)]
    for each in gone:
        each.file.close()


def drop(scope: Scope, run_id: UUID) -> None:
    """Close the file of a run that needs it no longer."""
    with _lock:
        gone = _kept.pop((scope.tenant.id, run_id), None)
    if gone is not None:
        gone.file.close()
