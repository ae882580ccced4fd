"""Mappings of imports that are kept under a name: looked at, saved, removed."""

from collections.abc import Mapping as MappingOf
from datetime import datetime
from decimal import Decimal
from typing import Annotated

import strawberry
from strawberry.types import Info

from saas.engine.transfer.mapping import LineMapping, Source
from saas.engine.transfer.saved import Saved, mapping_delete, mapping_save, mapping_saved, mappings_saved
from saas.kit import ids
from saas.schema.handmade import Problem
from saas.schema.import_input import ImportMappingInput, mapping_from_input
from saas.schema.sharing import done

Id = Annotated[strawberry.ID, strawberry.argument(description="The id of a mapping.")]
Name = Annotated[str, strawberry.argument(description="What it is called; one of this name is replaced.")]
Object = Annotated[str, strawberry.argument(description="What the rows are to become, such as `customer`.")]
ObjectOrAll = Annotated[str | None, strawberry.argument(description="Only those for this object.")]
Wish = Annotated[ImportMappingInput, strawberry.argument(description="How a file is read.")]


@strawberry.type(description="A text of a file, and what it stands for.")
class ImportValue:
    from_: str = strawberry.field(name="from", description="As it stands in the file.")
    to: str = strawberry.field(description="As it is read.")


@strawberry.type(description="Where a field gets its value; named as in ImportColumnInput, null where nothing is said.")
class ImportColumn:
    field: str = strawberry.field(description="The field.")
    column: str | None = strawberry.field(description="The column with its value.")
    columns: list[str] | None = strawberry.field(description="Columns that are put together.")
    join: str | None = strawberry.field(description="What stands between them.")
    constant: str | None = strawberry.field(description="The same text for every row.")
    default: str | None = strawberry.field(description="Instead of an empty cell.")
    values: list[ImportValue] | None = strawberry.field(description="Corrections of the file.")
    separator: str | None = strawberry.field(description="What stands between the names in a cell.")
    by: str | None = strawberry.field(description="For a reference: the field that names the record.")
    date_format: str | None = strawberry.field(description="How dates are written.")
    round: int | None = strawberry.field(description="To how many decimals a number is rounded.")
    times: Decimal | None = strawberry.field(description="By what a number is multiplied.")
    line_breaks: bool | None = strawberry.field(description="Whether `\\n` in a cell is a line break.")
    skip_empty: bool | None = strawberry.field(description="Whether an empty cell leaves what is there.")
    warn_if_empty: bool | None = strawberry.field(description="For a reference: whether an empty cell is told.")


@strawberry.type(description="How the rows of a document become its lines.")
class ImportLines:
    columns: list[ImportColumn] = strawberry.field(description="The fields of a line.")
    key: list[str] = strawberry.field(description="The fields by which a line is known again.")
    list_: str = strawberry.field(name="list", description="In JSON Lines: the name of the list of lines.")


@strawberry.type(description="A mapping that is kept under a name; seen by everybody who may import its object.")
class ImportMapping:
    id: strawberry.ID = strawberry.field(description="Its id, for `mappingId`.")
    name: str = strawberry.field(description="What it is called.")
    object: str = strawberry.field(description="What the rows become.")
    columns: list[ImportColumn] = strawberry.field(description="The fields that it fills.")
    lines: ImportLines | None = strawberry.field(description="For documents: how their lines are read.")
    key: list[str] = strawberry.field(description="The fields by which a record is known again.")
    unique_rows: bool = strawberry.field(description="Whether equal rows may repeat.")
    delimiter: str | None = strawberry.field(description="Between cells; recognised where null.")
    decimal: str = strawberry.field(description="The decimal separator.")
    encoding: str | None = strawberry.field(description="Of the file; recognised where null.")
    sheet: str | None = strawberry.field(description="Of a workbook: which sheet is read.")
    created_by_id: strawberry.ID = strawberry.field(description="Who made it, and may change it.")
    updated_at: datetime = strawberry.field(description="When it was saved last.")


@strawberry.type(description="What became of the wish to save or remove a mapping.")
class ImportMappingPayload:
    id: strawberry.ID | None = strawberry.field(description="Null if and only if nothing was done.")
    import_mapping: ImportMapping | None = strawberry.field(description="The mapping, while there is one.")
    problems: list[Problem] = strawberry.field(description="Why nothing was done.")


def mapping_told(saved: Saved) -> ImportMapping:
    """The mapping as the API tells it."""
    mapping = saved.mapping
    return ImportMapping(
        id=strawberry.ID(str(saved.id)),
        name=saved.name,
        columns=_columns(mapping.columns),
        lines=None if mapping.lines is None else _lines(mapping.lines),
        key=list(mapping.key),
        created_by_id=strawberry.ID(str(saved.created_by)),
        updated_at=saved.updated_at,
        object=mapping.object,
        unique_rows=mapping.unique_rows,
        delimiter=mapping.delimiter,
        decimal=mapping.decimal,
        encoding=mapping.encoding,
        sheet=mapping.sheet,
    )


def _lines(lines: LineMapping) -> ImportLines:
    return ImportLines(columns=_columns(lines.columns), key=list(lines.key), list_=lines.list)


def _columns(sources: MappingOf[str, Source]) -> list[ImportColumn]:
    return [_column(field, source) for field, source in sources.items()]


def _column(field: str, source: Source) -> ImportColumn:
    said = source.model_dump(exclude_defaults=True)
    values = said.pop("values", None)
    reference = said.pop("reference", None)
    columns = said.pop("columns", None)
    names = ("column", "join", "constant", "default", "separator", "date_format", "round", "times")
    flags = ("line_breaks", "skip_empty", "warn_if_empty")
    return ImportColumn(
        field=field,
        columns=None if columns is None else list(columns),
        values=None if values is None else [ImportValue(from_=wrong, to=right) for wrong, right in values.items()],
        by=None if reference is None else reference["by"],
        **{name: said.get(name) for name in (*names, *flags)},
    )


def _mappings(info: Info, object: ObjectOrAll = None) -> list[ImportMapping] | None:
    return [mapping_told(saved) for saved in mappings_saved(info.context.scope, object)]


def _save(info: Info, object: Object, name: Name, mapping: Wish) -> ImportMappingPayload | None:
    id_, problems = done(info, lambda on: mapping_save(on.scope, name, mapping_from_input(object, mapping)))
    saved = None if id_ is None else mapping_saved(info.context.scope, ids.parse_id(id_))
    told = None if saved is None else mapping_told(saved)
    return ImportMappingPayload(id=id_, import_mapping=told, problems=problems)


def _delete(info: Info, id: Id) -> ImportMappingPayload | None:
    id_, problems = done(info, lambda on: mapping_delete(on.scope, ids.parse_id(id)))
    return ImportMappingPayload(id=id_, import_mapping=None, problems=problems)


@strawberry.type(description="Looking at saved mappings.")
class ImportMappingQuery:
    import_mappings: list[ImportMapping] | None = strawberry.field(
        resolver=_mappings, description="The mappings that are kept for the objects that you may import, by name."
    )


@strawberry.type(description="Saving mappings.")
class ImportMappingMutation:
    import_mapping_save: ImportMappingPayload | None = strawberry.mutation(
        resolver=_save, description="Keep a mapping under a name, for the next file of the same kind."
    )
    import_mapping_delete: ImportMappingPayload | None = strawberry.mutation(
        resolver=_delete, description="Remove a mapping that you made; who may change roles removes any."
    )
