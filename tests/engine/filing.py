"""Files that are there, without any content, for tests of who sees which."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.file_tables import attachment
from saas.engine.file_tables import file as file_table
from saas.engine.scope import Scope
from saas.engine.stored_file import FileState
from saas.engine.text_search import grams
from saas.kit import clock, ids
from saas.kit.text import fold


def filed(scope: Scope, name: str, *records: UUID, by: UUID | None = None, **values: Any) -> UUID:
    """A file with this name that hangs on these records; `by` is who made it."""
    id_, now = ids.new_id(ids.FILE), clock.now()
    row = {
        "id": id_,
        "name": name,
        "name_folded": fold(name),
        "search_grams": sorted(grams(name)),
        "size": 3,
        "type": "text/plain",
        "state": FileState.READY,
        "created_by": by or scope.actor_id,
        "created_at": now,
        "expires_at": now,
        **values,
    }
    scope.session.execute(sa.insert(file_table).values(row))
    for record in records:
        hung = {"record_id": record, "file_id": id_, "attached_by": scope.actor_id, "attached_at": now}
        scope.session.execute(sa.insert(attachment).values(hung))
    return id_
