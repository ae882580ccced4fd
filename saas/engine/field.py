"""The words a business object is described with: what a field holds and the facts it carries.

Each function below makes one column and hangs a `Field` on it; a module file reads like the form a person fills in.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal, Self, TypeVar, overload
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import MappedColumn, mapped_column

from saas.kit.text import camel


class Kind(StrEnum):
    """What a field holds; it decides the column, the GraphQL type, the filter and how a cell of a file is read."""

    TEXT = "text"
    LONG_TEXT = "long text"
    EMAIL = "e-mail"
    PHONE = "phone"
    INTEGER = "integer"
    QUANTITY = "quantity"
    PERCENT = "percent"
    MONEY = "money"
    UNIT_PRICE = "unit price"
    RATE = "rate"
    CURRENCY = "currency"
    DATE = "date"
    MOMENT = "moment"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    DICTIONARY = "dictionary"
    REFERENCE = "reference"
    REFERENCES = "references"
    COUNTRY = "country"
    ADDRESS = "address"


class OnDelete(StrEnum):
    """What happens to a record when the record it refers to is deleted."""

    RESTRICT = "restrict"
    CASCADE = "cascade"
    CLEAR = "clear"


class Naming(StrEnum):
    """What a name is the name of: it decides how it is read aloud, and so where it stands in an order."""

    THING = "thing"
    PERSON = "person"


class Derived(StrEnum):
    """When a field is computed (`@derive`) and so cannot be written: always, or while its document has lines."""

    ALWAYS = "always"
    WITH_LINES = "with lines"


MONEY_SCALES = {Kind.MONEY: 4, Kind.UNIT_PRICE: 6}
FOLDED_KINDS = frozenset({Kind.TEXT, Kind.EMAIL, Kind.PHONE})
REFERENCE_KINDS = frozenset({Kind.REFERENCE, Kind.REFERENCES})
MASKED_KINDS = FOLDED_KINDS | {Kind.COUNTRY}
MAX_TEXT = 400
MAX_LONG_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class Label:
    """A name for people, in English and Chinese."""

    en: str
    zh: str

    def in_language(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


class Choices(StrEnum):
    """The states of an object, or what a choice lets choose from: `WON = "won", "Won", "已赢单"` in a class of its own.

    The first word is what is kept, the others are its name for people.
    """

    _value_: str
    label: Label

    def __new__(cls, value: str, en: str = "", zh: str = "") -> Self:
        made = str.__new__(cls, value)
        made._value_ = value
        made.label = Label(en, zh)
        return made


class DuplicateKind(Choices):
    """What a field tells of who or what a record is about."""

    NAME = "name", "Name", "名称"
    PHONE = "phone", "Phone", "电话"
    TAX_NUMBER = "tax number", "Tax number", "税号"
    MAIL_DOMAIN = "mail domain", "Mail domain", "邮箱域名"


ChoiceT = TypeVar("ChoiceT", bound=Choices)


@dataclass(frozen=True, slots=True)
class Entry:
    """One choice that a dictionary begins with; its code is what records keep."""

    code: str
    label: Label


@dataclass(frozen=True, slots=True)
class DictionaryFacts:
    """Choices that a tenant may add to, rename and deactivate, and those that it begins with, in their order."""

    code: str
    label: Label
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """The facts of one field; `name` is the attribute and column (`owner_id`), `api` how it is read (`owner`).

    entry       makes a choice the state of its object: the states in which a record may be made
    deprecated  what to use instead and until when: `use province; removed after 2027-11-30`
    reverse     what the record that a reference leads to calls those that refer to it; empty: their plural
    examples    values that the rules accept, where they do not accept every value of the kind
    personal    told to a person who asks what is kept of them, and erased with them
    fixed       given when the record is made and never changed, because others rely on it
    system      kept by the program; nobody writes it
    duplicate   another record with the same in it, or nearly, is worth a warning: the same company, the same phone
    search      `search:` looks into it; so it does into the title of an object
    part_of     the field that this one is written and shown with: an amount and its currency, a city and its address
    parts       the fields that this one, which has no column of its own, is made of
    naming      it is a name: ordered by its sound and found by it; so is the title of an object, that of a thing
    """

    kind: Kind
    label: Label
    description: str = ""
    required: bool = False
    unique: bool = False
    search: bool = False
    naming: Naming | None = None
    group: str | None = None
    mask: str | None = None
    choices: type[Choices] | None = None
    entry: tuple[Choices, ...] | None = None
    dictionary: DictionaryFacts | None = None
    target: type[Any] | None = None
    on_delete: OnDelete = OnDelete.RESTRICT
    reverse: str = ""
    personal: bool = False
    fixed: bool = False
    system: bool = False
    derived: Derived | None = None
    part_of: str = ""
    parts: tuple[str, ...] = ()
    duplicate: DuplicateKind | None = None
    default: Any = None
    deprecated: str | None = None
    examples: tuple[Any, ...] = ()
    name: str = ""

    @property
    def api(self) -> str:
        return self.name.removesuffix("_id") if self.kind is Kind.REFERENCE else self.name

    @property
    def folded(self) -> str | None:
        """The column that holds the folded text, where there is one."""
        return f"{self.name}_folded" if self.kind in FOLDED_KINDS else None

    @property
    def is_money(self) -> bool:
        return self.kind in MONEY_SCALES

    @property
    def scale(self) -> int:
        """How many decimals an amount has."""
        return MONEY_SCALES[self.kind]

    @property
    def currency(self) -> str:
        """The field with the currency of an amount."""
        return f"{self.name}_currency"

    @property
    def base(self) -> str:
        """The column with an amount in the base currency."""
        return f"{self.name}_base"

    @property
    def rate_on(self) -> str:
        """The column with the day of the rate by which an amount came into the base currency."""
        return f"{self.name}_rate_on"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns in which the value is written."""
        return self.parts or ((self.name, self.currency) if self.is_money else (self.name,))

    @property
    def spelled(self) -> tuple[str, ...]:
        """Where an input has the field: `closeOn`, `customerId`, or `address` and in it `city`."""
        if not self.part_of:
            return (camel(self.name),)
        return (camel(self.part_of), camel(self.name.removeprefix(f"{self.part_of}_")))

    @property
    def follows(self) -> tuple[str, ...]:
        """The columns that follow from this one."""
        return (self.base, self.rate_on) if self.is_money else self.twins

    @property
    def compared(self) -> str:
        """The column by which the field is compared: folded text, amounts in the base currency."""
        return self.base if self.is_money else self.folded or self.name

    @property
    def is_state(self) -> bool:
        return self.entry is not None

    def is_input(self, *, creating: bool) -> bool:
        """Whether one who creates, or updates, may give it: never what the system keeps or computes.

        An update gives neither a state, which is moved by actions, nor what is fixed.
        """
        if self.entry is not None:
            return creating and len(self.entry) > 1
        if self.system or self.part_of or self.derived is Derived.ALWAYS:
            return False
        return creating or not self.fixed

    @property
    def sort_key(self) -> str | None:
        """The column by which a name is ordered."""
        return f"{self.name}_sort" if self.naming else None

    @property
    def sound(self) -> str | None:
        """The column that holds how a name sounds, where it is searched."""
        return f"{self.name}_sound" if self.naming and self.search else None

    @property
    def twins(self) -> tuple[str, ...]:
        """The columns that are made of the field's text."""
        return tuple(column for column in (self.folded, self.sort_key, self.sound) if column)

    @property
    def ordered_by(self) -> str:
        """The column by which the field is ordered."""
        return self.sort_key or self.compared

    def named(self, name: str) -> "Field":
        return replace(self, name=name)


_COLUMN_TYPES: dict[Kind, sa.types.TypeEngine[Any]] = {
    Kind.TEXT: sa.Text(collation="C"),
    Kind.LONG_TEXT: sa.Text(collation="C"),
    Kind.EMAIL: sa.Text(collation="C"),
    Kind.PHONE: sa.Text(collation="C"),
    Kind.INTEGER: sa.Integer(),
    Kind.QUANTITY: sa.Numeric(20, 6),
    Kind.PERCENT: sa.Numeric(9, 4),
    Kind.MONEY: sa.Numeric(20, 4),
    Kind.UNIT_PRICE: sa.Numeric(20, 6),
    Kind.RATE: sa.Numeric(20, 10),
    Kind.CURRENCY: sa.Text(collation="C"),
    Kind.DATE: sa.Date(),
    Kind.MOMENT: sa.DateTime(timezone=True),
    Kind.BOOLEAN: sa.Boolean(),
    Kind.CHOICE: sa.Text(collation="C"),
    Kind.DICTIONARY: sa.Text(collation="C"),
    Kind.REFERENCE: sa.Uuid(),
    Kind.COUNTRY: sa.Text(collation="C"),
}
ADDRESS_PARTS: dict[str, tuple[Kind, Label, str]] = {  # what each holds, and how a masked address shows it
    "country": (Kind.COUNTRY, Label("Country", "国家/地区"), "shown"),
    "province": (Kind.TEXT, Label("Province", "省/州"), "shown"),
    "city": (Kind.TEXT, Label("City", "城市"), "shown"),
    "district": (Kind.TEXT, Label("District", "区/县"), "stars"),
    "street": (Kind.TEXT, Label("Street", "街道"), "stars"),
    "street2": (Kind.TEXT, Label("Second street line", "街道第二行"), "stars"),
    "postal_code": (Kind.TEXT, Label("Postal code", "邮编"), "stars"),
}


def _column(facts: Field, **more: Any) -> MappedColumn[Any]:
    return mapped_column(_COLUMN_TYPES[facts.kind], nullable=not facts.required, info={"field": facts}, **more)


@overload
def text(en: str, zh: str, *, required: Literal[True], **facts: Any) -> MappedColumn[str]: ...
@overload
def text(en: str, zh: str, **facts: Any) -> MappedColumn[str | None]: ...
def text(en: str, zh: str, **facts: Any) -> MappedColumn[Any]:
    """One line of text, at most 400 characters; compared without case, width and accents."""
    return _column(Field(kind=Kind.TEXT, label=Label(en, zh), **facts))


def long_text(en: str, zh: str, **facts: Any) -> MappedColumn[str | None]:
    """Several lines of text, at most 20,000 characters."""
    return _column(Field(kind=Kind.LONG_TEXT, label=Label(en, zh), **facts))


def email(en: str, zh: str, **facts: Any) -> MappedColumn[str | None]:
    """An e-mail address."""
    return _column(Field(kind=Kind.EMAIL, label=Label(en, zh), **facts))


def phone(en: str, zh: str, **facts: Any) -> MappedColumn[str | None]:
    """A telephone number, as people write it."""
    return _column(Field(kind=Kind.PHONE, label=Label(en, zh), **facts))


@overload
def integer(en: str, zh: str, *, required: Literal[True], **facts: Any) -> MappedColumn[int]: ...
@overload
def integer(en: str, zh: str, **facts: Any) -> MappedColumn[int | None]: ...
def integer(en: str, zh: str, **facts: Any) -> MappedColumn[Any]:
    """A whole number between -2,147,483,648 and 2,147,483,647."""
    return _column(Field(kind=Kind.INTEGER, label=Label(en, zh), **facts))


def percent(en: str, zh: str, **facts: Any) -> MappedColumn[Decimal | None]:
    """A percentage: 12.5 means 12.5 %."""
    return _column(Field(kind=Kind.PERCENT, label=Label(en, zh), **facts))


@overload
def quantity(en: str, zh: str, *, required: Literal[True], **facts: Any) -> MappedColumn[Decimal]: ...
@overload
def quantity(en: str, zh: str, **facts: Any) -> MappedColumn[Decimal | None]: ...
def quantity(en: str, zh: str, **facts: Any) -> MappedColumn[Any]:
    """A quantity with up to 6 decimals."""
    return _column(Field(kind=Kind.QUANTITY, label=Label(en, zh), **facts))


def money(en: str, zh: str, **facts: Any) -> MappedColumn[Decimal | None]:
    """An amount of money, numeric(20,4), with its currency; compared and added up in the base currency."""
    return _column(Field(kind=Kind.MONEY, label=Label(en, zh), **facts))


def unit_price(en: str, zh: str, **facts: Any) -> MappedColumn[Decimal | None]:
    """A price per unit, numeric(20,6), with its currency; compared and added up in the base currency."""
    return _column(Field(kind=Kind.UNIT_PRICE, label=Label(en, zh), **facts))


def rate(en: str, zh: str, *, required: Literal[True], **facts: Any) -> MappedColumn[Decimal]:
    """An exchange rate, numeric(20,10)."""
    return _column(Field(kind=Kind.RATE, label=Label(en, zh), required=required, **facts))


@overload
def currency(en: str, zh: str, *, required: Literal[True], **facts: Any) -> MappedColumn[str]: ...
@overload
def currency(en: str, zh: str, **facts: Any) -> MappedColumn[str | None]: ...
def currency(en: str, zh: str, **facts: Any) -> MappedColumn[Any]:
    """The code of a currency, three capital letters of ISO 4217."""
    return _column(Field(kind=Kind.CURRENCY, label=Label(en, zh), **facts))


@overload
def day(en: str, zh: str, *, required: Literal[True], **facts: Any) -> MappedColumn[date]: ...
@overload
def day(en: str, zh: str, **facts: Any) -> MappedColumn[date | None]: ...
def day(en: str, zh: str, **facts: Any) -> MappedColumn[Any]:
    """A date without a time of day."""
    return _column(Field(kind=Kind.DATE, label=Label(en, zh), **facts))


def moment(en: str, zh: str, **facts: Any) -> MappedColumn[datetime | None]:
    """A point in time; stored in UTC."""
    return _column(Field(kind=Kind.MOMENT, label=Label(en, zh), **facts))


def boolean(en: str, zh: str, *, default: bool = False, **facts: Any) -> MappedColumn[bool]:
    """Yes or no; never unknown."""
    return _column(Field(kind=Kind.BOOLEAN, label=Label(en, zh), required=True, default=default, **facts))


def choice(en: str, zh: str, choices: type[ChoiceT], *, default: ChoiceT, **facts: Any) -> MappedColumn[ChoiceT]:
    """One of a fixed set that code knows; an UPPER_CASE enum in the API."""
    return _choice(
        Field(kind=Kind.CHOICE, label=Label(en, zh), choices=choices, required=True, default=default, **facts)
    )


def states(
    en: str, zh: str, choices: type[ChoiceT], *, initial: ChoiceT, entry: tuple[ChoiceT, ...] = (), **facts: Any
) -> MappedColumn[ChoiceT]:
    """The state of a record, which only actions move. A new one is `initial`, or one of `entry` where that is said."""
    facts_ = Field(
        kind=Kind.CHOICE,
        label=Label(en, zh),
        choices=choices,
        required=True,
        default=initial,
        entry=tuple(dict.fromkeys((initial, *entry))),
        **facts,
    )
    return _choice(facts_)


def _choice(facts: Field) -> MappedColumn[Any]:
    choices = facts.choices or Choices
    values = [member.value for member in choices]
    column_type = sa.Enum(
        choices, native_enum=False, create_constraint=False, length=40, values_callable=lambda _: values
    )
    return mapped_column(column_type, nullable=False, info={"field": facts})


def dictionary(en: str, zh: str, of: DictionaryFacts, **facts: Any) -> MappedColumn[str | None]:
    """One of the entries of a dictionary, kept as its code; tenants look after the entries themselves."""
    return _column(Field(kind=Kind.DICTIONARY, label=Label(en, zh), dictionary=of, **facts))


@overload
def ref(target: type[Any] | None, en: str, zh: str, *, required: Literal[True], **facts: Any) -> MappedColumn[UUID]: ...
@overload
def ref(target: type[Any] | None, en: str, zh: str, **facts: Any) -> MappedColumn[UUID | None]: ...
def ref(target: type[Any] | None, en: str, zh: str, **facts: Any) -> MappedColumn[Any]:
    """A reference to a record of the class `target`; None means the object's own class (a tree).

    The other way round it is a list of `target`, named by the plural of this object, or by `reverse`.
    """
    return _column(Field(kind=Kind.REFERENCE, label=Label(en, zh), target=target, **facts), index=True)


def address(en: str, zh: str, *, search: bool = False, masked: bool = False, **facts: Any) -> Field:
    """A postal address: country, province, city, district, two lines of street and postal code, each in its column.

    It is written, shown, hidden and masked as one field. Who sees it masked sees country, province and city.
    """
    mask = "address" if masked else None
    return Field(kind=Kind.ADDRESS, label=Label(en, zh), search=search, mask=mask, **facts)


def parts_of_address(whole: Field) -> list[tuple[Field, MappedColumn[Any]]]:
    """The fields of which an address is made, with their columns."""
    found: list[tuple[Field, MappedColumn[Any]]] = []
    for part, (kind, label, mask) in ADDRESS_PARTS.items():
        both = Label(f"{whole.label.en} {label.en.lower()}", f"{whole.label.zh}{label.zh}")
        facts = Field(
            kind=kind,
            label=both,
            group=whole.group,
            mask=mask if whole.mask else None,
            personal=whole.personal,
            search=whole.search and kind is Kind.TEXT,
            part_of=whole.name,
            name=f"{whole.name}_{part}",
        )
        found.append((facts, _column(facts)))
    return found


def refs(target: type[Any], en: str, zh: str, **facts: Any) -> Field:
    """Any number of records of the class `target`, at most 100, in their order; they are kept beside the record."""
    return Field(kind=Kind.REFERENCES, label=Label(en, zh), target=target, **facts)
