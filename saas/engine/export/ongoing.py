"""Exports under way in this process: each has a transaction that reads and a file that is written.

The chunks of its job come back to it here. A process that finds nothing begins anew: a file is whole or is not there.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from threading import Lock
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from saas.engine.export.cells import Manner, columns_of, title_column
from saas.engine.export.csv_file import CsvFile
from saas.engine.export.json_lines_file import JsonLinesFile
from saas.engine.export.permitted import check_permitted
from saas.engine.export.statement import Content, content_of, needs_title, query_of
from saas.engine.export.wish import ExportFormat, Wish
from saas.engine.export.writer import Layout, Writer
from saas.engine.export.xlsx_file import XlsxFile
from saas.engine.files.sink import Sink
from saas.engine.registry import ObjectType
from saas.engine.scope import Scope, open_scope
from saas.gateways.files import file_store
from saas.tenants.waiting import stream_raw

BATCH = 1000  # records that are in memory at a time
_FORGOTTEN_AFTER = 60.0  # by then Postgres has ended the transaction of an export that nobody goes on with
Key = tuple[UUID, UUID]


class Ongoing:
    """One export: made by the person's rights at its beginning, in one consistent view of the data."""

    def __init__(self, scope: Scope, one: ObjectType, wish: Wish) -> None:
        self.rows, self.used_at = 0, time.monotonic()
        self._resources = ExitStack()
        try:
            reader = self._resources.enter_context(open_scope(scope.tenant, scope.actor_id, write=False))
            check_permitted(reader, one, wish.format)
            content = content_of(reader, one, wish)
            query = query_of(reader, content, wish)
            batches = stream_raw(reader.session, query.sql, query.values, BATCH)
            self._batches: Iterator[Sequence[tuple[Any, ...]]] = self._resources.enter_context(closing(batches))
            incoming = file_store().incoming()
            self._resources.callback(incoming.drop)
            self.sink = Sink(incoming)
            self._writer = self._writer_of(reader, content, wish)
            self._resources.callback(self.sink.give_up)
        except BaseException:
            self.close()
            raise

    def write_for(self, seconds: float) -> bool:
        """Write records for so long; True where it was the last. Unavailable where there is no room for them."""
        until = time.monotonic() + seconds
        for batch in self._batches:
            self._writer.add([told for (told,) in batch])
            self.rows += len(batch)
            self.used_at = time.monotonic()
            if self.used_at > until:
                return False
        self._writer.end()
        self.sink.flush()
        return True

    def close(self) -> None:
        """End the transaction; what is not kept yet is gone."""
        self._resources.close()

    def _writer_of(self, reader: Scope, content: Content, wish: Wish) -> Writer:
        if wish.format is ExportFormat.JSON_LINES:
            return JsonLinesFile(self.sink)
        layout = _layout(reader, content, wish)
        if wish.format is ExportFormat.XLSX:
            return XlsxFile(self.sink, layout, self._resources)
        return CsvFile(self.sink, layout, wish.language)


def _layout(reader: Scope, content: Content, wish: Wish) -> Layout:
    manner = Manner(wish.language, wish.codes, ZoneInfo(reader.time_zone))
    one, columns = content.one, columns_of(content.fields, manner)
    name = manner.words(one.record.facts.plural)
    if content.lines is None:
        return Layout(name, columns)
    line = content.lines.one.record.facts
    before = f"{manner.words(line.label)}: " if wish.format is ExportFormat.CSV else ""
    whose = title_column(one, manner, by_title=needs_title(reader, content, wish))
    return Layout(name, columns, manner.words(line.plural), columns_of(content.lines, manner, before), whose)


_ongoing: dict[Key, Ongoing] = {}
_lock = Lock()


def ongoing(key: Key) -> Ongoing | None:
    """The export of a tenant's run, where this process is at it."""
    with _lock:
        return _ongoing.get(key)


def keep_going(key: Key, export: Ongoing) -> None:
    """Have the next chunk find it here; what nobody went on with for long is let go."""
    with _lock:
        _ongoing[key] = export
        forgotten = [each for each, other in _ongoing.items() if time.monotonic() - other.used_at > _FORGOTTEN_AFTER]
        lost = [_ongoing.pop(each) for each in forgotten]
    for each in lost:
        each.close()


def drop(key: Key) -> None:
    """Let go of it, if it is here."""
    with _lock:
        export = _ongoing.pop(key, None)
    if export is not None:
        export.close()
