"""From the JSON of records to the cells of a table: each column has a heading, a kind, and finds its values.

Of many records at a time, since a call for each cell takes three times as long.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from saas.engine.export.columns import ID, Chosen, has_code, title_of
from saas.engine.field import Field, Kind, Label
from saas.engine.registry import ObjectType
from saas.kit.countries import countries
from saas.kit.text import camel

Record = Mapping[str, Any]
Records = Sequence[Record]
Find = Callable[[Records], list[Any]]
_SECONDS = len("2026-11-21 16:00:00")
BETWEEN = "; "  # the records that a field with many references leads to


class Cell(StrEnum):
    """What a cell holds, and so how a file writes it: text is never read as anything else."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    MOMENT = "moment"
    TRUTH = "truth"


@dataclass(frozen=True, slots=True)
class Column:
    """A column. It finds the value of each record: numbers as their texts, dates as YYYY-MM-DD, moments on the clock of
    the company, None where there is none.
    """

    heading: str
    cell: Cell
    find: Find


@dataclass(frozen=True, slots=True)
class Manner:
    """How values are told: in which language, choices by code or label, moments by the clock of which zone."""

    language: str
    codes: bool
    zone: ZoneInfo

    def words(self, label: Label, more: Label | None = None) -> str:
        told = label.in_language(self.language)
        if more is None:
            return told
        return f"{told}{'' if self.language == 'zh' else ' '}{more.in_language(self.language)}"


_CELLS = {
    Kind.INTEGER: Cell.NUMBER,
    Kind.QUANTITY: Cell.NUMBER,
    Kind.PERCENT: Cell.NUMBER,
    Kind.RATE: Cell.NUMBER,
    Kind.DATE: Cell.DATE,
    Kind.BOOLEAN: Cell.TRUTH,
}
_CURRENCY, _CODE = Label("currency", "币种"), Label("code", "编码")


def columns_of(chosen: Chosen, manner: Manner, before: str = "") -> list[Column]:
    """The columns of these fields; `before` stands before each heading. Two headings are never the same."""
    found = [Column("ID", Cell.TEXT, _plain(ID))] if chosen.with_id else []
    for field in chosen.fields:
        found += _of_field(chosen.one, field, manner)
    taken: set[str] = set()
    return [Column(_unique(f"{before}{each.heading}", taken), each.cell, each.find) for each in found]


def title_column(one: ObjectType, manner: Manner, *, by_title: bool) -> Column:
    """The column that tells of which document a line is: by its title, or by its id."""
    if not by_title:
        return Column("ID", Cell.TEXT, _plain(ID))
    label = one.fields[one.record.facts.title].label
    return Column(manner.words(one.record.facts.label, label), Cell.TEXT, _plain(title_of(one)))


def _unique(heading: str, taken: set[str]) -> str:
    names = (heading if number == 1 else f"{heading} ({number})" for number in count(1))
    name = next(name for name in names if name not in taken)
    taken.add(name)
    return name


def _of_field(one: ObjectType, field: Field, manner: Manner) -> list[Column]:
    name, heading = camel(field.api), manner.words(field.label)
    if field.parts:
        return [_of_part(name, one.fields[part], manner) for part in field.parts]
    if field.is_money:
        currency = manner.words(field.label, _CURRENCY)
        return [
            Column(heading, Cell.NUMBER, _inner(name, "amount")),
            Column(currency, Cell.TEXT, _inner(name, "currency")),
        ]
    if field.kind is Kind.REFERENCE:
        return _of_reference(one.target_of(field), name, heading, manner.words(field.label, _CODE))
    if field.kind is Kind.REFERENCES:
        return [Column(heading, Cell.TEXT, partial(_joined, name, title_of(one.target_of(field))))]
    if field.dictionary is not None:
        return [Column(heading, Cell.TEXT, _inner(name, "code" if manner.codes else "label"))]
    if field.choices is not None:
        return [Column(heading, Cell.TEXT, _plain(name) if manner.codes else _choice(name, field, manner))]
    if field.kind is Kind.COUNTRY:
        return [Column(heading, Cell.TEXT, _country(_plain(name), manner))]
    if field.kind is Kind.MOMENT:
        return [Column(heading, Cell.MOMENT, partial(_moment, name, manner.zone))]
    return [Column(heading, _CELLS.get(field.kind, Cell.TEXT), _plain(name))]


def _of_part(whole: str, part: Field, manner: Manner) -> Column:
    find = _inner(whole, part.spelled[-1])
    return Column(manner.words(part.label), Cell.TEXT, _country(find, manner) if part.kind is Kind.COUNTRY else find)


def _of_reference(target: ObjectType, name: str, heading: str, heading_of_code: str) -> list[Column]:
    found = [Column(heading, Cell.TEXT, _inner(name, title_of(target)))]
    return [*found, Column(heading_of_code, Cell.TEXT, _inner(name, "code"))] if has_code(target) else found


def _plain(name: str) -> Find:
    return lambda records: [record[name] for record in records]


def _inner(name: str, inner: str) -> Find:
    return lambda records: [None if (value := record[name]) is None else value[inner] for record in records]


def _joined(name: str, title: str, records: Records) -> list[str | None]:
    every = (record[name] for record in records)
    return [BETWEEN.join(each[title] or "" for each in those) if those else None for those in every]


def _choice(name: str, field: Field, manner: Manner) -> Find:
    words = {each.name: each.label.in_language(manner.language) for each in field.choices or ()}
    return lambda records: [words.get(record[name]) for record in records]


def _country(find: Find, manner: Manner) -> Find:
    if manner.codes:
        return find
    names = {code: each.zh if manner.language == "zh" else each.en for code, each in countries().items()}
    return lambda records: [names.get(code, code) for code in find(records)]


def _moment(name: str, zone: ZoneInfo, records: Records) -> list[str | None]:
    read, every = datetime.fromisoformat, (record[name] for record in records)
    return [None if each is None else str(read(each).astimezone(zone))[:_SECONDS] for each in every]
