"""What is asked of a file as JSON."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import orjson

from saas.engine.field import Kind
from saas.engine.file_tables import attachment
from saas.engine.files.download import Address, checked_minutes
from saas.engine.files.preview import PICTURES, checked_side
from saas.engine.later import pinned
from saas.engine.plan.json_text import Form, Member, json_array, json_object, text, where
from saas.engine.plan.making import Making, Source, as_rows
from saas.engine.plan.values import moment, scalar
from saas.engine.read.file_sight import hangs_in_sight
from saas.engine.registry import objects
from saas.engine.rowsource import Rows, fresh
from saas.engine.selection import Picked
from saas.engine.sql.text import table_of
from saas.engine.stored_file import FileState

_IDS = {"id": "id", "createdById": "created_by"}
_TEXTS = {"name": "name", "type": "type", "checksum": "checksum", "reason": "reason"}


def file_object(making: Making, rows: Rows, picked: Sequence[Picked], _source: Source) -> str:
    """An expression for the JSON of a file in `rows`, which is in sight."""
    return json_object([_member(making, rows, each) for each in picked])


def _member(making: Making, rows: Rows, picked: Picked) -> Member:
    def column(name: str) -> str:
        return making.of(rows.c[name])

    key = picked.key
    if picked.name == "__typename":
        return Member(key, "'File'", Form.PLAIN, is_there=True)
    if picked.name in _IDS:
        return Member(key, column(_IDS[picked.name]), Form.PLAIN, is_there=True)
    if picked.name in _TEXTS:
        return Member(key, column(_TEXTS[picked.name]), Form.STRING)
    if picked.name == "size":
        return scalar(key, Kind.INTEGER, column("size"), is_there=True)
    if picked.name == "state":
        return Member(key, f"upper({column('state')})", Form.PLAIN, is_there=True)
    if picked.name == "createdAt":
        return Member(key, moment(column("created_at")), Form.PLAIN, is_there=True)
    if picked.name == "recordIds":
        return Member(key, _records(making, rows), Form.JSON, is_there=True)
    return Member(key, _address(making, picked, column), Form.JSON)


def _records(making: Making, rows: Rows) -> str:
    """The records in sight that the file hangs on, in the order in which it was hung there."""
    hang = as_rows(fresh(attachment))
    making.text.know(hang)
    on_file = making.text.all_of([hang.c["file_id"] == rows.c["id"], hangs_in_sight(making, hang, objects())])
    name = hang.name
    found = (
        f"SELECT concat('\"', {name}.record_id, '\"') FROM {table_of(hang)} AS {name} WHERE {on_file} "
        f"ORDER BY {name}.attached_at, {name}.record_id"
    )
    return json_array(f"array_to_string(ARRAY({found}), ',')")


def _address(making: Making, picked: Picked, column: Callable[[str], str]) -> str:
    """An address for the viewer; NULL where there is nothing to fetch."""
    arguments = picked.arguments("File")
    minutes = checked_minutes(pinned(arguments["minutes"]))
    is_ready = f"{column('state')} = {text(FileState.READY)}"
    side = 0
    if picked.name == "previewUrl":
        side = checked_side(pinned(arguments["side"]))
        is_ready += f" AND {column('type')} IN ({', '.join(map(text, PICTURES))})"
    told = making.mended(_sealed(Address(minutes, side)), f"to_json({column('id')})")
    return where(is_ready, told)


def _sealed(address: Address) -> Callable[[Any, Any], bytes]:
    return lambda run, id_: orjson.dumps(address.of(run, UUID(id_)))
