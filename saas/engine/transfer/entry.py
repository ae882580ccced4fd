"""A file as rows of texts, whatever its form: a header, and numbered records with what is wrong with them."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from saas.kit.errors import BadInput

MAX_COLUMNS = 1_000
MAX_CELL = 131_072  # characters


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of the file and the line on which it begins; `wrong` says why its cells, if any, cannot be used."""

    line: int
    cells: tuple[str, ...]
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """A file that is open: the names of its columns, and its records as they are read, once."""

    header: tuple[str, ...]
    entries: Iterator[Entry]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The beginning of a file, or all of a small one."""

    header: tuple[str, ...]
    entries: tuple[Entry, ...]


def sheet_of(content: Content, first: int | None = None) -> Sheet:
    """The first records, or all; BadInput where there is none."""
    entries = tuple(islice(content.entries, first))
    if not entries:
        raise rowless()
    return Sheet(content.header, entries)


def rowless() -> BadInput:
    """That there is nothing to import."""
    return BadInput("The file has a header and no rows below it.", path=("csv",))


def checked_header(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names of the columns; BadInput where there are too many to be meant."""
    if len(names) > MAX_COLUMNS:
        raise BadInput(
            f"The file has {len(names):,} columns; at most {MAX_COLUMNS:,} are read.",
            remedy="Leave out those that are not imported.",
            path=("csv",),
        )
    return names


def fitted(entry: Entry, width: int) -> Entry:
    """The record with exactly as many cells as the header; empty ones too many do no harm."""
    number = len(entry.cells)
    if entry.wrong or number == width:
        return entry
    if number > width and not any(cell.strip() for cell in entry.cells[width:]):
        return Entry(entry.line, entry.cells[:width])
    return Entry(entry.line, entry.cells, f"The line has {number} cells, the header has {width}.")
