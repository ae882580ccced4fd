"""Texts in files that spreadsheets open: one that would be run as a formula is written with a quotation mark before it.

The mark is taken off again where such a file is read, so that what was written and read is what it was.
"""

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")  # the wide ones, too: some spreadsheets make them narrow


def defused(text: str) -> str:
    """The text as no spreadsheet runs it (OWASP, CSV injection)."""
    return f"'{text}" if _FORMULA.match(text) else text


def undefused(text: str) -> str:
    """The text before it was defused."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
