"""Text as it is compared: without case, width and accents."""

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=8192)  # one write asks it of the same text for comparing, ordering, searching and duplicates
def fold(text: str) -> str:
    """`text` without case, width and accents, for comparing: "Ｃafé" and "CAFE" fold alike."""
    if text.isascii():  # most texts; the rest of the work would change nothing
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    stripped = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(unicodedata.normalize("NFKC", stripped).casefold().split())


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
