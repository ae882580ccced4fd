"""CSV as spreadsheets read it: UTF-8 with a mark at its beginning, RFC 4180, no cell that is taken for a formula."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from saas.engine.export.cells import Cell, Column
from saas.engine.export.sink import Sink
from saas.engine.export.writer import Layout, Told, records_in
from saas.kit.spreadsheets import harmless

BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # without it Excel takes Chinese for another encoding
_YES_NO = {"en": ("no", "yes"), "zh": ("否", "是")}
Write = Callable[[Mapping[str, Any]], str]


class CsvFile:
    """Lines below a record: its own cells are repeated on each of them."""

    def __init__(self, sink: Sink, layout: Layout, language: str) -> None:
        self._sink = sink
        self._writes = [_writes(each, language) for each in layout.columns]
        self._lines = None if layout.lines is None else [_writes(each, language) for each in layout.lines]
        sink.write(BYTE_ORDER_MARK)
        headings = [harmless(each.heading) for each in (*layout.columns, *(layout.lines or ()))]
        self._write(iter([headings]))

    def add(self, told: Told) -> None:
        self._write(self._plain(told) if self._lines is None else self._with_lines(told, self._lines))

    def end(self) -> None:
        """Nothing stands behind the last row."""

    def _plain(self, told: Told) -> Iterator[list[str]]:
        writes = self._writes
        for record in records_in(told):
            yield [write(record) for write in writes]

    def _with_lines(self, told: Told, writes: list[Write]) -> Iterator[list[str]]:
        for record in records_in(told):
            cells = [write(record) for write in self._writes]
            for line in record["lines"]:
                yield cells + [write(line) for write in writes]
            if not record["lines"]:
                yield cells + [""] * len(writes)

    def _write(self, rows: Iterator[list[str]]) -> None:
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\r\n").writerows(rows)
        self._sink.write(text.getvalue().encode())


def _writes(column: Column, language: str) -> Write:
    find = column.find
    if column.cell is Cell.TEXT:

        def write(record: Mapping[str, Any]) -> str:
            value = find(record)
            return harmless(value) if value else ""

        return write
    if column.cell is Cell.TRUTH:
        words = _YES_NO[language]
        return lambda record: "" if (value := find(record)) is None else words[value]
    return lambda record: "" if (value := find(record)) is None else str(value)
