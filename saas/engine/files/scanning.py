"""A file that was sent is ready only after whoever looks for viruses has said that it is clean."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.file_tables import file as file_table
from saas.engine.files.quota import give_back
from saas.engine.scope import Scope
from saas.engine.stored_file import FileState, file_of, key_of
from saas.gateways.files import file_store
from saas.gateways.scanner import scanner


def scan(scope: Scope, file_id: UUID) -> UUID | None:
    """Have it looked through, and note what was said; the content that is to go, where something was found.

    Unavailable while nobody can tell.
    """
    mine = file_table.c.id == file_id
    waiting = (mine, file_table.c.state == FileState.PENDING, file_table.c.blob.is_not(None))
    row = scope.session.execute(sa.select(file_table).where(*waiting).with_for_update()).one_or_none()
    if row is None:
        return None
    file, by = file_of(row._mapping), scanner()
    found = None
    if by is not None and file.blob is not None:
        found = by.verdict(file_store().pieces(key_of(scope.tenant, file.blob), 0, file.size))
    if found is None:
        values: dict[str, Any] = {"state": FileState.READY}
    else:
        reason = f"It was refused because of what was found in it: {found[:200]}."
        values = {"state": FileState.REFUSED, "reason": reason, "blob": None}
        give_back(scope, file.size, 0)
    scope.session.execute(sa.update(file_table).where(mine).values(**values))
    return None if found is None else file.blob
