"""One sheet of an XLSX file, row after row. There is no word for a formula here: a text is written as a text."""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol
from xml.sax.saxutils import escape

from saas.engine.export.cells import Cell, Column, Records
from saas.engine.export.xlsx_parts import DAY, HEADING, MOMENT, SHEET_ENDS, TEXT, sheet_begins
from saas.kit.errors import TooLarge

MAX_ROWS = 1_048_576
MAX_TEXT = 32_767
_EMPTY = "<c/>"  # rows and cells have no addresses: each follows the one before it
_EPOCH = date(1899, 12, 30)
_FIRST_DAY = "1900-03-01"  # before it Excel counts a day that never was
_DIGITS = 15  # what Excel keeps of a number
# What XML cannot hold, and what reads like the way in which that is written.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
Write = Callable[[Records], list[str]]


class Out(Protocol):
    """Where the sheet goes."""

    def write(self, data: bytes, /) -> object: ...


class Sheet:
    """Each row is made of a record for each group of columns: of a line's document, and of the line."""

    def __init__(self, out: Out, *columns: Iterable[Column]) -> None:
        self._out = out
        self._groups: list[list[Write]] = []
        self._rows = 1
        headings, number = "", 0
        for group in columns:
            writes = list[Write]()
            for column in group:
                headings += _text(column.heading, HEADING)
                writes.append(_writes(column))
                number += 1
            self._groups.append(writes)
        out.write(f"{sheet_begins(number)}<row>{headings}</row>".encode())

    def add(self, *groups: Records) -> None:
        """Add a row for the first record of each group, one for the second; TooLarge where a sheet holds no more."""
        written = [write(records) for writes, records in zip(self._groups, groups, strict=True) for write in writes]
        made = [f"<row>{''.join(cells)}</row>" for cells in zip(*written, strict=True)]
        self._rows += len(made)
        if self._rows > MAX_ROWS:
            raise TooLarge(
                f"A sheet holds {MAX_ROWS - 1:,} rows below its headings, and these are more.",
                remedy="Narrow the filter, or export as CSV or JSON Lines.",
            )
        self._out.write("".join(made).encode())

    def end(self) -> None:
        self._out.write(SHEET_ENDS.encode())


def _writes(column: Column) -> Write:
    find, write = column.find, _WRITES[column.cell]
    return lambda records: [_EMPTY if value is None else write(value) for value in find(records)]


def _text(value: str, style: int = TEXT) -> str:
    told = value if len(value) <= MAX_TEXT else f"{value[: MAX_TEXT - 1]}…"
    told = escape(_UNFIT.sub(_escaped, told))
    return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{told}</t></is></c>'


def _escaped(found: re.Match[str]) -> str:
    return f"_x{ord(found[0]):04X}_"


def _number(value: Any) -> str:
    told = str(value)
    digits = told.lstrip("-0.").replace(".", "")
    return f"<c><v>{told}</v></c>" if len(digits) <= _DIGITS else _text(told)


def _day(value: str) -> str:
    if value < _FIRST_DAY or len(value) > len(_FIRST_DAY):
        return _text(value)
    days = (date.fromisoformat(value) - _EPOCH).days
    return f'<c s="{DAY}"><v>{days}</v></c>'


def _moment(value: str) -> str:
    if value < _FIRST_DAY:
        return _text(value)
    moment = datetime.fromisoformat(value)
    days = (moment.date() - _EPOCH).days + (moment - datetime.combine(moment, time())) / timedelta(days=1)
    return f'<c s="{MOMENT}"><v>{days:.8f}</v></c>'


def _truth(value: bool) -> str:
    return f'<c t="b"><v>{value:d}</v></c>'


_WRITES: dict[Cell, Callable[[Any], str]] = {
    Cell.TEXT: _text,
    Cell.NUMBER: _number,
    Cell.DATE: _day,
    Cell.MOMENT: _moment,
    Cell.TRUTH: _truth,
}
