"""What somebody wants exported, as it is kept until a worker does it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any

from saas.engine.read.order import Direction
from saas.engine.read.request import PageRequest, Trash
from saas.kit.periods import Period


class ExportFormat(StrEnum):
    """How the file is written."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON_LINES = "json_lines"


class ExportState(StrEnum):
    """How an export stands; only one that is done has a file."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = (ExportState.QUEUED, ExportState.RUNNING)


class Language(StrEnum):
    """In which headings and labels are written."""

    EN = "en"
    ZH = "zh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which records, which of their fields, and how they are written.

    fields       names of the API; None: all that the person may see
    line_fields  likewise of the lines of a document, where `lines`
    codes        choices by their codes instead of their labels
    language     of headings and labels
    """

    filter: Mapping[str, Any] = field(default_factory=dict)
    order_by: list[Mapping[str, Any]] | None = None
    search: str | None = None
    trash: Trash = Trash.EXCLUDE
    fields: tuple[str, ...] | None = None
    lines: bool = False
    line_fields: tuple[str, ...] | None = None
    format: ExportFormat = ExportFormat.CSV
    codes: bool = False
    language: Language = Language.EN

    @property
    def request(self) -> PageRequest:
        """The list that is exported."""
        return PageRequest(filter=self.filter, order_by=self.order_by, search=self.search, trash=self.trash)

    def as_json(self) -> dict[str, Any]:
        return {
            "filter": _kept(self.filter),
            "order_by": _kept(self.order_by),
            "search": self.search,
            "trash": self.trash.value,
            "fields": self.fields,
            "lines": self.lines,
            "line_fields": self.line_fields,
            "format": self.format.value,
            "codes": self.codes,
            "language": self.language.value,
        }


def wish_from(kept: Mapping[str, Any]) -> Wish:
    """The wish that was kept."""
    names, of_lines = kept["fields"], kept["line_fields"]
    return Wish(
        filter=_found(kept["filter"]),
        order_by=_found(kept["order_by"]),
        search=kept["search"],
        trash=Trash(kept["trash"]),
        fields=None if names is None else tuple(names),
        lines=kept["lines"],
        line_fields=None if of_lines is None else tuple(of_lines),
        format=ExportFormat(kept["format"]),
        codes=kept["codes"],
        language=Language(kept["language"]),
    )


# What JSON has no word for is kept under a name that no field of the API can have.
_MARKS: dict[str, tuple[type, Any]] = {
    "$moment": (datetime, datetime.fromisoformat),
    "$date": (date, date.fromisoformat),
    "$decimal": (Decimal, Decimal),
    "$direction": (Direction, Direction),
    "$period": (Period, Period),
}


def _kept(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _kept(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_kept(each) for each in value]
    for mark, (kind, _) in _MARKS.items():
        if isinstance(value, kind):
            return {mark: value.value if isinstance(value, Enum) else _text(value)}
    return value.value if isinstance(value, Enum) else value


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _found(value: Any) -> Any:
    if isinstance(value, list):
        return [_found(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    ((mark, text), *_) = [*value.items(), ("", None)]
    if mark in _MARKS:
        return _MARKS[mark][1](text)
    return {name: _found(each) for name, each in value.items()}
