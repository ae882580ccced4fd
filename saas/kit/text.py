"""Text as it is compared: without case, width and accents."""

import unicodedata
from functools import lru_cache
from itertools import filterfalse, groupby
from typing import Literal

_FEW = 1_000  # accents that are brought into their order in no time
_MADE_OF_ACCENTS = "\u0f73\u0f75\u0f81"  # signs that are none themselves


def normal(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
    """`text` in this normal form of Unicode.

    The library brings the accents of a letter into their order in a time that grows with the square of their number:
    for a megabyte of them, minutes in which the whole process stands still. It is given very many in their order.
    """
    if len(text) > _FEW and not text.isascii() and sum(map(_is_accent, text)) > _FEW:
        text = _in_order("NFKD" if "K" in form else "NFD", text)
    return unicodedata.normalize(form, text)


def _in_order(form: Literal["NFD", "NFKD"], text: str) -> str:
    signs = (sign for char in text for sign in unicodedata.normalize(form, char))
    runs = groupby(signs, key=lambda sign: unicodedata.combining(sign) > 0)
    return "".join("".join(sorted(run, key=unicodedata.combining) if is_accents else run) for is_accents, run in runs)


def _is_accent(char: str) -> bool:
    return unicodedata.combining(char) > 0 or char in _MADE_OF_ACCENTS


@lru_cache(maxsize=8192)  # one write asks it of the same text for comparing, ordering, searching and duplicates
def fold(text: str) -> str:
    """`text` without case, width and accents, for comparing: "Ｃafé" and "CAFE" fold alike."""
    if text.isascii():  # most texts; the rest of the work would change nothing
        return " ".join(text.lower().split())
    decomposed = normal("NFKD", text.casefold())
    stripped = "".join(filterfalse(unicodedata.combining, decomposed))
    return " ".join(normal("NFKC", stripped).casefold().split())


@lru_cache(maxsize=4096)
def camel(name: str) -> str:
    """`close_on` as GraphQL spells it: `closeOn`."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def pascal(name: str) -> str:
    """`import_run` as a type is spelled: `ImportRun`."""
    return "".join(word.capitalize() for word in name.split("_"))


def snake(name: str) -> str:
    """`ImportRun` or `closeOn` as Python spells it: `import_run`, `close_on`."""
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name).lstrip("_")
