"""Small pictures of pictures, made when they are asked for, of no more pixels than a server can bear."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import IO

from PIL import Image, ImageOps

from saas.engine.stored_file import File
from saas.kit.errors import BadInput, NotFound

SIDES = (16, 1024)  # the least and the greatest longest side, in pixels
MOST_PIXELS = 40_000_000  # that are unpacked; a photograph is unpacked at an eighth of its size already
_MOST_READ = 400_000_000  # that are read for it, line by line
# The library's own limit looks at a picture before it is known how much of it will be unpacked.
Image.MAX_IMAGE_PIXELS = None
_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP"}
PICTURES = tuple(_FORMATS)  # the types of which there are previews


@dataclass(frozen=True, slots=True)
class Preview:
    """A small picture and its type."""

    type: str
    content: bytes


def has_preview(file: File) -> bool:
    """Whether it is a picture of a kind that can be made small."""
    return file.type in _FORMATS


def checked_side(side: int) -> int:
    """The longest side; BadInput where a preview may not have it."""
    least, most = SIDES
    if not least <= side <= most:
        raise BadInput(f"side is {side}; it may be {least} to {most}.", path=("side",))
    return side


def preview_of(file: File, pieces: Iterator[bytes], side: int) -> Preview:
    """The picture with this longest side, upright, without what a camera wrote into it; NotFound where it is broken."""
    with tempfile.TemporaryFile() as content:
        for piece in pieces:
            content.write(piece)
        content.seek(0)
        try:
            return _made_small(file, content, side)
        except (OSError, ValueError, SyntaxError) as error:  # all that broken bytes cause
            raise NotFound("This picture cannot be shown small.", remedy="Fetch it by its downloadUrl.") from error


def _made_small(file: File, content: IO[bytes], side: int) -> Preview:
    with Image.open(content, formats=[_FORMATS[file.type]]) as picture:
        # One that comes into focus step by step is in memory as a whole, at whatever size it is unpacked.
        is_whole = "progressive" in picture.info or "progression" in picture.info
        if picture.width * picture.height > (MOST_PIXELS if is_whole else _MOST_READ):
            raise ValueError
        picture.draft("RGB", (side * 2, side * 2))
        if picture.width * picture.height > MOST_PIXELS:
            raise ValueError
        picture.thumbnail((side, side))
        upright = ImageOps.exif_transpose(picture)
    is_opaque = upright.mode in ("L", "RGB", "CMYK", "YCbCr")
    small = BytesIO()
    if is_opaque:
        upright.convert("RGB").save(small, "JPEG", quality=82)
    else:
        upright.convert("RGBA").save(small, "PNG")
    return Preview("image/jpeg" if is_opaque else "image/png", small.getvalue())
