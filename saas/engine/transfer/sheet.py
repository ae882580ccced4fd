"""A CSV file as a header and numbered records, with what is wrong at a line kept beside it."""

import csv
from collections.abc import Iterator
from typing import TextIO

from saas.engine.transfer.entry import Content, Entry, checked_header, fitted
from saas.kit.errors import BadInput
from saas.kit.spreadsheets import as_meant

MAX_LINE = 4 * 1024 * 1024  # characters; more is in memory at no time
MAX_EMPTY = 1_000_000  # lines in a row: whoever reads on says nothing meanwhile, and would be taken for lost
_DELIMITERS = ",;\t|"
_UNCLOSED = "unexpected end of data"


def csv_content(text: TextIO, delimiter: str | None = None) -> Content:
    """Header and records by RFC 4180; BadInput where there is no table at all, else what is wrong with a record.

    `text` is at its beginning, can be set back to it, and leaves line ends alone.
    """
    first = _first(text)
    if first is None:
        raise BadInput("The file is empty.", remedy="Its first line names the columns.", path=("csv",))
    text.seek(0)
    entries = _entries(Lines(text), delimiter or _delimiter_of(first))
    header = next(entries, None)
    if header is None or header.wrong:
        raise BadInput(
            f"The header cannot be read: {header.wrong if header else 'there is none'}",
            remedy="The first line names the columns.",
            path=("csv",),
        )
    names = checked_header(tuple(name.strip() for name in header.cells))
    return Content(names, (fitted(entry, len(names)) for entry in entries))


def nul_in(line: int) -> BadInput:
    """That the file is none of text."""
    return BadInput(
        f"Line {line} holds a NUL byte: this is no CSV file.", remedy="Save it as CSV UTF-8.", path=("csv",)
    )


class Lines:
    """The lines of a text; those of one record, or without any, are bounded."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._number = self._size = self._empty = 0

    def record(self, *, is_empty: bool) -> None:
        """That the lines so far are a record, or none."""
        self._size = 0
        self._empty = self._empty + 1 if is_empty else 0
        if self._empty > MAX_EMPTY:
            raise BadInput(
                f"More than {MAX_EMPTY:,} empty lines end in line {self._number:,}.",
                remedy="Remove them and send the file again.",
                path=("csv",),
            )

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        line = self._text.readline(MAX_LINE)
        if not line:
            raise StopIteration
        self._number += 1
        self._size += len(line)
        if self._size > MAX_LINE or (len(line) == MAX_LINE and not line.endswith("\n")):
            raise BadInput(
                f"The row that ends in line {self._number:,}, or further on, has more than {MAX_LINE:,} characters.",
                remedy="Is a quotation mark not closed?",
                path=("csv",),
            )
        return line.removeprefix("\ufeff") if self._number == 1 else line


def _first(text: TextIO) -> str | None:
    """The first line that is not empty."""
    lines = Lines(text)
    for line in lines:
        if line.strip():
            return line
        lines.record(is_empty=True)
    return None


def _delimiter_of(first: str) -> str:
    """The one that cuts the first line into most columns; the comma where all cut alike."""
    try:
        return max(_DELIMITERS, key=lambda sign: len(next(csv.reader([first.rstrip("\r\n")], delimiter=sign), [])))
    except csv.Error:  # a cell too long: what is wrong with the line is told when it is read
        return _DELIMITERS[0]


def _entries(lines: Lines, delimiter: str) -> Iterator[Entry]:
    """All records but the empty ones."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines.record(is_empty=False)
            yield Entry(line, (), _explained(str(error), line, reader.line_num))
            continue
        is_filled = any(cell.strip() for cell in cells)
        lines.record(is_empty=not is_filled)
        if is_filled:
            yield Entry(line, tuple(map(as_meant, cells)))


def _explained(error: str, first: int, last: int) -> str:
    lost = f" Lines {first} to {last} were not read." if last > first else ""
    if error == _UNCLOSED:
        return f"A quotation mark is opened here and never closed.{lost}"
    if "field limit" in error:
        return f"A cell is longer than {csv.field_size_limit():,} characters: is a quotation mark not closed?{lost}"
    return f"This is no valid CSV ({error}): quotation marks inside a quoted cell are doubled.{lost}"
