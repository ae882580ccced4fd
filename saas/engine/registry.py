"""All business objects, collected from the classes and checked once at start-up."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import cast

import sqlalchemy as sa

from saas.engine.actions import Action, actions_of
from saas.engine.areas import is_area
from saas.engine.declared_dictionaries import mistakes_in_dictionaries
from saas.engine.field import MASKED_KINDS, Field, Kind
from saas.engine.lines import mistakes_in_lines
from saas.engine.masks import MASKS
from saas.engine.number_pattern import Pattern, mistake
from saas.engine.record import Record, unique_keys
from saas.engine.rowsource import fresh, is_naming
from saas.engine.states import mistakes_in, state_of
from saas.kit.errors import BadConfig
from saas.kit.text import camel, pascal

OPERATIONS = ("read", "create", "update", "delete", "restore", "export", "share")
RESERVED_SUFFIXES = (
    *("OrderBy", "Filter", "ListFilter", "GroupBy", "GroupKeys", "GroupRow", "Having", "Aggregate"),
    *("Connection", "Edge", "Input", "Payload", "Change", "Key", "BulkItem"),
)
DEPRECATED = re.compile(r"use .+; removed after (\d{4}-\d\d-\d\d)")
RESERVED_NAMES = ("id", "version", "access", "and", "or", "not", "isNull", "isMe", "under", "files")
RESERVED_FIELDS = frozenset({"count", "keys", "record", "and", "or", "not"})


@dataclass(frozen=True, eq=False)
class ObjectType:
    """One business object as the machine sees it. `name` stands in permissions and tables, `type_name` in the API."""

    record: type[Record]

    @property
    def name(self) -> str:
        return str(self.record.__tablename__)

    @property
    def type_name(self) -> str:
        return pascal(self.name)

    @property
    def single(self) -> str:
        return camel(self.name)

    @property
    def plural(self) -> str:
        words = self.record.facts.plural.en.lower().split()
        return camel("_".join(words))

    @property
    def table(self) -> sa.Table:
        return cast("sa.Table", self.record.__table__)

    @property
    def outermost(self) -> sa.FromClause:
        """The table as a whole statement reads it, always the same one: to make an alias costs milliseconds.

        What stands inside such a statement takes an alias of its own.
        """
        return fresh(self.table) if is_naming() else _outermost(self.table)

    @property
    def fields(self) -> dict[str, Field]:
        return self.record.fields

    @property
    def links(self) -> dict[str, Field]:
        """The fields that hold many references; they have no column."""
        return self.record.links

    @property
    def compounds(self) -> dict[str, Field]:
        """The fields that are made of others, such as addresses; they have no column of their own."""
        return self.record.compounds

    @property
    def all_fields(self) -> dict[str, Field]:
        """What a record can be given: its fields, what is made of these, and its many references."""
        return {**self.fields, **self.compounds, **self.links}

    @property
    def shown(self) -> tuple[Field, ...]:
        """The fields by which the API knows the object; those that are part of another one show with that."""
        whole = {name: field for name, field in self.fields.items() if not field.part_of} | self.compounds
        if not self.compounds:
            return tuple(whole.values())
        in_order = [name for name in self.record.declared if name in whole]
        return tuple(whole[name] for name in dict.fromkeys((*in_order, *whole)))

    def whole(self, name: str) -> Field:
        """The field, or the one that it is part of."""
        field = self.all_fields[name]
        return self.all_fields[field.part_of] if field.part_of else field

    @cached_property
    def money(self) -> tuple[Field, ...]:
        """The fields that hold amounts."""
        return tuple(field for field in self.fields.values() if field.is_money)

    @property
    def currency(self) -> Field | None:
        """The field with the one currency of all its amounts and those of its lines; None: each amount has its own."""
        name = self.record.facts.currency
        return None if name is None else self.fields[name]

    @property
    def unique_keys(self) -> tuple[tuple[str, ...], ...]:
        """The names of the fields that are unique among living records, alone or together."""
        return unique_keys(self.record)

    @property
    def parent(self) -> "tuple[str, ObjectType] | None":
        """The reference, with its object, whose record's scope counts for this one; None: it has its own."""
        name = self.record.facts.inherits
        return None if name is None else (name, self.target_of(self.fields[name]))

    @property
    def searched(self) -> tuple[Field, ...]:
        """The fields into which `search:` looks; an object without any has no such argument."""
        return tuple(field for field in self.fields.values() if field.search)

    @property
    def is_shared(self) -> bool:
        """Whether single records may be shared: what inherits its scope is shared with what it belongs to."""
        return bool(self.record.facts.own_places)

    @property
    def groups(self) -> frozenset[str]:
        fields = [*self.all_fields.values(), *(self.lines.fields.values() if self.lines else ())]
        return frozenset(f.group for f in fields if f.group)

    @property
    def keys(self) -> tuple[Field, ...]:
        """The fields by which a client can name a record: what is unique, and what an import recognises it by."""
        return tuple(f for f in self.fields.values() if f.unique or f.name in self.record.facts.keys)

    @property
    def lines(self) -> "ObjectType | None":
        """Its lines, where it is a document that has some: the API calls them `lines`."""
        return _lines_by_document().get(self.record)

    @property
    def document(self) -> "ObjectType | None":
        """The document that it is a line of; its rights are those of the lines."""
        name = self.record.facts.line_of
        return None if name is None else target_of(self.fields[name])

    @property
    def rights(self) -> str:
        """The name of the object whose rights hold for it."""
        return self.document.name if self.document else self.name

    @property
    def actions(self) -> Mapping[str, Action]:
        """Its actions by verb."""
        return actions_of(self.record)

    @property
    def operations(self) -> tuple[str, ...]:
        """What one can have the right to do with it."""
        standard = OPERATIONS if self.is_shared else OPERATIONS[:-1]
        return (*standard, *self.actions)

    @property
    def state(self) -> Field | None:
        """The field that holds its state, where it has states."""
        return state_of(self.record)

    @property
    def description(self) -> str:
        return (self.record.__doc__ or "").strip()

    @property
    def tree(self) -> Field | None:
        """The reference by which these records form a tree: the parent, or the first that leads to one of their own."""
        own = [each for each in self.fields.values() if each.kind is Kind.REFERENCE and each.target is self.record]
        return next((each for each in own if each.api == "parent"), own[0] if own else None)

    def target_of(self, field: Field) -> "ObjectType":
        """The object that a reference field leads to."""
        return target_of(field)


def target_of(field: Field) -> ObjectType:
    """The object that a reference, also one among the inputs of an action, leads to."""
    if field.target is None:
        raise BadConfig(f"{field.name} is no reference.")
    return _by_record()[field.target]


@dataclass(frozen=True, slots=True)
class Connection:
    """A reference seen from the record that it leads to: the records of `object` whose `field` is that record."""

    api: str
    object: ObjectType
    field: Field


def _all_records(of: type[Record] = Record) -> list[type[Record]]:
    return [found for sub in of.__subclasses__() for found in (sub, *_all_records(sub))]


@cache
def _collected() -> tuple[ObjectType, ...]:
    """Objects and lines by code; a mistake in any declaration stops here, with its place and remedy."""
    found = tuple(ObjectType(r) for r in sorted(_all_records(), key=lambda r: r.facts.code))
    check_all(found)
    return found


@cache
def objects() -> tuple[ObjectType, ...]:
    """Every object there is, by code. Lines are parts of their documents and not among them."""
    return tuple(one for one in _collected() if one.record.facts.line_of is None)


@cache
def lines() -> tuple[ObjectType, ...]:
    """The lines of every document that has some."""
    return tuple(one for one in _collected() if one.record.facts.line_of is not None)


def listed() -> tuple[ObjectType, ...]:
    """What can be listed, counted and grouped: objects, and lines with the rights of their documents."""
    return _collected()


@cache
def _outermost(table: sa.Table) -> sa.FromClause:
    return table.alias()


@cache
def _lines_by_document() -> dict[type[Record], ObjectType]:
    return {each.document.record: each for each in lines() if each.document is not None}


def object_named(name: str) -> ObjectType:
    """The object with this name (`customer`); BadConfig where there is none."""
    for one in objects():
        if one.name == name:
            return one
    known = ", ".join(one.name for one in objects())
    raise BadConfig(f"There is no object {name!r}.", remedy=f"Objects are: {known}.")


def object_with_code(code: int) -> ObjectType | None:
    return next((one for one in objects() if one.record.facts.code == code), None)


def object_of(record: type[Record]) -> ObjectType:
    """The object that this class describes."""
    return _by_record()[record]


@cache
def _by_record() -> dict[type[Record], ObjectType]:
    return {one.record: one for one in _collected()}


def referrers(target: ObjectType, *, lines_too: bool = False) -> list[tuple[ObjectType, Field]]:
    """The reference fields, of any object, and where asked of any line, that lead to `target`."""
    return [
        (one, field)
        for one in (_collected() if lines_too else objects())
        for field in one.fields.values()
        if field.kind is Kind.REFERENCE and field.target is target.record
    ]


def listers(target: ObjectType) -> list[tuple[ObjectType, Field]]:
    """The fields that hold many references, of any object, to records of `target`."""
    return [(one, field) for one in objects() for field in one.links.values() if field.target is target.record]


@cache
def connections(target: ObjectType) -> tuple[Connection, ...]:
    """The lists of records that refer to a record of `target`, as it names them; its own lines are its `lines`."""
    return tuple(
        Connection(_reverse(one, field), one, field)
        for one, field in referrers(target, lines_too=True)
        if field.name != one.record.facts.line_of
    )


def lists_below(target: ObjectType) -> tuple[Connection, ...]:
    """What a filter of `target` can look into: its connections, and its lines."""
    below = target.lines
    if below is None:
        return connections(target)
    return (*connections(target), Connection("lines", below, below.fields[below.record.facts.line_of or ""]))


def _reverse(one: ObjectType, field: Field) -> str:
    return camel(field.reverse) or one.plural


def check_all(found: tuple[ObjectType, ...]) -> None:
    """Refuse (BadConfig) objects that have a mistake, or do not go together."""
    codes: dict[int, ObjectType] = {}
    roots: dict[str, ObjectType] = {}
    for one in found:
        check_one(one)
        if is_area(one.name):
            raise _wrong(one, "is also the name of an area of rights", "Rename one of the two.")
        other = codes.setdefault(one.record.facts.code, one)
        if other is not one:
            raise _wrong(one, f"has the code of {other.name}", "Give it a code of its own: Facts(code=0x…).")
        for root in (one.single, one.plural, f"{one.single}Groups"):
            other = roots.setdefault(root, one)
            if other is not one or one.single == one.plural:
                raise _wrong(one, f"would clash at the root field {root!r}", "Choose another label or plural.")
    records = [one.record for one in found]
    for record, what, remedy in (*mistakes_in_lines(records), *mistakes_in_dictionaries(records)):
        raise _wrong(ObjectType(record), what, remedy)
    _check_connections(found)


def _check_connections(found: tuple[ObjectType, ...]) -> None:
    """What a record calls those that refer to it is the name of nothing else."""
    taken = {(one.record, name): f"{one.type_name}.{name}" for one in found for name in _names(one)}
    for one in found:
        for field in one.fields.values():
            if field.kind is Kind.REFERENCE and field.target and field.name != one.record.facts.line_of:
                name, mine = _reverse(one, field), f"the list of {one.plural} by {field.name!r}"
                other = taken.setdefault((field.target, name), mine)
                if other is not mine:
                    what = f"gives {field.target.__name__} {mine} as {name!r}, which is {other}"
                    raise _wrong(one, what, f'Name it in {field.name}: field.ref(…, reverse="…").')


def _names(one: ObjectType) -> tuple[str, ...]:
    """What a type or a filter of the object knows besides its connections."""
    return (*RESERVED_NAMES, *(camel(field.api) for field in one.all_fields.values()))


def _check_field(one: ObjectType, field: Field) -> None:
    if field.search and not field.folded:
        raise _wrong(one, f"searches in {field.name!r}, which is no line of text", "Leave out search=True.")
    if field.naming and field.kind is not Kind.TEXT:
        raise _wrong(one, f"takes {field.name!r} for a name, which is no text", "Leave out naming=….")
    if field.fixed and not field.required:
        raise _wrong(one, f"has the fixed field {field.name!r} that may be left empty", "Add required=True.")
    if field.deprecated and not DEPRECATED.fullmatch(field.deprecated):
        remedy = "Write `use X; removed after 2027-11-30`."
        raise _wrong(one, f"does not say what replaces {field.name!r}, and when", remedy)
    known = MASKS if field.part_of else MASKS.keys() - {"shown"}  # by itself it would hide nothing
    if field.mask and (field.mask not in known or field.group is None or field.kind not in MASKED_KINDS):
        remedy = f"A mask ({', '.join(sorted(known))}) is for a line of text in a field group."
        raise _wrong(one, f"cannot mask {field.name!r} with {field.mask!r}", remedy)


def _check_compound(one: ObjectType, field: Field) -> None:
    facts = ("required", "unique", "fixed", "system", "naming", "derived", "duplicate", "default", "examples")
    wrong = next((name for name in facts if getattr(field, name) not in (None, False, ())), None)
    if wrong:
        remedy = f"Leave out {wrong}=…: say it in a @rule of {one.record.__name__}."
        raise _wrong(one, f"has the address {field.name!r} with {wrong!r}, which addresses do not know", remedy)
    if field.mask and field.group is None:
        remedy = 'A mask is for a field in a group: group="contact".'
        raise _wrong(one, f"masks the address {field.name!r}, which nobody may hide", remedy)


def _check_title(one: ObjectType) -> None:
    title = one.fields.get(one.record.facts.title)
    if one.record.facts.public_title and title and title.group:
        raise _wrong(one, f"has a public title in the group {title.group!r}", "Take the title out of its group.")


def check_one(one: ObjectType) -> None:
    """Refuse (BadConfig) an object with a mistake in its declaration."""
    facts = one.record.facts
    if not one.description:
        raise _wrong(one, "has no docstring", "Say in one sentence what it is; it becomes API text.")
    if not 0 < facts.code < 0x700:
        raise _wrong(one, f"has the code {facts.code:#x}", "Codes of standard objects lie between 0x001 and 0x6FF.")
    if one.type_name.endswith(RESERVED_SUFFIXES):
        raise _wrong(one, "ends with a reserved suffix", f"Reserved are: {', '.join(RESERVED_SUFFIXES)}.")
    for api in RESERVED_FIELDS & {field.api for field in one.all_fields.values()}:
        raise _wrong(one, f"has a field {api!r}, a word that filters or groups need", "Give it a longer name.")
    for each in one.compounds.values():
        _check_compound(one, each)
    for each in one.fields.values():
        _check_field(one, each)
    title = [facts.title] if facts.title or not facts.line_of else []
    named = {"title": title, "order": [o.lstrip("-") for o in facts.order], "keys": list(facts.keys)}
    for name in facts.order:
        field = one.fields.get(name.lstrip("-"))
        if field and field.group:
            raise _wrong(one, f"is ordered by {field.name!r}, which may be hidden", "Order by a field without a group.")
    if facts.line_of and one.links:
        raise _wrong(one, "is a line with many references", "Give them to its document.")
    for which, column in facts.own_places.items():
        named[which] = [column] if column != "id" else []
    _check_title(one)
    _check_currency(one)
    if facts.inherits and facts.own_places:
        raise _wrong(one, "both inherits its scope and has columns of its own for it", "Name one or the other.")
    for place, names in {**named, "inherits": [facts.inherits] if facts.inherits else []}.items():
        for name in names:
            if name not in one.fields:
                raise _wrong(one, f"names in its facts ({place}) the unknown field {name!r}", "Name a declared field.")
    for what, remedy in mistakes_in(one.record):
        raise _wrong(one, what, remedy)
    _check_number(one)


def _check_currency(one: ObjectType) -> None:
    name = one.record.facts.currency
    if name is None:
        return
    field = one.fields.get(name)
    if field is None or field.kind is not Kind.CURRENCY or field.part_of or field.required:
        remedy = 'Name a field of its own that may be left out: field.currency("Currency", "币种").'
        raise _wrong(one, f"has no field {name!r} for its currency", remedy)
    if one.record.facts.line_of:
        raise _wrong(one, "is a line with a currency", "Give it to the document.")


def _check_number(one: ObjectType) -> None:
    facts = one.record.facts
    if facts.number is None and not facts.number_pattern:
        return
    field = one.fields.get(facts.number or "")
    if field is None or field.kind is not Kind.TEXT or not field.unique:
        raise _wrong(one, f"has no field {facts.number!r} for its numbers", "Name a unique text: Facts(number=…).")
    if wrong := mistake(Pattern(facts.number_pattern)):
        raise _wrong(one, f"has the number pattern {facts.number_pattern!r}", wrong)


def _wrong(one: ObjectType, what: str, remedy: str) -> BadConfig:
    return BadConfig(f"{one.record.__module__}.{one.record.__name__} {what}.", remedy=remedy)
