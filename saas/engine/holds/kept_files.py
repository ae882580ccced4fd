"""What holds of files: the counters of the room they take, what hangs on records, and that the contents are there."""

import time

import sqlalchemy as sa

from saas.engine.file_tables import attachment, file_use
from saas.engine.file_tables import file as file_table
from saas.engine.invariants import REBUILD, Broken, NotLookedAt, Window, invariant, invariant_in_windows
from saas.engine.scope import Scope
from saas.engine.stored_file import FileState, key_of
from saas.gateways.files import file_store
from saas.kit.errors import Unavailable

_CONTENTS = 100  # files of which one look asks whether the content is there
_SECONDS = 60.0  # for the files of one look
_MISSING = ("FileNotFoundError", "NotFoundError")  # of a folder, of a bucket


@invariant("files_are_counted", remedy=REBUILD)
def files_are_counted(_scope: Scope) -> Broken:
    """What is counted of files, in bytes and in number, is what there is."""
    counted = sa.select(sa.func.sum(file_use.c.bytes).label("bytes"), sa.func.sum(file_use.c.files).label("files"))
    size = sa.func.sum(file_table.c.size).filter(file_table.c.state != FileState.REFUSED)
    there = sa.select(sa.func.coalesce(size, 0).label("bytes"), sa.func.count().label("files")).select_from(file_table)
    one, other = counted.subquery(), there.subquery()
    wrong = sa.or_(one.c.bytes != other.c.bytes, one.c.files != other.c.files)
    told = sa.func.concat(one.c.bytes, " bytes, ", one.c.files, " files")
    return sa.select(told.label("counted")).join_from(one, other, sa.true()).where(wrong)


@invariant_in_windows(
    "files_hang_or_are_loose", file_table.c.id, remedy="Attach the file to its record anew, or remove it."
)
def files_hang_or_are_loose(_scope: Scope, window: Window) -> Broken:
    """A file that is there hangs on a record, or it is known since when it hangs on none."""
    row = file_table.c
    hangs = sa.exists().where(attachment.c.file_id == row.id)
    told = sa.or_(row.loose_since.is_not(None), row.removed_at.is_not(None), hangs)
    return sa.select(row.id).where(window.of(row.id), ~told)


@invariant_in_windows(
    "attachments_have_files", attachment.c.record_id, remedy="Take the file off the record: its content is gone."
)
def attachments_have_files(_scope: Scope, window: Window) -> Broken:
    """What hangs on a record is a file that there is."""
    found = sa.select(file_table.c.id).where(file_table.c.id == attachment.c.file_id).limit(1)
    row = attachment.c
    return sa.select(row.record_id).where(window.of(row.record_id), found.scalar_subquery().is_(None))


@invariant_in_windows(
    "contents_are_kept",
    file_table.c.id,
    remedy="Bring the contents back from the backup of SAAS_FILES; the ids are those of files.",
    window=_CONTENTS,
    seconds=10,
)
def contents_are_kept(scope: Scope, window: Window) -> Broken:
    """The content of every file that may be fetched is in the store."""
    row = file_table.c
    asked = sa.select(row.id, row.blob).where(
        window.of(row.id), row.state == FileState.READY, row.removed_at.is_(None), row.blob.is_not(None), row.size > 0
    )
    files = scope.session.execute(asked).all()
    scope.session.rollback()  # the store may be slow; nothing of the database is needed any more
    until, gone = time.monotonic() + _SECONDS, []
    for each in files:
        if time.monotonic() > until:
            raise NotLookedAt(f"The store of files takes longer than {_SECONDS:.0f} s for {len(files)} files.")
        if not _is_kept(key_of(scope.tenant, each.blob)):
            gone.append(each.id)
    return gone


def _is_kept(key: str) -> bool:
    """Whether the store gives its first byte. NotLookedAt where it answers nothing at all."""
    try:
        return any(file_store().pieces(key, 0, 1))
    except Unavailable as error:
        if type(error.__cause__).__name__ in _MISSING:
            return False
        raise NotLookedAt(f"The store of files could not be asked: {error}") from error
