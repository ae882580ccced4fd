"""An Excel workbook as a header and records, read piece by piece: a large sheet needs no more memory than a small one.

Cells are the texts that a CSV file would have: numbers with the 15 digits that Excel counts with, dates and moments
as ISO 8601 writes them. Formulas are never computed: what Excel computed last is what is read.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import IO

from saas.engine.transfer.entry import Content, Entry, checked_header, fitted
from saas.engine.transfer.sheet import MAX_LINE
from saas.engine.transfer.xlsx_book import Book, opened_book
from saas.engine.transfer.xlsx_parts import Cell, Row, cells_of, refused
from saas.engine.transfer.xlsx_styles import Shown

_MIDNIGHT = re.compile(r"T00:00(:00(\.0+)?)?Z?$")  # of a day that is written as a moment
_FIRST_DAYS = {False: datetime(1899, 12, 30), True: datetime(1904, 1, 1)}  # noqa: DTZ001  # a sheet knows no zone


def xlsx_content(file: IO[bytes], sheet: str | None = None) -> Content:
    """Header and records of a sheet, the first that is not hidden where none is named; BadInput where there is none."""
    with _readable():
        book = opened_book(zipfile.ZipFile(file), sheet)
    rows = _rows(book)
    first = next(rows, None)
    if first is None:
        raise refused("The sheet is empty.", "Its first row names the columns.")
    if first.wrong:
        raise refused(f"The header cannot be read: {first.wrong}", "The first row names the columns.")
    header = tuple(name.strip() for name in first.cells)
    while header and not header[-1]:
        header = header[:-1]
    names = checked_header(header)
    return Content(names, (fitted(_padded(entry, len(names)), len(names)) for entry in rows))


@contextmanager
def _readable() -> Iterator[None]:
    """What zip files and their parts are refused with, as our own error."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise refused(f"This is no Excel workbook that can be read ({error}).", "Save it as .xlsx again.") from None


def _padded(entry: Entry, width: int) -> Entry:
    """Empty cells at the end of a row are not in the file."""
    missing = width - len(entry.cells)
    return Entry(entry.line, entry.cells + ("",) * missing, entry.wrong) if missing > 0 else entry


def _rows(book: Book) -> Iterator[Entry]:
    """All rows but the empty ones."""
    for line, cells in _all_cells(book):
        texts: list[str] = []
        wrong = ""
        size = 0
        for place, cell in cells:
            texts += [""] * (place - len(texts))
            text, error = _text(book, cell)
            size += len(text)
            if size > MAX_LINE:
                texts, wrong = [], f"The row has more than {MAX_LINE:,} characters."
                break
            texts.append(text)
            wrong = wrong or error
        if wrong or any(text.strip() for text in texts):
            yield Entry(line, tuple(texts), wrong)


def _all_cells(book: Book) -> Iterator[Row]:
    with _readable():
        yield from cells_of(book.sheet())


def _text(book: Book, cell: Cell) -> tuple[str, str]:
    """The text of a cell, and what is wrong with it."""
    value = cell.text
    match cell.kind:
        case "s":
            number = int(value) if value.strip().isascii() and value.strip().isdigit() else -1
            if not 0 <= number < len(book.texts):
                return "", "A cell refers to a text that is not in the file."
            return book.texts[number], ""
        case "inlineStr" | "str":
            return value, ""
        case "b":
            return ("true" if value.strip() == "1" else "false"), ""
        case "e":
            return "", f"A cell holds the error {value}."
        case "d":
            return _MIDNIGHT.sub("", value.strip()), ""
        case _:
            return _number(book, cell.style, value.strip())


def _number(book: Book, style: int, text: str) -> tuple[str, str]:
    shown = book.styles.get(style, Shown.NUMBER)
    if not text or (shown is Shown.NUMBER and text.isdecimal() and text.isascii() and len(text) <= 15):
        return text, ""
    try:
        value = float(text)
        plain = f"{Decimal(format(value, '.15g')):f}"
        if shown is Shown.PERCENT:
            return f"{Decimal(format(value * 100, '.15g')):f}%", ""
        return (_moment(value, book.since_1904) if shown is Shown.DATE else plain), ""
    except (ValueError, ArithmeticError):
        what = "day that a sheet can hold" if shown is Shown.DATE else "number"
        return "", f"A cell holds {text[:30]}, which is no {what}."


def _moment(days: float, since_1904: bool) -> str:
    """A day, a moment, or a time of the day; Excel counts days, and takes 1900 for a leap year."""
    if days < 0:
        raise ValueError("before the first day")
    if not since_1904 and 1 <= days < 60:
        days += 1
    seconds = round(days * 86_400)
    moment = _FIRST_DAYS[since_1904] + timedelta(seconds=seconds)
    if days < 1:
        return moment.strftime("%H:%M:%S")
    return moment.date().isoformat() if seconds % 86_400 == 0 else moment.isoformat(" ")
