"""Texts that spreadsheets would take for formulas: made harmless on their way out, and meant again on their way in."""

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # of full width, as typed in Chinese
_QUOTE = "'"
_QUOTED = tuple(f"{_QUOTE}{sign}" for sign in FORMULA_SIGNS)


def harmless(text: str) -> str:
    """The text, which no spreadsheet runs as a formula: a quote before it keeps it a text."""
    return f"{_QUOTE}{text}" if text.startswith(FORMULA_SIGNS) else text


def as_meant(cell: str) -> str:
    """The text of a cell without the quote that only keeps it from being a formula."""
    return cell.removeprefix(_QUOTE) if cell.startswith(_QUOTED) else cell
