"""The text of a file, whichever of the usual encodings it has."""

import codecs

from saas.kit.errors import BadInput, TooLarge

MAX_BYTES = 20_000_000
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_COMMON_HAN = 0.9


def decode(content: bytes, encoding: str | None = None) -> str:
    """The text of `content`; without a named encoding UTF-8 and what Chinese Excel writes (GB 18030) are recognised."""
    if len(content) > MAX_BYTES:
        raise TooLarge(
            f"The file has {len(content):,} bytes; at most {MAX_BYTES:,} are read.", remedy="Split it into several."
        )
    if encoding is not None:
        return _as_named(content, encoding)
    for mark, named in _BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            return _as_named(content, named)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        chinese = _as_chinese(content)
        if chinese is not None:
            return chinese
        raise _broken(content, error, "neither UTF-8 nor GB 18030") from None


def _as_named(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise _broken(content, error, f"no {encoding}") from None
    except (LookupError, ValueError):
        raise BadInput(
            f"There is no encoding {encoding!r}.",
            remedy="Usual ones are utf-8, gb18030, cp1252 and utf-16.",
            path=("mapping", "encoding"),
        ) from None


def _as_chinese(content: bytes) -> str | None:
    """As GB 18030, where what is not ASCII is nearly all common Han: Western bytes decode too, but to rare signs."""
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        return None
    foreign = [char for char in text if char > "\x7f"]
    common = sum(_is_common(char) for char in foreign)
    return text if common >= _COMMON_HAN * len(foreign) else None


def _is_common(char: str) -> bool:
    try:
        return bool(char.encode("gb2312"))
    except UnicodeEncodeError:
        return False


def _broken(content: bytes, error: UnicodeDecodeError, what: str) -> BadInput:
    line = content.count(b"\n", 0, error.start) + 1
    return BadInput(
        f"The file is {what}: byte 0x{content[error.start]:02x} in line {line}.",
        remedy="Save it as CSV UTF-8, or name its encoding in the mapping, such as `encoding: cp1252`.",
        path=("csv",),
    )
