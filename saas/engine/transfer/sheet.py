"""A CSV file as a header and numbered records, with what is wrong at a line kept beside it."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from saas.kit.errors import BadInput
from saas.kit.spreadsheets import as_meant

_DELIMITERS = ",;\t|"
_UNCLOSED = "unexpected end of data"


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of the file and the line on which it begins; `wrong` says why its cells, if any, cannot be used."""

    line: int
    cells: tuple[str, ...]
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    header: tuple[str, ...]
    entries: tuple[Entry, ...]


def read_sheet(text: str, delimiter: str | None = None) -> Sheet:
    """Header and records by RFC 4180; BadInput where there is no table at all, else what is wrong with a record."""
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise BadInput("The file is empty.", remedy="Its first line names the columns.", path=("csv",))
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise BadInput(
            f"Line {line} holds a NUL byte: this is no CSV file.", remedy="Save it as CSV UTF-8.", path=("csv",)
        )
    entries = _entries(text, delimiter or _delimiter_of(text))
    header = next(entries, None)
    if header is None or header.wrong:
        raise BadInput(
            f"The header cannot be read: {header.wrong if header else 'there is none'}",
            remedy="The first line names the columns.",
            path=("csv",),
        )
    names = tuple(name.strip() for name in header.cells)
    fitted = tuple(_fitted(entry, len(names)) for entry in entries)
    if not fitted:
        raise BadInput("The file has a header and no rows below it.", path=("csv",))
    return Sheet(names, fitted)


def _delimiter_of(text: str) -> str:
    """The one that cuts the first line into most columns; the comma where all cut alike."""
    first = text.lstrip("\r\n").splitlines()[0]
    try:
        return max(_DELIMITERS, key=lambda sign: len(next(csv.reader([first], delimiter=sign), [])))
    except csv.Error:  # a cell too long: what is wrong with the line is told when it is read
        return _DELIMITERS[0]


def _entries(text: str, delimiter: str) -> Iterator[Entry]:
    """All records but the empty ones."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
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


def _fitted(entry: Entry, width: int) -> Entry:
    """The record with exactly as many cells as the header; empty ones too many do no harm."""
    number = len(entry.cells)
    if entry.wrong or number == width:
        return entry
    if number > width and not any(cell.strip() for cell in entry.cells[width:]):
        return Entry(entry.line, entry.cells[:width])
    return Entry(entry.line, entry.cells, f"The line has {number} cells, the header has {width}.")
