"""The XML inside a workbook, parsed as it comes: cells row by row, texts, and the elements of the small parts."""

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO
from xml.parsers import expat

from saas.engine.transfer.entry import MAX_COLUMNS
from saas.kit.errors import BadInput

PIECE = 64 * 1024
MAX_ROWS = 1_048_576  # of a sheet, by Excel
_LONGEST = 131_072  # characters of one cell or text; Excel's own limit is 32,767
_MAX_TOKEN = 4 * 1024 * 1024  # bytes of one tag or comment: the parser keeps it whole
_MAX_ELEMENTS = 300_000  # of a small part, all of which are kept
_MAX_TEXTS = 4_000_000  # that cells share: more take longer to read than anybody waits
_MAX_EMPTY = 3_000_000  # cells and rows in a row without a text
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


@dataclass(slots=True)
class Cell:
    """What stands in a cell: its kind (`t` of ECMA-376, 18.3.1.4), the number of its style, its text."""

    kind: str = "n"
    style: int = 0
    text: str = ""


Row = tuple[int, list[tuple[int, Cell]]]


def refused(message: str, remedy: str = "") -> BadInput:
    """That the workbook cannot be read."""
    return BadInput(message, remedy=remedy, path=("csv",))


class _Parser:
    """Feeds expat; DTDs, and with them entities of one's own, are not part of workbooks."""

    def __init__(self) -> None:
        self._expat = expat.ParserCreate()
        self._expat.buffer_text = True
        self._expat.StartElementHandler = self._start
        self._expat.EndElementHandler = self._end
        self._expat.CharacterDataHandler = self._data
        self._expat.StartDoctypeDeclHandler = self._doctype
        self._taking = False
        self._parts: list[str] = []
        self._length = 0

    def read(self, part: IO[bytes]) -> Iterator[None]:
        """Yields after each piece, with what it held in the parser's own lists."""
        try:
            size = 0
            while piece := part.read(PIECE):
                self._expat.Parse(piece, False)
                size += len(piece)
                if size - self._expat.CurrentByteIndex > _MAX_TOKEN:
                    raise refused("The workbook is damaged: it holds a tag without an end.", "Save it again.")
                yield
            self._expat.Parse(b"", True)
        except (expat.ExpatError, LookupError, ValueError) as error:  # the latter of an encoding that it names
            raise refused(f"The workbook is damaged: {error}.", "Save it again.") from None
        yield

    def take(self) -> None:
        self._taking = True

    def taken(self) -> None:
        self._taking = False

    def text(self) -> str:
        """All that was taken since it was asked last; what a control character is written as is one again."""
        text, self._parts, self._length = "".join(self._parts), [], 0
        return _ESCAPED.sub(_unescaped, text) if "_x" in text else text

    def _doctype(self, *_: object) -> None:
        raise refused("The workbook holds a document type declaration.", "Save it with Excel again.")

    def _data(self, text: str) -> None:
        if self._taking:
            self._length += len(text)
            if self._length > _LONGEST:
                raise refused(f"The workbook holds a text of more than {_LONGEST:,} characters.")
            self._parts.append(text)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def _end(self, name: str) -> None:
        """An element ends."""


def _unescaped(found: re.Match[str]) -> str:
    """The character of `_x000D_`; NUL and half characters, which nobody can keep, stay as they are written."""
    char = chr(int(found[1], 16))
    return found[0] if char == "\0" or "\ud800" <= char <= "\udfff" else char


def _local(name: str) -> str:
    return name.rpartition(":")[2]


class _Cells(_Parser):
    """The cells of a sheet."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Row] = []
        self._line = 0
        self._place = -1
        self._cells: list[tuple[int, Cell]] = []
        self._cell: Cell | None = None
        self._inside = ""
        self._empty = 0

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = _local(name)
        if local == "c":
            self._place = _place(attributes.get("r", ""), self._place)
            self._cell = Cell(attributes.get("t", "n"), _digits(attributes.get("s", "")))
            self._count_empty()
        elif local == "row":
            self._count_empty()
            given = _digits(attributes.get("r", "")) or self._line + 1
            if not self._line < given <= MAX_ROWS:
                raise refused(f"The workbook is damaged: row {given} stands behind row {self._line}.", "Save it again.")
            self._line, self._place, self._cells = given, -1, []
        elif local == "rPh":
            self._inside = local
        elif self._cell is not None and local in ("v", "t") and not self._inside:
            self.take()

    def _end(self, name: str) -> None:
        local = _local(name)
        if local == "row":
            if self._cells:
                self.rows.append((self._line, self._cells))
        elif self._cell is None:
            return
        elif local == "c":
            self._cell.text = self.text()
            if self._cell.text:
                self._empty = 0
                if self._place >= MAX_COLUMNS:
                    raise refused(
                        f"Row {self._line} has a cell in column {self._place + 1:,}; at most {MAX_COLUMNS:,} are read.",
                        "Leave out the columns that are not imported.",
                    )
                self._cells.append((self._place, self._cell))
            self._cell = None
        elif local == "rPh":
            self._inside = ""
        elif local in ("v", "t") and not self._inside:
            self.taken()

    def _count_empty(self) -> None:
        self._empty += 1
        if self._empty > _MAX_EMPTY:
            raise refused(
                f"The sheet has more than {_MAX_EMPTY:,} empty cells and rows up to row {self._line:,}.",
                "Remove what is formatted only, or save the sheet as CSV.",
            )


def cells_of(sheet: IO[bytes]) -> Iterator[Row]:
    """The rows of a sheet by number, each with its cells that are not empty by place, counted from 0."""
    parser = _Cells()
    for _ in parser.read(sheet):
        rows, parser.rows = parser.rows, []
        yield from rows


class Texts:
    """Texts by number, as bytes beside each other: of many short ones the strings would be larger than the file."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ends = array("I", [0])

    def append(self, text: str) -> None:
        self._bytes += text.encode()
        self._ends.append(len(self._bytes))

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, number: int) -> str:
        return self._bytes[self._ends[number] : self._ends[number + 1]].decode()


class _Texts(_Parser):
    """The texts that cells share; of what is read aloud for a text (`rPh`) nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.texts = Texts()
        self._inside = ""

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        local = _local(name)
        if local == "rPh":
            self._inside = local
        elif local == "t" and not self._inside:
            self.take()

    def _end(self, name: str) -> None:
        local = _local(name)
        if local == "si":
            if len(self.texts) == _MAX_TEXTS:
                raise refused(f"The workbook has more than {_MAX_TEXTS:,} different texts.", "Save the sheet as CSV.")
            self.texts.append(self.text())
        elif local == "rPh":
            self._inside = ""
        elif local == "t" and not self._inside:
            self.taken()


def texts_of(part: IO[bytes]) -> Texts:
    """The shared texts in their order."""
    parser = _Texts()
    for _ in parser.read(part):
        pass
    return parser.texts


class _Elements(_Parser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.found) == _MAX_ELEMENTS:
            raise refused(f"A part of the workbook has more than {_MAX_ELEMENTS:,} elements.", "Save it again.")
        self.found.append((_local(name), {_local(key): value for key, value in attributes.items()}))


def elements_of(part: IO[bytes]) -> list[tuple[str, dict[str, str]]]:
    """All elements of a small part, by local name with their attributes."""
    parser = _Elements()
    for _ in parser.read(part):
        pass
    return parser.found


def _digits(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _place(reference: str, last: int) -> int:
    """The column of a cell such as `BC12`, counted from 0; without a reference the next one."""
    place = 0
    for char in reference[:4].upper():  # three letters at most
        if not "A" <= char <= "Z":
            break
        place = place * 26 + ord(char) - ord("A") + 1
    if place == 0:
        return last + 1
    if not last < place - 1 < 16_384:
        raise refused(f"The workbook is damaged: the cell {reference[:20]} is out of order.", "Save it again.")
    return place - 1
