"""A file of any form that is understood, told by its content: a workbook begins with PK, JSON Lines with a brace."""

import io
from dataclasses import dataclass
from typing import IO, Any, TextIO

from saas.engine.transfer.decode import encoding_of
from saas.engine.transfer.entry import Content
from saas.engine.transfer.json_lines import json_lines_content
from saas.engine.transfer.mapping import Mapping
from saas.engine.transfer.sheet import csv_content
from saas.engine.transfer.xlsx import xlsx_content
from saas.kit.errors import BadInput

_BUFFER = 256 * 1024  # bytes
_HEAD = 1_000  # characters
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Manner:
    """How a file is to be read where it does not tell itself; `lines`: the list of a document's lines in JSON Lines."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    lines: str | None = None


def manner_of(mapping: Mapping) -> Manner:
    """What the mapping says about it."""
    lines = mapping.lines.list if mapping.lines else None
    return Manner(mapping.encoding, mapping.delimiter, mapping.sheet, lines)


def content_of(file: IO[bytes], manner: Manner) -> Content:
    """The file as header and records, read as they are asked for; BadInput says why it cannot be read.

    Whoever opened the file keeps it open until the last record is read.
    """
    file.seek(0)
    head = file.read(4)
    if head == _ZIP:
        file.seek(0)
        return xlsx_content(file, manner.sheet)
    if head == _OLE:
        raise BadInput(
            "This is an old Excel workbook, or one that is protected by a password.",
            remedy="Save it as .xlsx without a password, or as CSV UTF-8.",
            path=("csv",),
        )
    encoding = encoding_of(file, manner.encoding)
    return text_content(io.TextIOWrapper(io.BufferedReader(_Lent(file), _BUFFER), encoding, newline=""), manner)


class _Lent(io.RawIOBase):
    """The file, to be read through a wrapper that does not close it: whoever opened it does."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._file.seek(offset, whence)

    def readinto(self, buffer: Any, /) -> int:
        piece = self._file.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


def text_content(text: TextIO, manner: Manner) -> Content:
    """The same of a text: CSV or JSON Lines."""
    text.seek(0)
    head = text.read(_HEAD).removeprefix("\ufeff").lstrip()
    text.seek(0)
    if head.startswith("{"):
        return json_lines_content(text, manner.lines)
    return csv_content(text, manner.delimiter)
