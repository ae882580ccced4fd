"""A mapping as the API takes it: typed, and checked by the same rules as one in a file."""

from decimal import Decimal
from typing import Any

import strawberry

from saas.engine.scope import Scope
from saas.engine.transfer.mapping import Mapping, mapping_from
from saas.engine.transfer.run import Upload
from saas.engine.transfer.saved import wanted
from saas.kit import ids
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


@strawberry.input(description="How the rows of a document become its lines.")
class ImportLinesInput:
    columns: list[ImportColumnInput] = strawberry.field(description="The fields of a line to fill, each once.")
    key: list[str] | None = strawberry.field(
        default=None,
        description="The fields by which a line is known again; lines of which the file says nothing stay. If absent,"
        " the rows are all that the document has, in their order.",
    )
    list_: str | None = strawberry.field(
        name="list", default=None, description="In JSON Lines: the name of the list of lines; `lines` if absent."
    )


@strawberry.input(description="How a file is read into an object.")
class ImportMappingInput:
    columns: list[ImportColumnInput] = strawberry.field(description="The fields to fill, each once.")
    lines: ImportLinesInput | None = strawberry.field(
        default=None, description="For documents: rows of one key are one document, each with one line of it."
    )
    key: list[str] | None = strawberry.field(default=None, description="The fields by which a record is known again.")
    unique_rows: bool | None = strawberry.field(default=None, description="Whether equal rows may repeat.")
    delimiter: str | None = strawberry.field(default=None, description="Between cells; recognised if absent.")
    decimal: str | None = strawberry.field(default=None, description="The decimal separator: `.` or `,`.")
    encoding: str | None = strawberry.field(
        default=None, description="Of a file: recognised if absent, where it is UTF-8, UTF-16 or GB 18030."
    )
    sheet: str | None = strawberry.field(
        default=None, description="Of a workbook: which sheet is read; the first that is not hidden if absent."
    )


@strawberry.input(description="A file to import.")
class ImportRunStartInput:
    object: str = strawberry.field(description="What the rows become, such as `customer`.")
    file_name: str | None = strawberry.field(
        default=None, description="What the file is called; that of `fileId` if absent."
    )
    csv: str | None = strawberry.field(
        default=None, description="Its text, CSV or JSON Lines; the first line names the columns. Or `fileId`."
    )
    file_id: strawberry.ID | None = strawberry.field(
        default=None, description="A file in your sight, sent with `fileCreate`: CSV, XLSX or JSON Lines of any size."
    )
    mapping: ImportMappingInput | None = strawberry.field(default=None, description="How it is read. Or `mappingId`.")
    mapping_id: strawberry.ID | None = strawberry.field(default=None, description="A mapping that was saved.")
    dry_run: bool = strawberry.field(default=False, description="Only try: the same report, and nothing is written.")


def upload_of(scope: Scope, given: ImportRunStartInput) -> Upload:
    """What is to be imported; BadInput where it is not said, or says what a mapping cannot."""
    if (given.csv is None) == (given.file_id is None):
        raise BadInput("Give either csv or fileId.", path=("csv",))
    content = given.csv if given.file_id is None else ids.parse_id(given.file_id)
    if given.file_name is None and given.file_id is None:
        raise BadInput("A text needs a fileName.", path=("fileName",))
    return Upload(given.file_name or "", content or "", _mapping(scope, given), given.dry_run)


def _mapping(scope: Scope, given: ImportRunStartInput) -> Mapping:
    if given.mapping is not None and given.mapping_id is None:
        return mapping_from_input(given.object, given.mapping)
    if given.mapping is not None or given.mapping_id is None:
        raise BadInput("Give either mapping or mappingId.", path=("mapping",))
    found = wanted(scope, ids.parse_id(given.mapping_id))
    if found.object != given.object:
        raise BadInput(f"This mapping is one for {found.object}.", path=("mappingId",))
    return found


def mapping_from_input(one: str, wanted: ImportMappingInput) -> Mapping:
    """The mapping of an input; BadInput where it says something that a mapping cannot."""
    told = {"object": one, "columns": _sources(wanted.columns, "columns")}
    if wanted.lines is not None:
        of_lines = _sources(wanted.lines.columns, "lines.columns")
        told["lines"] = {"columns": of_lines} | _given(key=wanted.lines.key, list=wanted.lines.list_)
    names = ("key", "unique_rows", "delimiter", "decimal", "encoding", "sheet")
    return mapping_from(told | _given(**{name: getattr(wanted, name) for name in names}))


def _sources(columns: list[ImportColumnInput], place: str) -> dict[str, Any]:
    sources: dict[str, Any] = {}
    for column in columns:
        if column.field in sources:
            raise BadInput(
                f"mapping: {place}.{column.field}: the field is given twice.", path=("mapping", *place.split("."))
            )
        sources[column.field] = _source(column)
    return sources


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
