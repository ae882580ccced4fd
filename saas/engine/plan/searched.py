"""A search over several objects as JSON: one statement finds the records and reads what is asked of each."""

from collections.abc import Mapping, Sequence
from typing import Any

from saas.engine.file_tables import file
from saas.engine.later import at, pinned, whole
from saas.engine.plan.files import file_object
from saas.engine.plan.json_text import Form, Member, json_array, json_object, where
from saas.engine.plan.making import Making, Source, as_rows
from saas.engine.plan.mends import cursor
from saas.engine.plan.records import by_id
from saas.engine.read.cursor import tag_of
from saas.engine.read.request import PageRequest
from saas.engine.read.search_all import Asked, Hits, asked_kinds
from saas.engine.rowsource import fresh
from saas.engine.selection import Picked
from saas.engine.sql.text import table_of
from saas.kit import ids

_GIVEN = ("first", "after")


def search_object(making: Making, picked: Picked, arguments: Mapping[str, Any]) -> str:
    """An expression for the JSON of what a search found."""
    names = pinned(whole(arguments.get("objects")))
    page = PageRequest(**{name: arguments[name] for name in _GIVEN if arguments.get(name) is not None})
    asked = asked_kinds(making, names)
    size = page.size
    hits = Hits(making, asked, arguments["text"], page) if asked else None
    members = []
    columns = []
    for number, each in enumerate(picked.children):
        if each.name == "__typename":
            members.append(Member(each.key, "'SearchConnection'", Form.PLAIN, is_there=True))
        elif each.name == "pageInfo":
            members.append(Member(each.key, _page_info(making, hits, each, size), Form.JSON, is_there=True))
        else:
            told = json_array(f"page.j{number}") if hits else "'[]'"
            members.append(Member(each.key, told, Form.JSON, is_there=True))
            columns.append((number, _row(making, asked, hits, each)))
    told = json_object(members)
    if hits is None:
        return told
    found = making.of(hits.page)
    numbered = f"SELECT h.*, row_number() OVER () AS rn FROM ({found}) AS h"
    rows = ", ".join(["h.rn", f"{_keys(hits)} AS k", *(f"{sql} AS j{number}" for number, sql in columns)])
    gathered = ["count(*) AS found", "array_agg(r.k ORDER BY r.rn) AS k"] + [
        f"string_agg(r.j{number}, ',' ORDER BY r.rn) FILTER (WHERE r.rn <= {size}) AS j{number}"
        for number, _ in columns
    ]
    return (
        f"(SELECT {told} FROM (SELECT {', '.join(gathered)} FROM (SELECT {rows} FROM ({numbered}) AS h) AS r) AS page)"
    )


def _keys(hits: Hits) -> str:
    return f"to_json(ARRAY[{', '.join(f'(h.{term.name})::text' for term in hits.order)}])"


def _sealed(making: Making, hits: Hits, key: str) -> str:
    tags = [tag_of(term.value.type) for term in hits.order]
    return making.mended(lambda run, keys: cursor(at(hits.signature, run), tags)(run, keys), key)


def _row(making: Making, asked: Asked, hits: Hits | None, picked: Picked) -> str:
    if hits is None:
        return "NULL"
    if picked.name == "nodes":
        return _record(making, asked, picked)
    members = []
    for each in picked.children:
        if each.name == "cursor":
            members.append(Member(each.key, _sealed(making, hits, _keys(hits)), Form.JSON, is_there=True))
        elif each.name == "__typename":
            members.append(Member(each.key, "'SearchEdge'", Form.PLAIN, is_there=True))
        else:
            members.append(Member(each.key, _record(making, asked, each), Form.JSON, is_there=True))
    return json_object(members)


def _record(making: Making, asked: Asked, picked: Picked) -> str:
    branches = []
    if asked.files:
        children = making.document.pick(picked.nodes, only_type="File")
        branches.append(f"WHEN {ids.FILE} THEN ({_file(making, children)})")
    for one in asked.objects:
        children = making.document.pick(picked.nodes, only_type=one.type_name)
        branches.append(f"WHEN {one.record.facts.code} THEN ({by_id(making, one, children, 'h.id')})")
    return f"CASE h.object {' '.join(branches)} END"


def _file(making: Making, children: Sequence[Picked]) -> str:
    """A query for the JSON of a file that was found, and so is in sight."""
    rows = as_rows(fresh(file))
    making.text.know(rows)
    told = file_object(making, rows, children, Source(rows))
    return f"SELECT {told} FROM {table_of(rows)} AS {rows.name} WHERE {rows.name}.id = h.id"


def _page_info(making: Making, hits: Hits | None, picked: Picked, size: int) -> str:
    known = {
        "hasNextPage": f"CASE WHEN page.found > {size} THEN 'true' ELSE 'false' END" if hits else "'false'",
        "hasPreviousPage": "'true'" if hits and hits.is_after else "'false'",
        "startCursor": "page.k[1]",
        "endCursor": f"page.k[least(page.found, {size})]",
    }
    members = []
    for each in picked.children:
        if each.name == "__typename":
            members.append(Member(each.key, "'PageInfo'", Form.PLAIN, is_there=True))
        elif not each.name.endswith("Cursor"):
            members.append(Member(each.key, known[each.name], Form.JSON, is_there=True))
        elif hits is None or not size:
            members.append(Member(each.key, "'null'", Form.JSON, is_there=True))
        else:
            key = known[each.name]
            sealed = where(f"{key} IS NOT NULL", _sealed(making, hits, key))
            members.append(Member(each.key, sealed, Form.JSON))
    return json_object(members)
