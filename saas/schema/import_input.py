"""A mapping as the API takes it: typed, and checked by the same rules as one in a file."""

from decimal import Decimal
from typing import Any

import strawberry

from saas.engine.transfer.mapping import Mapping, mapping_from
from saas.kit.errors import BadInput
from saas.schema.scalars import serialize_decimal


@strawberry.input(description="A text of the file, and what it stands for.")
class ImportValueInput:
    from_: str = strawberry.field(name="from", description="As it stands in the file; case and accents do not matter.")
    to: str = strawberry.field(description="As it should be read.")


@strawberry.input(description="Where a field gets its value: exactly one of column, columns, constant.")
class ImportColumnInput:
    field: str = strawberry.field(description="The field, such as `engagedOn`.")
    column: str | None = strawberry.field(default=None, description="The column with its value.")
    columns: list[str] | None = strawberry.field(default=None, description="Columns that are put together.")
    join: str | None = strawberry.field(default=None, description="What stands between them; a space if absent.")
    constant: str | None = strawberry.field(default=None, description="The same text for every row.")
    default: str | None = strawberry.field(default=None, description="Instead of an empty cell.")
    values: list[ImportValueInput] | None = strawberry.field(default=None, description="Corrections of the file.")
    separator: str | None = strawberry.field(
        default=None, description="What stands between the names in a cell of many references; `;` if absent."
    )
    by: str | None = strawberry.field(default=None, description="For a reference: the field that names the record.")
    date_format: str | None = strawberry.field(default=None, description="Such as `%d.%m.%Y`; year first if absent.")
    round: int | None = strawberry.field(default=None, description="To how many decimals a number is rounded.")
    times: Decimal | None = strawberry.field(default=None, description="By what a number is multiplied.")
    line_breaks: bool | None = strawberry.field(default=None, description="Whether `\\n` in a cell is a line break.")
    skip_empty: bool | None = strawberry.field(default=None, description="Whether an empty cell leaves what is there.")
    warn_if_empty: bool | None = strawberry.field(default=None, description="For a reference: warn where it is empty.")


@strawberry.input(description="How a file is read into an object.")
class ImportMappingInput:
    columns: list[ImportColumnInput] = strawberry.field(description="The fields to fill, each once.")
    key: list[str] | None = strawberry.field(default=None, description="The fields by which a record is known again.")
    unique_rows: bool | None = strawberry.field(default=None, description="Whether equal rows may repeat.")
    delimiter: str | None = strawberry.field(default=None, description="Between cells; recognised if absent.")
    decimal: str | None = strawberry.field(default=None, description="The decimal separator: `.` or `,`.")


@strawberry.input(description="A file to import.")
class ImportRunStartInput:
    object: str = strawberry.field(description="What the rows become, such as `customer`.")
    file_name: str = strawberry.field(description="What the file is called.")
    csv: str = strawberry.field(description="Its text; the first line names the columns.")
    mapping: ImportMappingInput = strawberry.field(description="How it is read.")
    dry_run: bool = strawberry.field(default=False, description="Only try: the same report, and nothing is written.")


def mapping_of(given: ImportRunStartInput) -> Mapping:
    """The mapping of an input; BadInput where it says something that a mapping cannot."""
    wanted = given.mapping
    columns: dict[str, Any] = {}
    for column in wanted.columns:
        if column.field in columns:
            raise BadInput(f"mapping: columns.{column.field}: the field is given twice.", path=("mapping", "columns"))
        columns[column.field] = _source(column)
    return mapping_from(
        {"object": given.object, "columns": columns}
        | _given(key=wanted.key, unique_rows=wanted.unique_rows, delimiter=wanted.delimiter, decimal=wanted.decimal)
    )


def _source(column: ImportColumnInput) -> dict[str, Any]:
    names = ("column", "columns", "join", "separator", "constant", "default", "date_format", "round")
    flags = ("line_breaks", "skip_empty", "warn_if_empty")
    source = _given(**{name: getattr(column, name) for name in (*names, *flags)})
    if column.values:
        source["values"] = {value.from_: value.to for value in column.values}
    if column.by is not None:
        source["reference"] = {"by": column.by}
    if column.times is not None:
        source["times"] = serialize_decimal(column.times)
    return source


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
