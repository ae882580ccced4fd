"""A CSV file as a header and numbered records, with what is wrong at a line kept beside it."""

import csv
from collections.abc import Iterator
from typing import TextIO

from saas.engine.transfer.entry import Content, Entry, checked_header, fitted
from saas.kit.errors import BadInput
from saas.kit.spreadsheets import as_meant

MAX_LINE = 4 * 1024 * 1024  # characters; more is in memory at no time
_DELIMITERS = ",;\t|"
_UNCLOSED = "unexpected end of data"


def csv_content(text: TextIO, delimiter: str | None = None) -> Content:
    """Header and records by RFC 4180; BadInput where there is no table at all, else what is wrong with a record.

    `text` is at its beginning, can be set back to it, and leaves line ends alone.
    """
    first = next((line for line in _lines(text) if line.strip()), None)
    if first is None:
        raise BadInput("The file is empty.", remedy="Its first line names the columns.", path=("csv",))
    text.seek(0)
    entries = _entries(_lines(text), delimiter or _delimiter_of(first))
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


def _lines(text: TextIO) -> Iterator[str]:
    number = 0
    while line := text.readline(MAX_LINE):
        number += 1
        if len(line) == MAX_LINE and not line.endswith("\n"):
            raise BadInput(f"Line {number} has more than {MAX_LINE:,} characters.", path=("csv",))
        yield line.removeprefix("\ufeff") if number == 1 else line


def _delimiter_of(first: str) -> str:
    """The one that cuts the first line into most columns; the comma where all cut alike."""
    try:
        return max(_DELIMITERS, key=lambda sign: len(next(csv.reader([first.rstrip("\r\n")], delimiter=sign), [])))
    except csv.Error:  # a cell too long: what is wrong with the line is told when it is read
        return _DELIMITERS[0]


def _entries(lines: Iterator[str], delimiter: str) -> Iterator[Entry]:
    """All records but the empty ones."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Entry(line, (), _explained(str(error), line, reader.line_num))
            continue
        if any(cell.strip() for cell in cells):
            yield Entry(line, tuple(map(as_meant, cells)))


def _explained(error: str, first: int, last: int) -> str:
    lost = f" Lines {first} to {last} were not read." if last > first else ""
    if error == _UNCLOSED:
        return f"A quotation mark is opened here and never closed.{lost}"
    if "field limit" in error:
        return f"A cell is longer than {csv.field_size_limit():,} characters: is a quotation mark not closed?{lost}"
    return f"This is no valid CSV ({error}): quotation marks inside a quoted cell are doubled.{lost}"
