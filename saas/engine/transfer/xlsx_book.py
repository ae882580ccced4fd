"""A workbook that is open: which part is the sheet, the texts its cells share, how their numbers are shown.

A zip file can hold a thousand times what it weighs: what its parts would become is counted before they are read.
"""

import posixpath
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from saas.engine.transfer.xlsx_parts import Texts, elements_of, refused, texts_of
from saas.engine.transfer.xlsx_styles import Elements, Shown, styles_in

MIB = 1024 * 1024
MAX_SHEET = 2048 * MIB  # read piece by piece
MAX_TEXTS = 256 * MIB  # kept in memory
MAX_PART = 16 * MIB
_WORKBOOK = "xl/workbook.xml"


@dataclass(frozen=True, slots=True)
class Book:
    """What is needed to read a sheet; `sheet` opens its part."""

    sheet: Callable[[], IO[bytes]]
    texts: Texts
    styles: dict[int, Shown]
    since_1904: bool


def opened_book(archive: zipfile.ZipFile, wanted: str | None) -> Book:
    """The workbook with one of its sheets; BadInput where there is no such sheet, or a part is too large."""
    workbook = elements_of(_open(archive, _WORKBOOK, MAX_PART))
    relations = elements_of(_open(archive, "xl/_rels/workbook.xml.rels", MAX_PART))
    part = _part_of(relations, _sheet(workbook, wanted, _charts(relations)))
    texts = _named(archive, relations, "sharedStrings")
    styles = _named(archive, relations, "styles")
    return Book(
        sheet=lambda: _open(archive, part, MAX_SHEET),
        texts=texts_of(_open(archive, texts, MAX_TEXTS)) if texts else Texts(),
        styles=styles_in(elements_of(_open(archive, styles, MAX_PART))) if styles else {},
        since_1904=any(name == "workbookPr" and each.get("date1904") in ("1", "true") for name, each in workbook),
    )


def sheet_names(workbook: Elements) -> dict[str, dict[str, str]]:
    """The sheets by name, in their order."""
    return {each.get("name", ""): each for name, each in workbook if name == "sheet"}


def _sheet(workbook: Elements, wanted: str | None, charts: set[str]) -> str:
    """The id of the sheet's relation."""
    sheets = sheet_names(workbook)
    if wanted is not None and wanted not in sheets:
        raise refused(f"The workbook has no sheet {wanted!r}.", f"It has {', '.join(sheets) or 'none'}.")
    tables = [(name, each) for name, each in sheets.items() if each.get("id", "") not in charts]
    shown = [name for name, each in tables if each.get("state", "visible") == "visible"]
    name = wanted or next(iter([*shown, *sheets]), None)
    if name is None:
        raise refused("The workbook has no sheet.", "Save it with Excel again.")
    return sheets[name].get("id", "")


def _charts(relations: Elements) -> set[str]:
    """The ids of sheets that are charts."""
    return {each.get("Id", "") for _, each in relations if each.get("Type", "").endswith("/chartsheet")}


def _named(archive: zipfile.ZipFile, relations: Elements, kind: str) -> str | None:
    """The part of this kind, by its relation, or by its usual name; None where there is none."""
    related = (each.get("Target", "") for _, each in relations if each.get("Type", "").endswith(f"/{kind}"))
    names = [*map(_path, related), f"xl/{kind}.xml"]
    return next((name for name in names if name in archive.NameToInfo), None)


def _path(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")


def _part_of(relations: Elements, relation: str) -> str:
    found = next((each.get("Target", "") for _, each in relations if each.get("Id") == relation), None)
    if found is None:
        raise refused("The workbook is damaged: a sheet has no part.", "Save it again.")
    return _path(found)


def _open(archive: zipfile.ZipFile, name: str, most: int) -> IO[bytes]:
    try:
        part = archive.getinfo(name)
    except KeyError:
        raise refused(f"This is no Excel workbook: it has no {name}.", "Save it as .xlsx.") from None
    if part.file_size > most:
        raise refused(
            f"{name} becomes {part.file_size // MIB:,} MiB when it is unpacked; at most {most // MIB:,} are read.",
            "Save the sheet as CSV.",
        )
    return archive.open(part)
