"""A mapping: which column of a file becomes which field, and by which fields a record is known again."""

import re
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from saas.kit.errors import BadInput


def _as_text(value: Any) -> Any:
    """`true` and `12` of a YAML file are meant as they are written."""
    return str(value).lower() if isinstance(value, bool) else value


def _as_source(value: Any) -> Any:
    """`name: account` is short for `name: {column: account}`."""
    return {"column": value} if isinstance(value, str) else value


def _as_date_format(value: str) -> str:
    """Refused where no date can be read by it: what it writes it must read again."""
    try:
        time.strptime(time.strftime(value, time.gmtime(0)), value)
    except (ValueError, re.error):
        raise ValueError("is no form of a date such as %d.%m.%Y") from None
    return value


def _at_most(most: int) -> Callable[[str], str]:
    def check(value: str) -> str:
        if len(value) > most:
            raise ValueError(f"is longer than {most:,} characters")
        return value

    return check


# Every row may repeat them: a small file must not become a large one by its mapping.
MAX_WORDS, MAX_JOIN, MAX_COLUMNS, MAX_FORMAT = 1_000, 20, 20, 60
Text = Annotated[str, BeforeValidator(_as_text), AfterValidator(_at_most(MAX_WORDS))]


class _Checked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class Reference(_Checked):
    """By which of its fields the record is found that a cell names."""

    by: str


class Source(_Checked):
    """Where a field's value comes from, and how its text is read."""

    column: str | None = None
    columns: tuple[str, ...] = Field(default=(), max_length=MAX_COLUMNS)
    join: Annotated[str, AfterValidator(_at_most(MAX_JOIN))] = " "
    separator: str = Field(default=";", min_length=1, max_length=MAX_JOIN)
    constant: Text | None = None
    default: Text | None = None
    values: dict[str, Text] = Field(default_factory=dict)
    reference: Reference | None = None
    date_format: Annotated[str, AfterValidator(_at_most(MAX_FORMAT)), AfterValidator(_as_date_format)] | None = None
    round: int | None = Field(default=None, ge=0, le=6)
    times: Decimal | None = None
    line_breaks: bool = False
    skip_empty: bool = False
    warn_if_empty: bool = False

    @model_validator(mode="after")
    def _one_origin(self) -> "Source":
        given = [name for name in ("column", "columns", "constant") if getattr(self, name)]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            raise ValueError(f"needs exactly one of column, columns, constant; it has {found}")
        if len(set(self.columns)) < len(self.columns):
            raise ValueError("names a column twice")
        return self

    @property
    def wanted(self) -> tuple[str, ...]:
        """The columns it reads."""
        return (self.column,) if self.column else self.columns


Sources = dict[str, Annotated[Source, BeforeValidator(_as_source)]]


class LineMapping(_Checked):
    """How the rows of a document become its lines.

    With a `key` a line is known again by it, and lines of which the file says nothing stay; without, the rows are all
    that the document has, in their order. `list` is the name of the list of lines in JSON Lines.
    """

    columns: Sources = Field(min_length=1)
    key: tuple[str, ...] = ()
    list: str = "lines"


class Mapping(_Checked):
    """How one file is read into one object."""

    object: str
    key: tuple[str, ...] = ()
    columns: Sources = Field(min_length=1)
    lines: LineMapping | None = None
    unique_rows: bool = False
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    encoding: str | None = None
    sheet: str | None = None
    decimal: Literal[".", ","] = "."

    def as_json(self) -> dict[str, Any]:
        """What it says, as it is kept: `model_validate` reads it again."""
        return self.model_dump(mode="json", exclude_defaults=True)


def mapping_from(given: Any, place: str = "mapping") -> Mapping:
    """The mapping that `given` (from YAML or JSON) describes; BadInput tells the place of the first mistakes."""
    if not isinstance(given, dict):
        raise BadInput(
            f"{place}: a mapping has object, key and columns, this is {type(given).__name__}.",
            remedy="See docs/import.md for an example.",
            path=("mapping",),
        )
    try:
        return Mapping.model_validate(given)
    except ValidationError as wrong:
        told = [f"{place}: {_where(error['loc'])}: {_what(error)}" for error in wrong.errors()[:5]]
        first = tuple(str(step) for step in wrong.errors()[0]["loc"])
        raise BadInput(
            "; ".join(told) + ".", remedy="docs/import.md lists what a mapping may say.", path=("mapping", *first)
        ) from None


def _where(steps: tuple[int | str, ...]) -> str:
    return ".".join(str(step) for step in steps) or "the whole"


def _what(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return "there is no such setting"
    if error["type"] == "missing":
        return "it is missing"
    return str(error["msg"]).removeprefix("Value error, ")
