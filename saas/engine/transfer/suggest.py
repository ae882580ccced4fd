"""A mapping suggested for a file: by the headings of its columns, and by what stands in them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from saas.engine.field import REFERENCE_KINDS, Kind
from saas.engine.registry import ObjectType
from saas.engine.transfer.cells import Manner, NoValue, read_into
from saas.engine.transfer.entry import Sheet
from saas.engine.transfer.headings import Heading, currency_headings, headings, plain, unit_in
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
    """A column and the field that it seems to be; `by` finds the record of a reference, `currency_column` stands beside
    an amount.
    """

    column: str
    field: str
    by: str | None = None
    date_format: str | None = None
    times: int | None = None
    currency_column: str | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a mapping could be. `unused` are columns, `missing` required fields; `doubts` are sentences for people.

    lines  of a document: the columns that are fields of its lines
    """

    object: str
    columns: list[Column]
    key: list[str]
    decimal: str
    unused: list[str]
    missing: list[str]
    doubts: list[str] = field(default_factory=list)
    lines: list[Column] = field(default_factory=list)

    def as_mapping(self) -> dict[str, Any]:
        """As `mapping_from` takes it, and a YAML file holds it."""
        columns = {each.field: _source(each) for each in self.columns}
        told: dict[str, Any] = {"object": self.object, "key": self.key, "columns": columns}
        if self.lines:
            told["lines"] = {"columns": {each.field: _source(each) for each in self.lines}}
        if self.decimal != ".":
            told["decimal"] = self.decimal
        return {name: value for name, value in told.items() if value}


def suggest(one: ObjectType, sheet: Sheet) -> Suggestion:
    """The mapping that the headings and the first rows of a file suggest."""
    table = _Table(sheet)
    found = _matched(one, dict(enumerate(sheet.header)), table)
    rest = {place: name for place, name in enumerate(sheet.header) if place not in found}
    of_lines = _matched(one.lines, _without_name(one.lines, rest), table) if one.lines else {}
    decimal = _decimal([(heading, table.texts[place]) for place, heading in {**found, **of_lines}.items()])
    doubts: list[str] = []
    columns = _columns(one, found, table, doubts)
    lines = _columns(one.lines, of_lines, table, doubts) if one.lines else []
    beside = {each.currency_column for each in (*columns, *lines)}
    taken = {heading.field.name for heading in found.values()}
    unused = [name for place, name in rest.items() if place not in of_lines and name and name not in beside]
    missing = [name_of(each) for each in writable(one) if each.required and each.default is None]
    missing = [name for name in missing if name not in {each.field for each in columns}]
    return Suggestion(one.name, columns, _key(one, taken), decimal, unused, missing, doubts, lines)


class _Table:
    """The first rows of a file, by column."""

    def __init__(self, sheet: Sheet) -> None:
        cells = [entry.cells for entry in sheet.entries[:LOOKED_AT] if not entry.wrong]
        self.header = sheet.header
        self.texts = [[row[place].strip() for row in cells if row[place].strip()] for place in range(len(sheet.header))]


def _without_name(lines: ObjectType, header: Mapping[int, str]) -> dict[int, str]:
    """Of the columns that name the lines in their heading what stands behind that: "Order line Product"."""
    label = lines.record.facts.label
    starts = [plain(text) for text in (label.en, label.zh, "lines")]
    found: dict[int, str] = {}
    for place, name in header.items():
        start = next((each for each in starts if plain(name).startswith(each) and plain(name) != each), None)
        if start is not None:
            found[place] = plain(name).removeprefix(start)
    return found


def _columns(one: ObjectType, found: Mapping[int, Heading], table: _Table, doubts: list[str]) -> list[Column]:
    columns: list[Column] = []
    for place, heading in sorted(found.items()):
        name = table.header[place]
        form, doubt = _date_format(heading, table.texts[place])
        by = None if heading.by is None else heading.by.api
        beside = _currency_column(one, heading, place, table.header)
        columns.append(Column(name, name_of(heading.field), by, form, _times(heading, name), beside))
        if doubt:
            doubts.append(f"{name}: {doubt}")
    return columns


def _currency_column(one: ObjectType, heading: Heading, place: int, header: Sequence[str]) -> str | None:
    """The column that has the currency of an amount: the next one, headed so."""
    if not heading.field.is_money or place + 1 >= len(header):
        return None
    beside = header[place + 1]
    ends = currency_headings(one, heading.field)
    return beside if any(plain(beside).endswith(end) for end in ends) else None


def _source(column: Column) -> str | dict[str, Any]:
    more: dict[str, Any] = {}
    if column.by:
        more["reference"] = {"by": column.by}
    if column.date_format:
        more["date_format"] = column.date_format
    if column.times:
        more["times"] = column.times
    if column.currency_column:
        return {"columns": [column.column, column.currency_column], **more}
    return {"column": column.column, **more} if more else column.column


def _matched(one: ObjectType, header: Mapping[int, str], table: _Table) -> dict[int, Heading]:
    """For each column its field, each field once: the surest names are given away first."""
    names = {place: plain(name) for place, name in header.items()}
    often = Counter(names.values())
    found: dict[int, Heading] = {}
    taken: set[str] = set()
    for among in headings(one):
        for place, name in names.items():
            if place in found or often[name] > 1:  # a mapping could not say which of them
                continue
            fitting = (each for each in among.get(name, ()) if each.field.name not in taken)
            heading = next((each for each in fitting if _fits(each, table.texts[place])), None)
            if heading is not None:
                found[place] = heading
                taken.add(heading.field.name)
    return _by_unique(one, found, names, table)


def _by_unique(
    one: ObjectType, found: Mapping[int, Heading], names: Mapping[int, str], table: _Table
) -> dict[int, Heading]:
    """References by a column with something unique, such as a code, where there is one beside that with the title."""
    better = dict(found)
    for place, heading in found.items():
        if heading.field.kind is not Kind.REFERENCE or heading.by is not None:
            continue
        for other, name in names.items():
            unique = next(
                (
                    each
                    for among in headings(one)
                    for each in among.get(name, ())
                    if each.field is heading.field and each.by is not None and each.by.unique
                ),
                None,
            )
            if unique is not None and other not in found and len(table.texts[other]) >= len(table.texts[place]) > 0:
                del better[place]
                better[other] = unique
                break
    return better


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
            read_into({}, plan, text, manner)
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
