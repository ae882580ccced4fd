"""The encoding of a file, whichever of the usual ones it has."""

import codecs
import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import IO

from saas.engine.transfer.sheet import nul_in
from saas.kit.errors import BadInput

PIECE = 1024 * 1024
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_COMMON_HAN = 0.9
_HALF = re.compile("[\ud800-\udfff]")


def decode(content: bytes, encoding: str | None = None) -> str:
    """The text of `content`, without a mark at its beginning; BadInput as `encoding_of`."""
    return content.decode(encoding_of(io.BytesIO(content), encoding)).removeprefix("\ufeff")


def encoding_of(file: IO[bytes], encoding: str | None = None) -> str:
    """What the whole file can be decoded by; read piece by piece, and set back to its beginning.

    Without a named encoding UTF-8 and what Chinese Excel writes (GB 18030) are recognised. BadInput names the line
    of a byte that is in none of them, and of a NUL character.
    """
    file.seek(0)
    head = file.read(4)
    named = encoding or next((name for mark, name in _BYTE_ORDER_MARKS.items() if head.startswith(mark)), None)
    try:
        if named is not None:
            return _as_named(file, named)
        try:
            _read(file, "utf-8")
            return "utf-8"
        except _Broken as broken:
            if _is_chinese(file):
                return "gb18030"
            raise broken.told("neither UTF-8 nor GB 18030") from None
    finally:
        file.seek(0)


class _Broken(Exception):
    """Bytes that the encoding does not have."""

    def __init__(self, byte: int, line: int) -> None:
        super().__init__()
        self.byte = byte
        self.line = line

    def told(self, what: str) -> BadInput:
        return BadInput(
            f"The file is {what}: byte 0x{self.byte:02x} in line {self.line}.",
            remedy="Save it as CSV UTF-8, or name its encoding in the mapping, such as `encoding: cp1252`.",
            path=("csv",),
        )


def _as_named(file: IO[bytes], encoding: str) -> str:
    try:
        "a".encode(encoding)  # refuses codecs that make no text
        _read(file, encoding)
    except _Broken as broken:
        raise broken.told(f"no {encoding}") from None
    except (LookupError, ValueError):
        raise BadInput(
            f"There is no encoding {encoding!r}.",
            remedy="Usual ones are utf-8, gb18030, cp1252 and utf-16.",
            path=("mapping", "encoding"),
        ) from None
    return encoding


def _read(file: IO[bytes], encoding: str) -> None:
    for _ in _texts(file, encoding):
        pass


def _texts(file: IO[bytes], encoding: str) -> Iterator[str]:
    """The file decoded, piece by piece."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 0  # in what was decoded
    while True:
        piece = file.read(PIECE)
        try:
            text = decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            raise _Broken(error.object[error.start], lines + error.object.count(b"\n", 0, error.start) + 1) from None
        if "\0" in text:
            raise nul_in(lines + text.count("\n", 0, text.index("\0")) + 1)
        if not text.isascii() and (half := _HALF.search(text)):  # UTF-7 and the like can write them
            line = lines + text.count("\n", 0, half.start()) + 1
            raise BadInput(
                f"Line {line} holds half a character (a lone surrogate).",
                remedy="Save the file as CSV UTF-8.",
                path=("csv",),
            )
        lines += text.count("\n")
        yield text
        if not piece:
            return


def _is_chinese(file: IO[bytes]) -> bool:
    """As GB 18030, where what is not ASCII is nearly all common Han: Western bytes decode too, but to rare signs."""
    foreign = common = 0
    try:
        for text in _texts(file, "gb18030"):
            for char, number in Counter(text).items():
                if char > "\x7f":
                    foreign += number
                    common += number * _is_common(char)
    except _Broken:
        return False
    return common >= _COMMON_HAN * foreign


def _is_common(char: str) -> bool:
    try:
        return bool(char.encode("gb2312"))
    except UnicodeEncodeError:
        return False
