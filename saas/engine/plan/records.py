"""What is asked of one record as JSON: its fields, what is behind its references and in its lists, what one may do."""

from collections.abc import Sequence

import sqlalchemy as sa

from saas.engine.access.fields import readable, seen
from saas.engine.access.rows import Shape, reached, referable
from saas.engine.field import Field, Kind
from saas.engine.links import link, stored_as
from saas.engine.plan.access import access_object
from saas.engine.plan.files import file_object
from saas.engine.plan.json_text import Form, Member, json_array, json_object, where
from saas.engine.plan.lists import RowObject, may_follow, page_object
from saas.engine.plan.making import Making, Source, as_rows
from saas.engine.plan.values import value_of
from saas.engine.read.columns import UNSEEN
from saas.engine.read.file_list import FileListing
from saas.engine.read.listing import Listing
from saas.engine.read.request import page_request
from saas.engine.read.value import leads_to
from saas.engine.read.wanted_files import FILES
from saas.engine.registry import Connection, ObjectType, connections
from saas.engine.rowsource import Rows, fresh
from saas.engine.selection import Picked
from saas.engine.sql.text import table_of
from saas.kit.errors import AtriumError
from saas.kit.text import camel
from saas.tenants.reader_statement import SCHEMA


def record_object(making: Making, one: ObjectType, rows: Rows, picked: Sequence[Picked], source: Source) -> str:
    """An expression for the JSON of a record in `rows`; what it refers to is joined to the source."""
    return json_object([_member(making, one, rows, each, source) for each in picked])


def of_object(one: ObjectType) -> RowObject:
    """How the records of one object become JSON."""
    return lambda making, rows, picked, source: record_object(making, one, rows, picked, source)


def _member(making: Making, one: ObjectType, rows: Rows, picked: Picked, source: Source) -> Member:
    if picked.name == "id":
        return Member(picked.key, making.of(rows.c["id"]), Form.PLAIN, is_there=True)
    if picked.name == "__typename":
        return Member(picked.key, f"'{one.type_name}'", Form.PLAIN, is_there=True)
    if picked.name == "version":
        return Member(picked.key, f"({making.of(_version(making, one, rows))})::text", Form.JSON, is_there=True)
    if picked.name == "access":
        return Member(picked.key, access_object(making, one, rows, picked.children), Form.JSON, is_there=True)
    if picked.name == "lines" and one.lines is not None:
        return Member(picked.key, _lines(making, one.lines, rows, picked), Form.JSON, is_there=True)
    if picked.name == FILES and one.document is None:
        return Member(picked.key, _files(making, one, rows, picked), Form.JSON)
    for connection in connections(one):
        if connection.api == picked.name:
            return Member(picked.key, _list(making, one, rows, connection, picked), Form.JSON)
    field = next(field for field in one.all_fields.values() if camel(field.api) == picked.name)
    if field.kind is Kind.REFERENCE:
        return Member(picked.key, _reference(making, one, rows, field, picked, source), Form.JSON)
    if field.kind is Kind.REFERENCES:
        return Member(picked.key, _linked(making, one, rows, field, picked), Form.JSON)
    return value_of(making, one, rows, picked, field, source)


def _version(making: Making, one: ObjectType, rows: Rows) -> sa.ColumnElement[int]:
    version: sa.ColumnElement[int] = rows.c["version"]
    if not one.record.facts.public_title:
        return version
    return sa.case((reached(making.profile, one, "read", rows, Shape.WIDE), version), else_=UNSEEN)


def _reference(making: Making, one: ObjectType, rows: Rows, field: Field, picked: Picked, source: Source) -> str:
    if readable(making.profile, one, field, rows) is False:
        return "NULL"
    key = (rows.name, field.name)
    target = one.target_of(field)
    if key not in source.behind:
        behind = as_rows(fresh(target.table))
        making.text.know(behind)
        source.join(behind, making.text.all_of(leads_to(making, one, field, rows, behind)))
        source.behind[key] = behind
        making.living.add(behind.name)
    behind = source.behind[key]
    told = record_object(making, target, behind, picked.children, source)
    return where(f"{behind.name}.id IS NOT NULL", told)


def _linked(making: Making, one: ObjectType, rows: Rows, field: Field, picked: Picked) -> str:
    """The records that a field with many references leads to, in their order; NULL where it is hidden."""
    sees = seen(making.profile, one, field, rows, sa.literal(value=True))
    target = one.target_of(field)
    behind = as_rows(fresh(target.table))
    making.text.know(behind)
    pairs = as_rows(fresh(link))
    making.text.know(pairs)
    source = Source(behind)
    making.living.add(behind.name)
    told = record_object(making, target, behind, picked.children, source)
    conditions = making.text.all_of(
        [
            pairs.c["record_id"] == rows.c["id"],
            pairs.c["field"] == stored_as(one, field),
            behind.c["deleted_at"].is_(None),
            referable(making.profile, target, behind),
        ]
    )
    rows_of = (
        f"SELECT {told} FROM {table_of(pairs)} AS {pairs.name} JOIN {table_of(behind)} AS {behind.name} "
        f"ON {behind.name}.id = {pairs.name}.target_id{source.joined} WHERE {conditions} ORDER BY {pairs.name}.position"
    )
    array = json_array(f"array_to_string(ARRAY({rows_of}), ',')")
    return array if (shown := making.of(sees)) == "true" else where(shown, array)


def _lines(making: Making, lines: ObjectType, rows: Rows, picked: Picked) -> str:
    """The lines of a document, in their order; those of a deleted one as they went with it."""
    line = as_rows(fresh(lines.table))
    making.text.know(line)
    source = Source(line)
    told = record_object(making, lines, line, picked.children, source)
    with_it = (
        [line.c["deleted_at"].is_(None)]
        if rows.name in making.living
        else [
            line.c["deleted_at"].is_(None) == rows.c["deleted_at"].is_(None),
            line.c["deletion_id"].is_not_distinct_from(rows.c["deletion_id"]),
        ]
    )
    conditions = making.text.all_of([line.c[lines.record.facts.line_of or ""] == rows.c["id"], *with_it])
    read = (
        f"SELECT {told} FROM {table_of(line)} AS {line.name}{source.joined} WHERE {conditions} "
        f"ORDER BY {line.name}.position, {line.name}.id"
    )
    return json_array(f"array_to_string(ARRAY({read}), ',')")


def _list(making: Making, one: ObjectType, rows: Rows, connection: Connection, picked: Picked) -> str:
    """A list of the records that refer to this one; NULL where one may not read them, or never sees whose they are."""
    if not may_follow(making, connection):
        return "NULL"
    try:
        listing = Listing(making, connection.object, page_request(picked.arguments(one.type_name)), connection)
        told = page_object(making, listing, picked.children, of_object(connection.object), rows)
    except AtriumError as error:
        error.path = (connection.api, *error.path)
        raise
    if not one.record.facts.public_title:
        return told
    sees = making.of(reached(making.profile, one, "read", rows, Shape.WIDE))
    return told if sees == "true" else where(sees, told)


def _files(making: Making, one: ObjectType, rows: Rows, picked: Picked) -> str:
    """The files that hang on a record; NULL for one in the trash, and for one of which only the title shows."""
    try:
        listing = FileListing(making, page_request(picked.arguments(one.type_name)), of=one)
        told = page_object(making, listing, picked.children, file_object, rows)
    except AtriumError as error:
        error.path = (FILES, *error.path)
        raise
    seen = [] if rows.name in making.living else [rows.c["deleted_at"].is_(None)]
    if one.record.facts.public_title:
        seen.append(reached(making.profile, one, "read", rows, Shape.WIDE))
    shown = making.text.all_of(seen)
    return told if shown == "true" else where(shown, told)


def by_id(making: Making, one: ObjectType, picked: Sequence[Picked], id_sql: str, *, by_reference: bool = False) -> str:
    """A query for the JSON of the living record with this id, if it is in sight; no row where there is none."""
    rows = as_rows(fresh(one.table))
    making.text.know(rows)
    making.living.add(rows.name)
    source = Source(rows)
    told = record_object(making, one, rows, picked, source)
    sight = referable(making.profile, one, rows) if by_reference else reached(making.profile, one, "read", rows)
    conditions = making.text.all_of([rows.c["deleted_at"].is_(None), sight])
    return (
        f"SELECT {told} FROM {SCHEMA}.{one.table.name} AS {rows.name}{source.joined} "
        f"WHERE {rows.name}.id = {id_sql} AND {conditions}"
    )
