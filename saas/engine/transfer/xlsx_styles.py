"""Which cells of a workbook show their number as a date or as percent: told by the formats of their styles alone."""

import re
from enum import Enum

_DATES = {*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)}  # ECMA-376, 18.8.30, East Asian ones too
_PERCENT = {9, 10}
_NO_CODE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\[\]]*\]', re.IGNORECASE)


class Shown(Enum):
    """As what a number is shown."""

    NUMBER = "number"
    DATE = "date"
    PERCENT = "percent"


Elements = list[tuple[str, dict[str, str]]]


def styles_in(elements: Elements) -> dict[int, Shown]:
    """By number of style what its cells show, where that is not the plain number; from the part `styles.xml`."""
    codes = {
        attributes.get("numFmtId", ""): attributes.get("formatCode", "")
        for name, attributes in elements
        if name == "numFmt"
    }
    names = [name for name, _ in elements]
    start = names.index("cellXfs") if "cellXfs" in names else len(names)
    found: dict[int, Shown] = {}
    known: dict[str, Shown] = {}  # many styles have one format
    number = 0
    for name, attributes in elements[start + 1 :]:
        if name == "xf":
            id_ = attributes.get("numFmtId", "")
            shown = known[id_] if id_ in known else known.setdefault(id_, _shown(id_, codes))
            if shown is not Shown.NUMBER:
                found[number] = shown
            number += 1
        elif name not in ("alignment", "protection", "extLst", "ext"):
            break
    return found


def _shown(id_: str, codes: dict[str, str]) -> Shown:
    if id_ in codes:
        first = _NO_CODE.sub("", codes[id_]).partition(";")[0].lower()
        if "general" in first:
            return Shown.NUMBER
        if re.search("[dmyhs年月日]", first):
            return Shown.DATE
        return Shown.PERCENT if "%" in first else Shown.NUMBER
    number = int(id_) if id_.isascii() and id_.isdigit() else 0
    return Shown.DATE if number in _DATES else Shown.PERCENT if number in _PERCENT else Shown.NUMBER
