"""Text as it is compared: without case, width and accents."""

import unicodedata
from functools import lru_cache
from typing import Literal

_SHORT = 1_000  # characters
_MOST_ACCENTS = 30  # on one letter, as Unicode's stream-safe format has it; no language comes near


def normal(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
    """`text` in this normal form of Unicode; of a long one, no more accents on a letter than any language has.

    To bring accents into their order takes a time that grows with the square of their number: for a megabyte of them,
    minutes in which the whole process stands still.
    """
    if len(text) <= _SHORT or text.isascii():
        return unicodedata.normalize(form, text)
    kept, run = [], 0
    for char in text:
        run = run + 1 if unicodedata.combining(unicodedata.normalize("NFD", char)[0]) else 0
        if run <= _MOST_ACCENTS:
            kept.append(char)
    return unicodedata.normalize(form, "".join(kept))


@lru_cache(maxsize=2048)  # one write asks it of the same text for comparing, ordering, searching and duplicates
def fold(text: str) -> str:
    """`text` without case, width and accents, for comparing: "Ｃafé" and "CAFE" fold alike."""
    if text.isascii():  # most texts; the rest of the work would change nothing
        return " ".join(text.lower().split())
    decomposed = normal("NFKD", text.casefold())
    stripped = "".join(char for char in decomposed if not unicodedata.combining(char))
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
