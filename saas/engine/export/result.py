"""The file that an export becomes."""

from uuid import UUID
from zoneinfo import ZoneInfo

from saas.engine.export.wish import ExportFormat, Wish
from saas.engine.files.made import keep_made
from saas.engine.files.sink import Sink
from saas.engine.registry import object_named
from saas.engine.scope import Scope
from saas.kit import clock

_FORMS = {
    ExportFormat.CSV: ("csv", "text/csv"),
    ExportFormat.XLSX: ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ExportFormat.JSON_LINES: ("jsonl", "application/jsonl"),
}


def keep_file(scope: Scope, object_name: str, wish: Wish, sink: Sink) -> tuple[UUID, UUID]:
    """Keep what was written, named by its object and the time; the name of its content and its id.

    Unavailable where the store does not take it.
    """
    ending, kind = _FORMS[wish.format]
    plural = object_named(object_name).record.facts.plural.in_language(wish.language)
    name = f"{plural} {clock.now().astimezone(ZoneInfo(scope.time_zone)):%Y-%m-%d %H%M}.{ending}"
    return keep_made(scope, name, kind, sink)
