"""Texts that spreadsheets would take for formulas: made harmless on their way out, and meant again on their way in."""

from collections.abc import Iterable

_SIGNS = frozenset(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))  # of full width, as typed in Chinese
_QUOTE = "'"
_QUOTED = tuple(f"{_QUOTE}{sign}" for sign in _SIGNS)


def all_harmless(texts: Iterable[str | None]) -> list[str | None]:
    """The texts, none of which a spreadsheet runs as a formula: a quote before it keeps it a text."""
    return [f"{_QUOTE}{text}" if text and text[0] in _SIGNS else text for text in texts]


def as_meant(cell: str) -> str:
    """The text of a cell without the quote that only keeps it from being a formula."""
    return cell.removeprefix(_QUOTE) if cell.startswith(_QUOTED) else cell
