"""CSV as spreadsheets read it: UTF-8 with a mark at its beginning, RFC 4180, no cell that is taken for a formula."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from saas.engine.export.cells import Cell, Column, Find, Records
from saas.engine.export.writer import Layout, Told, records_in
from saas.engine.files.sink import Sink
from saas.kit.spreadsheets import all_harmless

BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # without it Excel takes Chinese for another encoding
_YES_NO = {"en": {True: "yes", False: "no", None: None}, "zh": {True: "是", False: "否", None: None}}
Row = tuple[Any, ...]


class CsvFile:
    """Lines below a record: its own cells are repeated on each of them."""

    def __init__(self, sink: Sink, layout: Layout, language: str) -> None:
        self._sink = sink
        self._finds = [_texts(each, language) for each in layout.columns]
        self._of_lines = None if layout.lines is None else [_texts(each, language) for each in layout.lines]
        sink.write(BYTE_ORDER_MARK)
        self._write([all_harmless([each.heading for each in (*layout.columns, *(layout.lines or ()))])])

    def add(self, told: Told) -> None:
        records = records_in(told)
        rows = _rows(self._finds, records)
        self._write(rows if self._of_lines is None else _with_lines(records, rows, self._of_lines))

    def end(self) -> None:
        """Nothing stands behind the last row."""

    def _write(self, rows: Iterable[Sequence[Any]]) -> None:
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\r\n").writerows(rows)
        self._sink.write(text.getvalue().encode())


def _rows(finds: Sequence[Find], records: Records) -> Iterator[Row]:
    return zip(*(find(records) for find in finds), strict=True)


def _with_lines(records: Records, rows: Iterator[Row], finds: Sequence[Find]) -> Iterator[Row]:
    lines = _rows(finds, [line for record in records for line in record["lines"]])
    nothing = (None,) * len(finds)
    for record, row in zip(records, rows, strict=True):
        for _ in record["lines"]:
            yield row + next(lines)
        if not record["lines"]:
            yield row + nothing


def _texts(column: Column, language: str) -> Find:
    """Finds the values as they are written; None is written as nothing."""
    find = column.find
    if column.cell is Cell.TEXT:
        return lambda records: all_harmless(find(records))
    if column.cell is Cell.TRUTH:
        words = _YES_NO[language]
        return lambda records: [words[value] for value in find(records)]
    return find
