"""What becomes of files that nobody needs: marked first, then their contents go, then the rows.

So whatever is interrupted is done by the next run: a row never goes before its content, and a content that a crash left
without a row is found by its age.
"""

from datetime import timedelta
from itertools import islice
from uuid import UUID

import sqlalchemy as sa

from saas.engine.file_tables import attachment
from saas.engine.file_tables import file as file_table
from saas.engine.files.quota import give_back
from saas.engine.scope import Scope
from saas.engine.stored_file import FileState, folder_of, key_of
from saas.gateways.files import file_store
from saas.kit.settings import settings

_BATCH = 500
_STRAY_AFTER = timedelta(days=1)  # far longer than a content can be on its way to its row


def mark_overdue(scope: Scope) -> None:
    """Mark what was never sent in time, and what hung on nothing for as long as the settings allow."""
    row = file_table.c
    hangs = sa.exists().where(attachment.c.file_id == row.id)
    never_sent = sa.and_(row.state == FileState.PENDING, row.blob.is_(None), row.expires_at < scope.now)
    since = scope.now - timedelta(days=settings().loose_file_days)
    overdue = sa.or_(never_sent, sa.and_(row.loose_since < since, ~hangs))
    found = sa.select(row.id).where(row.removed_at.is_(None), overdue).with_for_update(skip_locked=True)
    mark = sa.update(file_table).where(row.id.in_(found.scalar_subquery())).values(removed_at=scope.now)
    scope.session.execute(mark)


def purge(scope: Scope) -> None:
    """Remove the contents of what is marked, then the rows. Unavailable where the store does not answer."""
    row = file_table.c
    marked = sa.select(row.id, row.blob, row.size, row.state).where(row.removed_at.is_not(None)).limit(_BATCH)
    marked = marked.with_for_update(skip_locked=True)
    size = files = 0
    while found := scope.session.execute(marked).all():
        for each in found:
            if each.blob is not None:
                file_store().remove(key_of(scope.tenant, each.blob))
        gone = [each.id for each in found]
        scope.session.execute(sa.delete(attachment).where(attachment.c.file_id.in_(gone)))
        scope.session.execute(sa.delete(file_table).where(row.id.in_(gone)))
        size += sum(each.size for each in found if each.state != FileState.REFUSED)
        files += len(found)
    if files:
        give_back(scope, size, files)


def discard(scope: Scope, blob: UUID) -> None:
    """Remove a content. Unavailable where the store does not answer."""
    file_store().remove(key_of(scope.tenant, blob))


def remove_strays(scope: Scope) -> None:
    """Remove contents, older than a day, that no file has."""
    store, before = file_store(), scope.now - _STRAY_AFTER
    store.tidy(before)
    found = store.keys(folder_of(scope.tenant), before)
    while keys := [*islice(found, _BATCH)]:
        blobs = {UUID(key.rpartition("/")[2]): key for key in keys}
        statement = sa.select(file_table.c.blob).where(file_table.c.blob.in_(blobs))
        known = set(scope.session.execute(statement).scalars())
        for blob, key in blobs.items():
            if blob not in known:
                store.remove(key)


def any_loose(scope: Scope) -> bool:
    """Whether a file will have to be looked after: one that was not sent yet, or hangs on nothing."""
    row = file_table.c
    waiting = sa.or_(row.state == FileState.PENDING, row.loose_since.is_not(None), row.removed_at.is_not(None))
    return scope.session.execute(sa.select(row.id).where(waiting).limit(1)).first() is not None


def any_file(scope: Scope) -> bool:
    """Whether the tenant has any file."""
    return scope.session.execute(sa.select(file_table.c.id).limit(1)).first() is not None
