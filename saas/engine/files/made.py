"""A file that the program made: ready at once, its reader's alone, and removed after some days like every loose one."""

from uuid import UUID

import sqlalchemy as sa

from saas.engine.file_tables import file as file_table
from saas.engine.files.job import look_after
from saas.engine.files.names import made_name
from saas.engine.files.quota import give_back, take_anyway
from saas.engine.files.sink import Sink
from saas.engine.scope import Scope
from saas.engine.stored_file import FileState, key_of
from saas.engine.text_search import grams
from saas.gateways.files import file_store
from saas.kit import clock, ids
from saas.kit.text import fold


def keep_made(scope: Scope, name: str, kind: str, sink: Sink) -> tuple[UUID, UUID]:
    """Keep what was written, whole, and write down the file as the actor's; the name of its content and its id.

    Unavailable where the store does not take it.
    """
    name = made_name(name)
    blob, file_id, now = ids.new_id(ids.FILE), ids.new_id(ids.FILE), clock.now()
    sink.keep(key_of(scope.tenant, blob))
    take_anyway(scope, sink.size)
    scope.session.execute(
        sa.insert(file_table).values(
            id=file_id,
            name=name,
            name_folded=fold(name),
            search_grams=sorted(grams(name)),
            size=sink.size,
            type=kind,
            checksum=sink.checksum,
            state=FileState.READY,
            blob=blob,
            created_by=scope.actor_id,
            created_at=now,
            expires_at=now,
            loose_since=now,
        )
    )
    look_after(scope)
    return blob, file_id


def remove_made(scope: Scope, blob: UUID, file_id: UUID) -> None:
    """Take it back. Unavailable where the store does not answer."""
    gone = sa.delete(file_table).where(file_table.c.id == file_id).returning(file_table.c.size)
    give_back(scope, scope.session.execute(gone).scalar_one(), 1)
    file_store().remove(key_of(scope.tenant, blob))
