"""The root fields that a plan can answer, each as one SQL expression for its JSON."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.later import pinned, then, whole
from saas.engine.plan.groups import groups_object
from saas.engine.plan.json_text import LOST, text
from saas.engine.plan.lists import page_object
from saas.engine.plan.making import CannotPlan, Making
from saas.engine.plan.records import by_id, of_object
from saas.engine.plan.searched import search_object
from saas.engine.read.listing import Listing
from saas.engine.read.request import page_request
from saas.engine.registry import ObjectType, listed, object_with_code
from saas.engine.selection import Picked
from saas.engine.sql.encode import encoder_of
from saas.kit import ids
from saas.kit.errors import BadInput

MAX_IDS = 500
_UUID = sa.Uuid()
Root = Callable[[Making, Picked, Mapping[str, Any]], str]


def root_sql(making: Making, picked: Picked) -> str:
    """The expression for a root field; CannotPlan where only Python can answer it."""
    root = _roots().get(picked.name)
    if root is None:
        raise CannotPlan
    sql = root(making, picked, picked.arguments("Query"))
    expressions = making.text.with_clause()
    return f"({expressions} SELECT {sql})" if expressions else sql


def is_planned(name: str) -> bool:
    """Whether a plan answers root fields of this name."""
    return name in _roots()


@cache
def _roots() -> dict[str, Root]:
    found: dict[str, Root] = {"node": _node, "nodes": _nodes, "search": search_object}
    for one in listed():
        found[one.plural] = _list(one)
        found[f"{one.single}Groups"] = _groups(one)
        if one.document is None:
            found[one.single] = _single(one)
    return found


def _single(one: ObjectType) -> Root:
    def root(making: Making, picked: Picked, arguments: Mapping[str, Any]) -> str:
        making.need(f"{one.rights}.read")
        return f"({by_id(making, one, picked.children, _id(making, arguments['id']))})"

    return root


def _list(one: ObjectType) -> Root:
    def root(making: Making, picked: Picked, arguments: Mapping[str, Any]) -> str:
        making.need(f"{one.rights}.read")
        listing = Listing(making, one, page_request(arguments))
        return page_object(making, listing, picked.children, of_object(one))

    return root


def _groups(one: ObjectType) -> Root:
    def root(making: Making, picked: Picked, arguments: Mapping[str, Any]) -> str:
        return groups_object(making, one, arguments, picked.children)

    return root


def _id(making: Making, given: Any) -> str:
    encoded = encoder_of(_UUID)
    return f"${making.parameters.number(then(given, ids.id_text), encoded.encode)}::uuid"


def _node(making: Making, picked: Picked, arguments: Mapping[str, Any]) -> str:
    given = arguments["id"]
    code = pinned(given, _code_of)
    if (sql := _of_code(making, picked, code, _id(making, given))) is None:
        return text(LOST)
    return f"coalesce(({sql}), {text(LOST)})"


def _nodes(making: Making, picked: Picked, arguments: Mapping[str, Any]) -> str:
    given = whole(arguments["ids"])
    codes = pinned(given, _codes_of)
    encoded = encoder_of(_UUID, many=True)
    number = making.parameters.number(then(given, _parsed), encoded.encode)
    found = [_of_code(making, picked, code, "asked.id") for code in codes]
    known = ", ".join([*(f"({sql})" for sql in found if sql), text(LOST)])
    rows = (
        f"SELECT coalesce({known}) FROM unnest(${number}::uuid[]) WITH ORDINALITY AS asked (id, place) ORDER BY place"
    )
    return f"concat('[', array_to_string(ARRAY({rows}), ','), ']')"


def _of_code(making: Making, picked: Picked, code: int | None, id_sql: str) -> str | None:
    """A query for the record of the object with this code; None where one may not read such records."""
    if code == ids.FILE:
        raise CannotPlan
    one = None if code is None else object_with_code(code)
    if one is None or not making.profile.may(f"{one.name}.read"):
        return None
    children = making.document.pick(picked.nodes, only_type=one.type_name)
    return by_id(making, one, children, id_sql)


def _code_of(given: str) -> int | None:
    return ids.code_of(ids.parse_id(given))


def _codes_of(given: Sequence[str]) -> list[int | None]:
    if len(given) > MAX_IDS:
        raise BadInput(f"At most {MAX_IDS} ids at once, not {len(given)}.", path=("ids",))
    return sorted({_code_of(each) for each in given}, key=lambda code: code or 0)


def _parsed(given: Sequence[str]) -> list[UUID]:
    return [ids.parse_id(each) for each in given]
