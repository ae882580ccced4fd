"""The headers of a file that is fetched: it is saved and never shown, whatever it claims to be."""

import re
from collections.abc import Mapping
from urllib.parse import quote

from saas.engine.stored_file import File

_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
_GUARDED = {
    "content-security-policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "cache-control": "private, no-cache",
}
_PLAIN = re.compile(r"[^A-Za-z0-9 ._()-]")


def headers_of(file: File) -> dict[str, str]:
    """What every answer with this file carries; `nosniff` is the gate's."""
    return {
        **_GUARDED,
        "content-disposition": disposition(file.name),
        "etag": f'"{file.checksum}"',
        "accept-ranges": "bytes",
    }


def preview_headers(file: File, side: int) -> dict[str, str]:
    """What every answer with a preview carries; that was made here, so a page may show it."""
    return {**_GUARDED, "content-disposition": "inline", "etag": f'"{file.checksum}-{side}"'}


def disposition(name: str) -> str:
    """Under which name it is saved, for clients old and new (RFC 6266)."""
    plain = _PLAIN.sub("_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def wanted_part(headers: Mapping[str, str], file: File) -> tuple[int, int] | None:
    """From where up to where, without; None where the file has no such bytes. What is no single range is the whole."""
    whole = (0, file.size)
    match = _RANGE.fullmatch(headers.get("range", "").strip())
    if match is None or match[0] == "bytes=-" or headers.get("if-range", f'"{file.checksum}"') != f'"{file.checksum}"':
        return whole
    first, last = match.groups()
    if not first:
        start, end = max(0, file.size - int(last)), file.size
    else:
        start, end = int(first), min(int(last) + 1, file.size) if last else file.size
    if last and first and int(last) < int(first):
        return whole  # no range at all, says RFC 9110
    return (start, end) if start < end else None
