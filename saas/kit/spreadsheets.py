"""Texts that spreadsheets would take for formulas: a quote before them keeps them texts (OWASP, CSV injection).

It is taken off again where such a file is read, so that what was written and read is what it was: a text that begins
with quotes and a sign gets one more.
"""

import re
from collections.abc import Iterable

_FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")  # those of full width, too, as typed in Chinese
_BEGINS = frozenset("'=+-@\t\r＝＋－＠")


def harmless(text: str) -> str:
    """The text as no spreadsheet runs it."""
    return f"'{text}" if text and text[0] in _BEGINS and _FORMULA.match(text) else text


def all_harmless(texts: Iterable[str | None]) -> list[str | None]:
    """The same of many, of which some are missing."""
    return [harmless(text) if text and text[0] in _BEGINS else text for text in texts]


def as_meant(cell: str) -> str:
    """The text of a cell without the quote that only keeps it from being a formula."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
