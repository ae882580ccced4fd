"""A mapping suggested for a file: by the headings of its columns, and by what stands in them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from saas.engine.field import REFERENCE_KINDS, Kind
from saas.engine.registry import ObjectType
from saas.engine.transfer.cells import Manner, NoValue, values_of
from saas.engine.transfer.entry import Sheet
from saas.engine.transfer.headings import Heading, headings, plain, unit_in
from saas.engine.transfer.issue import name_of
from saas.engine.transfer.mapping import Source
from saas.engine.transfer.plan import KEY_KINDS, FieldPlan, writable

LOOKED_AT = 200  # rows
_NUMBERS = {Kind.INTEGER, Kind.QUANTITY, Kind.PERCENT, Kind.RATE, Kind.MONEY, Kind.UNIT_PRICE}
_ENOUGH = 0.5  # of the cells are values of the field: those that are none are for the report of the import
# Tried in this order; None is the year first. What fits day first and month first is taken as day first, and told.
_DAY_FIRST = ("%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y")
_MONTH_FIRST = ("%m/%d/%Y", "%m-%d-%Y")
_UNITS = (
    ("万", 10_000),
    ("百万", 1_000_000),
    ("千", 1_000),
    ("亿", 100_000_000),
    ("million", 1_000_000),
    ("mio", 1_000_000),
    ("thousand", 1_000),
    ("k", 1_000),
)
_FORMATS = (None, *_DAY_FIRST, *_MONTH_FIRST, "%Y%m%d", "%d %b %Y", "%b %d, %Y", "%d.%m.%y", "%m/%d/%y")


@dataclass(frozen=True, slots=True)
class Column:
    """A column and the field that it seems to be; `by` finds the record of a reference."""

    column: str
    field: str
    by: str | None = None
    date_format: str | None = None
    times: int | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a mapping could be. `unused` are columns, `missing` required fields; `doubts` are sentences for people."""

    object: str
    columns: list[Column]
    key: list[str]
    decimal: str
    unused: list[str]
    missing: list[str]
    doubts: list[str] = field(default_factory=list)

    def as_mapping(self) -> dict[str, Any]:
        """As `mapping_from` takes it, and a YAML file holds it."""
        columns = {each.field: _source(each) for each in self.columns}
        told: dict[str, Any] = {"object": self.object, "key": self.key, "columns": columns}
        if self.decimal != ".":
            told["decimal"] = self.decimal
        return {name: value for name, value in told.items() if value}


def suggest(one: ObjectType, sheet: Sheet) -> Suggestion:
    """The mapping that the headings and the first rows of a file suggest."""
    cells = [entry.cells for entry in sheet.entries[:LOOKED_AT] if not entry.wrong]
    of_column = [[row[place].strip() for row in cells if row[place].strip()] for place in range(len(sheet.header))]
    found = _matched(one, sheet.header, of_column)
    decimal = _decimal([(heading, of_column[place]) for place, heading in found.items()])
    columns, doubts = [], []
    for place, heading in sorted(found.items()):
        form, doubt = _date_format(heading, of_column[place])
        by = None if heading.by is None else heading.by.name
        times = _times(heading, sheet.header[place])
        columns.append(Column(sheet.header[place], name_of(heading.field), by, form, times))
        if doubt:
            doubts.append(f"{sheet.header[place]}: {doubt}")
    taken = {heading.field.name for heading in found.values()}
    unused = [name for place, name in enumerate(sheet.header) if place not in found and name]
    missing = [name_of(each) for each in writable(one) if each.required and each.default is None]
    missing = [name for name in missing if name not in {each.field for each in columns}]
    return Suggestion(one.name, columns, _key(one, taken), decimal, unused, missing, doubts)


def _source(column: Column) -> str | dict[str, Any]:
    more: dict[str, Any] = {}
    if column.by:
        more["reference"] = {"by": column.by}
    if column.date_format:
        more["date_format"] = column.date_format
    if column.times:
        more["times"] = column.times
    return {"column": column.column, **more} if more else column.column


def _matched(one: ObjectType, header: Sequence[str], of_column: Sequence[Sequence[str]]) -> dict[int, Heading]:
    """For each column its field, each field once: the surest names are given away first."""
    names = [plain(name) for name in header]
    found: dict[int, Heading] = {}
    taken: set[str] = set()
    for among in headings(one):
        for place, name in enumerate(names):
            if place in found or names.count(name) > 1:  # a mapping could not say which of them
                continue
            fitting = (each for each in among.get(name, ()) if each.field.name not in taken)
            heading = next((each for each in fitting if _fits(each, of_column[place])), None)
            if heading is not None:
                found[place] = heading
                taken.add(heading.field.name)
    return found


def _fits(heading: Heading, texts: Sequence[str]) -> bool:
    """Whether most of what stands in the column are values of the field, in one of the usual manners."""
    if not texts or heading.field.kind in REFERENCE_KINDS:
        return True
    manners = [(form, decimal) for form in _forms(heading) for decimal in _decimals(heading)]
    return any(_readable(heading, texts, *manner) >= _ENOUGH * len(texts) for manner in manners)


def _forms(heading: Heading) -> Iterable[str | None]:
    return _FORMATS if heading.field.kind is Kind.DATE else (None,)


def _decimals(heading: Heading) -> Iterable[str]:
    return (".", ",") if heading.field.kind in _NUMBERS else (".",)


def _readable(heading: Heading, texts: Sequence[str], form: str | None, decimal: str) -> int:
    """How many of the texts are values of the field."""
    plan = FieldPlan(heading.field, Source(column="-", date_format=form), (0,), {})
    manner, count = Manner(decimal, "UTC", None), 0
    for text in texts:
        try:
            values_of(plan, text, manner)
        except NoValue:
            continue
        count += 1
    return count


def _times(heading: Heading, name: str) -> int | None:
    """The unit of an amount, where the heading has one in brackets: 注册资本（万元）, "Revenue (millions)"."""
    unit = unit_in(name)
    return next((times for word, times in _UNITS if unit.startswith(word)), None) if heading.field.is_money else None


def _date_format(heading: Heading, texts: Sequence[str]) -> tuple[str | None, str]:
    """How the dates of a column are written, and what is doubtful about it."""
    if heading.field.kind is not Kind.DATE or not texts:
        return None, ""
    counts = {form: _readable(heading, texts, form, ".") for form in _FORMATS}
    best = max(_FORMATS, key=lambda form: counts[form])
    month_first = any(counts[form] == counts[best] for form in _MONTH_FIRST)
    if best in _DAY_FIRST and month_first:
        return best, f"day or month first? No date tells; it is read as {best}."
    return best, ""


def _decimal(columns: Iterable[tuple[Heading, Sequence[str]]]) -> str:
    """The decimal separator with which most numbers of the file can be read."""
    numbers = [(heading, texts) for heading, texts in columns if heading.field.kind in _NUMBERS]
    points, commas = (sum(_readable(heading, texts, None, sign) for heading, texts in numbers) for sign in (".", ","))
    return "," if commas > points else "."


def _key(one: ObjectType, taken: set[str]) -> list[str]:
    """By what records are known again: the first of the object's own keys that the file has."""
    unique = (each.name for each in one.fields.values() if each.unique and each.kind in KEY_KINDS)
    return [one.fields[name].api for name in (*one.record.facts.keys, *unique) if name in taken][:1]
