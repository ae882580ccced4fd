"""A mapping fitted to its object and to the header of a file: what remains is to do it, row by row."""

from collections.abc import Mapping as Mapping_
from dataclasses import dataclass
from typing import NoReturn

from saas.engine.field import FOLDED_KINDS, REFERENCE_KINDS, Field, Kind
from saas.engine.registry import ObjectType, objects
from saas.engine.transfer.issue import name_of
from saas.engine.transfer.mapping import Mapping, Source
from saas.kit.errors import BadInput
from saas.kit.text import fold

KEY_KINDS = FOLDED_KINDS | {Kind.REFERENCE, Kind.INTEGER, Kind.DATE, Kind.CHOICE, Kind.CURRENCY}


@dataclass(frozen=True, slots=True)
class Lookup:
    """How a reference is found: a record of `target` whose field `by` has the text."""

    target: ObjectType
    by: Field


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """One field to fill: from which cells, with which corrections, and how a reference is looked up."""

    field: Field
    source: Source
    positions: tuple[int, ...]
    corrections: dict[str, str]
    lookup: Lookup | None = None

    def text(self, cells: tuple[str, ...]) -> str:
        """The text that the field's value is read from; empty where there is none."""
        source = self.source
        if source.constant is not None:
            return source.constant
        if len(self.positions) == 1 and self.field.kind is not Kind.REFERENCES:  # most fields
            return self._corrected(cells[self.positions[0]].strip()) or source.default or ""
        found = [cells[position].strip() for position in self.positions]
        parts = [self._corrected(part) for text in found for part in self.split(text)]
        join = source.separator if self.field.kind is Kind.REFERENCES else source.join
        return join.join(part for part in parts if part) or source.default or ""

    def split(self, text: str) -> list[str]:
        """The names in a text: several where the field holds many references, else the text itself."""
        if self.field.kind is not Kind.REFERENCES:
            return [text]
        parts = (part.strip() for part in text.split(self.source.separator))
        return [part for part in parts if part]

    def _corrected(self, part: str) -> str:
        return self.corrections.get(fold(part), part) if self.corrections else part


@dataclass(frozen=True, slots=True)
class Part:
    """The fields of one object that rows fill; `key` are positions in `fields`."""

    one: ObjectType
    fields: tuple[FieldPlan, ...]
    key: tuple[int, ...]

    @property
    def key_fields(self) -> tuple[Field, ...]:
        return tuple(self.fields[position].field for position in self.key)

    def texts(self, cells: tuple[str, ...]) -> tuple[str, ...]:
        """The text of each field in a record of the file."""
        return tuple(field.text(cells) for field in self.fields)

    def is_filled(self, cells: tuple[str, ...]) -> bool:
        """Whether the record says anything of these fields: constants and defaults are not from the file."""
        places = [place for field in self.fields for place in field.positions]
        return not places or any(cells[place].strip() for place in places)

    @property
    def own(self) -> list[int]:
        """The fields that refer to other records of the same object."""
        return [at for at, each in enumerate(self.fields) if each.lookup and each.lookup.target is self.one]


@dataclass(frozen=True, slots=True)
class Plan(Part):
    """What to do with each row; with `lines` the rows of one key are one document, each with one line of it."""

    mapping: Mapping
    lines: Part | None = None


def plan_for(mapping: Mapping, header: tuple[str, ...]) -> Plan:
    """The plan; BadInput names the field or column that does not fit and what there is instead."""
    one = next((each for each in objects() if each.name == mapping.object), None)
    if one is None:
        known = ", ".join(each.name for each in objects())
        _refuse("object", f"there is no object {mapping.object!r}", f"Objects are: {known}.")
    fields = _field_plans(one, mapping.columns, header, "columns")
    key = _key(one, mapping.key, fields)
    return Plan(one, fields, key, mapping, _line_part(one, mapping, header))


def _line_part(one: ObjectType, mapping: Mapping, header: tuple[str, ...]) -> Part | None:
    given = mapping.lines
    if given is None:
        return None
    if one.lines is None:
        _refuse("lines", f"a {one.name} has no lines", "Leave it out.")
    if mapping.unique_rows:
        _refuse("unique_rows", "rows of one key are the lines of one document", "Leave it out.")
    fields = _field_plans(one.lines, given.columns, header, "lines.columns")
    return Part(one.lines, fields, _positions_of(one.lines, given.key, fields, "lines.key"))


def _field_plans(
    one: ObjectType, columns: Mapping_[str, Source], header: tuple[str, ...], place: str
) -> tuple[FieldPlan, ...]:
    fields = tuple(_field_plan(one, name, source, header, f"{place}.{name}") for name, source in columns.items())
    names = [plan.field.name for plan in fields]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        _refuse(f"{place}.{twice}", "the field is given twice", "Give each field once.")
    return fields


def _field_plan(one: ObjectType, name: str, source: Source, header: tuple[str, ...], place: str) -> FieldPlan:
    field = _field(one, name, place)
    positions = tuple(_position(header, column, place) for column in source.wanted)
    corrections = {fold(wrong): right for wrong, right in source.values.items()}
    if field.kind not in REFERENCE_KINDS:
        if source.reference is not None:
            _refuse(f"{place}.reference", f"{one.name}.{name} is no reference", "Leave it out.")
        if source.warn_if_empty:
            _refuse(f"{place}.warn_if_empty", f"{one.name}.{name} is no reference", "Leave it out.")
        return FieldPlan(field, source, positions, corrections)
    target = one.target_of(field)
    by = target.fields.get(source.reference.by if source.reference else target.record.facts.title)
    if by is None or by.kind not in FOLDED_KINDS:
        texts = ", ".join(each.name for each in target.fields.values() if each.kind in FOLDED_KINDS)
        _refuse(f"{place}.reference.by", f"{target.name} cannot be looked up by that", f"It can by: {texts}.")
    return FieldPlan(field, source, positions, corrections, Lookup(target, by))


def writable(one: ObjectType) -> list[Field]:
    """The fields that a file may fill: an address part by part."""
    line_of = one.record.facts.line_of
    whole = [field for field in one.all_fields.values() if field.is_input(creating=True) and field.name != line_of]
    return [part for field in whole for part in map(one.all_fields.__getitem__, field.parts or (field.name,))]


def _field(one: ObjectType, name: str, place: str) -> Field:
    """The field called so in Python or in the API: `engaged_on`, `engagedOn`, `customer_id`, `customer`."""
    fields = writable(one)
    found = next((f for f in fields if name in (f.name, f.api, ".".join(f.spelled), name_of(f))), None)
    if found is None:
        known = ", ".join(name_of(field) if field.part_of else field.api for field in fields)
        _refuse(place, f"{one.name} has no writable field {name!r}", f"Fields are: {known}.")
    return found


def _position(header: tuple[str, ...], column: str, place: str) -> int:
    found = [position for position, name in enumerate(header) if fold(name) == fold(column)]
    if not found:
        known = ", ".join(name for name in header if name)
        _refuse(place, f"the file has no column {column!r}", f"Columns are: {known}.")
    if len(found) > 1:
        _refuse(place, f"the file has {len(found)} columns {column!r}", "Rename all but one in its header.")
    return found[0]


def _key(one: ObjectType, given: tuple[str, ...], fields: tuple[FieldPlan, ...]) -> tuple[int, ...]:
    if given:
        return _positions_of(one, given, fields, "key")
    names = [plan.field.name for plan in fields]
    usual = [name for name in one.record.facts.keys if name in names][:1]
    if not usual:
        what = " or ".join(one.record.facts.keys)
        _refuse("key", "there is no key", f"Say by which fields a {one.name} is known again, such as {what}.")
    return tuple(map(names.index, usual))


def _positions_of(
    one: ObjectType, given: tuple[str, ...], fields: tuple[FieldPlan, ...], place: str
) -> tuple[int, ...]:
    wanted = [_field(one, name, place) for name in given]
    names = [plan.field.name for plan in fields]
    for field in wanted:
        if field.name not in names:
            _refuse(place, f"{field.api} gets no value", f"Add {field.api} to columns.")
        if field.kind not in KEY_KINDS:
            _refuse(place, f"{field.api} is a {field.kind.value}", "Use a code, a name or a reference as key.")
    return tuple(names.index(field.name) for field in wanted)


def _refuse(place: str, message: str, remedy: str) -> NoReturn:
    raise BadInput(f"mapping: {place}: {message}.", remedy=remedy, path=("mapping", *place.split(".")))
