"""The root query fields of every object: one record, a list; of lines the list; and any record by its id alone."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLID,
    GraphQLList,
    GraphQLNonNull,
)

from saas.engine.duplicates import sharing, telling_fields
from saas.engine.merges import survivors
from saas.engine.read.files import files_in_sight
from saas.engine.read.page import read_one, read_page
from saas.engine.read.request import page_request
from saas.engine.read.wanted import Wanted, WantedList, wanted
from saas.engine.registry import ObjectType, object_with_code
from saas.kit import ids
from saas.kit.errors import BadInput
from saas.schema.derive.objects import Family
from saas.schema.derive.words import Words, required_id
from saas.schema.file_types import file_told
from saas.schema.operation import Info, Operation

MAX_IDS = 500


def query_fields(family: Family) -> dict[str, GraphQLField]:
    one = family.one
    single = GraphQLField(
        family.type,
        args={"id": required_id("Which one.")},
        resolve=_single(one),
        description=f"The {one.type_name} with this id; null where there is none in your sight.",
    )
    return _duplicates(family) | {one.single: single} | list_fields(family)


def list_fields(family: Family) -> dict[str, GraphQLField]:
    """The list alone: lines are read as parts of their documents, or many at a time."""
    one = family.one
    listed = GraphQLField(
        family.connection,
        args=family.arguments,
        resolve=_list(one),
        description=f"The {one.plural} that you may see, a page at a time.",
    )
    return {one.plural: listed}


def _duplicates(family: Family) -> dict[str, GraphQLField]:
    """`customerDuplicates`, where something tells who or what a record is about."""
    one = family.one
    if not telling_fields(one):
        return {}

    def resolve(_root: Any, info: Info, id: str, **arguments: Any) -> Any:
        operation: Operation = info.context
        request = page_request(arguments)
        among = {"id": {"in": sharing(operation.scope, one, ids.parse_id(id))}}
        both = {"and": [among, request.filter]} if request.filter else among
        asked = WantedList(Wanted(one), replace(request, filter=both))
        return read_page(operation.scope, asked.add(operation.document.pick(info.field_nodes)))

    what = f"The {one.plural} in your sight that may be the same as this one: what they share, you see on both."
    arguments = {"id": required_id("Which one."), **family.arguments}
    return {
        f"{one.single}Duplicates": GraphQLField(family.connection, args=arguments, resolve=resolve, description=what)
    }


def node_fields(words: Words) -> dict[str, GraphQLField]:
    return {
        "node": GraphQLField(
            words.node,
            args={"id": required_id("The id of any record.")},
            resolve=_node,
            description="Any record by its id; null where there is none in your sight.",
        ),
        "nodes": GraphQLField(
            GraphQLList(words.node),
            args={
                "ids": GraphQLArgument(
                    GraphQLNonNull(GraphQLList(GraphQLNonNull(GraphQLID))), description=f"At most {MAX_IDS} ids."
                )
            },
            resolve=_nodes,
            description="Records by their ids, in the order asked; null for what is not in your sight.",
        ),
    }


def _single(one: ObjectType) -> Any:
    def resolve(_root: Any, info: Info, id: str) -> Any:
        operation: Operation = info.context
        what = wanted(one, operation.document.pick(info.field_nodes))
        return read_one(operation.scope, what, ids.parse_id(id))

    return resolve


def _list(one: ObjectType) -> Any:
    def resolve(_root: Any, info: Info, **arguments: Any) -> Any:
        operation: Operation = info.context
        asked = WantedList(Wanted(one), page_request(arguments))
        return read_page(operation.scope, asked.add(operation.document.pick(info.field_nodes)))

    return resolve


def _node(_root: Any, info: Info, id: str) -> Any:
    return _read_nodes(info, [ids.parse_id(id)])[0]


def _nodes(_root: Any, info: Info, ids: list[str]) -> Any:
    if len(ids) > MAX_IDS:
        raise BadInput(f"At most {MAX_IDS} ids at once, not {len(ids)}.", path=("ids",))
    return _read_nodes(info, [parse(each) for each in ids])


parse = ids.parse_id


def _read_nodes(info: Info, wanted_ids: list[UUID]) -> list[Any]:
    """The records, and in the place of those that were merged the ones in which they live on."""
    found = _found(info, wanted_ids)
    lost = [each for each in wanted_ids if each not in found]
    if lost and (instead := survivors(info.context.scope, lost)):
        alive = _found(info, list(instead.values()))
        found |= {id_: alive[survivor] for id_, survivor in instead.items() if survivor in alive}
    return [found.get(each) for each in wanted_ids]


def _found(info: Info, wanted_ids: list[UUID]) -> dict[UUID, Any]:
    operation: Operation = info.context
    found: dict[UUID, Any] = {}
    if files := [each for each in wanted_ids if ids.code_of(each) == ids.FILE]:
        found |= {id_: file_told(file) for id_, file in files_in_sight(operation.scope, files).items()}
    for code in {ids.code_of(each) for each in wanted_ids}:
        one = None if code is None else object_with_code(code)
        if one is None or not operation.scope.profile.may(f"{one.name}.read"):
            continue
        what = wanted(one, operation.document.pick(info.field_nodes, only_type=one.type_name))
        of_object = [each for each in wanted_ids if ids.code_of(each) == code]
        found |= operation.fetch(what, of_object)
    return found
