"""The file that an export becomes: its creator's alone, and removed after some days like every file that is loose."""

from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from saas.engine.export.sink import Sink
from saas.engine.export.wish import ExportFormat, Wish
from saas.engine.files.file import FileState, key_of
from saas.engine.files.job import look_after
from saas.engine.files.tables import file as file_table
from saas.engine.registry import object_named
from saas.engine.scope import Scope
from saas.engine.text_search import grams
from saas.gateways.files import file_store
from saas.kit import clock, ids
from saas.kit.text import fold

_FORMS = {
    ExportFormat.CSV: ("csv", "text/csv"),
    ExportFormat.XLSX: ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ExportFormat.JSON_LINES: ("jsonl", "application/jsonl"),
}


def keep_file(scope: Scope, object_name: str, wish: Wish, sink: Sink) -> tuple[UUID, UUID]:
    """Keep what was written, whole, and write down the file; the name of its content and its id.

    Unavailable where the store does not take it.
    """
    blob, file_id = ids.new_id(ids.FILE), ids.new_id(ids.FILE)
    sink.keep(key_of(scope.tenant, blob))
    ending, kind = _FORMS[wish.format]
    now = clock.now()
    plural = object_named(object_name).record.facts.plural.in_language(wish.language)
    name = f"{plural} {now.astimezone(ZoneInfo(scope.time_zone)):%Y-%m-%d %H%M}.{ending}"
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


def remove_content(scope: Scope, blob: UUID, file_id: UUID) -> None:
    """Take it back. Unavailable where the store does not answer."""
    scope.session.execute(sa.delete(file_table).where(file_table.c.id == file_id))
    file_store().remove(key_of(scope.tenant, blob))
