"""What a file says that it is, and what its first bytes say: of known kinds the two must agree."""

import mimetypes
import re
from fnmatch import fnmatchcase

from saas.kit.errors import BadInput
from saas.kit.settings import settings

ANY = "application/octet-stream"
HEAD = 4096  # bytes that are looked at
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,120}")
_MARKUP = re.compile(rb"\s*(<!doctype\s+html|<html|<head|<body|<script|<iframe|<svg|<\?xml)", re.IGNORECASE)
_BOM = b"\xef\xbb\xbf"
_ZIP, _OLE = "application/zip", "application/x-ole-storage"
# The bytes at a place by which a kind is known.
_SIGNS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"BM", "image/bmp"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", _ZIP),
    (0, b"PK\x05\x06", _ZIP),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OLE),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"MZ", "application/x-msdownload"),
    (0, b"\x7fELF", "application/x-executable"),
    (4, b"ftyp", "video/mp4"),
    (0, b"OggS", "application/ogg"),
    (0, b"ID3", "audio/mpeg"),
)
_KNOWN = {kind for _, _, kind in _SIGNS} - {"application/ogg", "audio/mpeg", "video/mp4", "image/bmp", "image/tiff"}
# Kinds that are made of another one.
_MADE_OF = (
    ("application/vnd.openxmlformats-officedocument.*", _ZIP),
    ("application/vnd.oasis.opendocument.*", _ZIP),
    ("application/epub+zip", _ZIP),
    ("application/x-zip-compressed", _ZIP),
    ("application/msword", _OLE),
    ("application/vnd.ms-*", _OLE),
)
_SAME = {"image/jpg": "image/jpeg", "image/x-png": "image/png", "application/x-pdf": "application/pdf"}


def announced_type(name: str, given: str | None) -> str:
    """The type that a file is announced with; BadInput where that is none, or files of this type are not kept."""
    kind = (given or "").strip().lower().partition(";")[0].strip() or mimetypes.guess_type(name)[0] or ANY
    if not _TYPE.fullmatch(kind):
        raise BadInput(f"{kind[:60]!r} is no type.", remedy="Write it as `image/png`.", path=("type",))
    kind = _SAME.get(kind, kind)
    if reason := not_kept(kind):
        raise BadInput(reason, path=("type",))
    return kind


def not_kept(kind: str) -> str | None:
    """Why files of this type are not kept; None where they are."""
    allowed, refused = settings().file_types.split(), settings().file_types_refused.split()
    if any(fnmatchcase(kind, each) for each in refused) or not any(fnmatchcase(kind, each) for each in allowed):
        return f"Files of the type {kind} are not kept here."
    return None


def seen_type(head: bytes) -> str | None:
    """What the first bytes are, where that can be told."""
    for place, sign, kind in _SIGNS:
        if head.startswith(sign, place):
            return kind
    if found := _MARKUP.match(head.removeprefix(_BOM)):
        word = found[1].lower()
        return "image/svg+xml" if word == b"<svg" else "text/xml" if word == b"<?xml" else "text/html"
    return None


def settled_type(name: str, announced: str, head: bytes) -> tuple[str, str | None]:
    """The type by which a content is kept, and why it is refused (None: it is not).

    What name or type promise of a kind that is known by its first bytes must be true of them. What promises nothing
    gets the type that is seen. Markup that calls itself text stays text: it is only ever saved, never shown.
    """
    seen = seen_type(head)
    for promised in (announced, mimetypes.guess_type(name)[0] or ANY):
        base = _base(_SAME.get(promised, promised))
        if base in _KNOWN and seen != base:
            return announced, f"It says that it is {promised}, but its content is {seen or 'something else'}."
    if announced.startswith("text/") and (b"\0" in head or seen in _KNOWN):
        return announced, f"It says that it is {announced}, but its content is {seen or 'no text'}."
    kept = seen if announced == ANY and seen else announced
    return kept, not_kept(seen or kept) or not_kept(kept)


def _base(kind: str) -> str:
    return next((base for pattern, base in _MADE_OF if fnmatchcase(kind, pattern)), kind)
