"""The root query fields of every object: one record, a list; and any record by its id alone."""

from typing import Any
from uuid import UUID

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLString,
)

from saas.engine.read.page import DEFAULT_FIRST, MAX_FIRST, PageRequest, Trash, read_one, read_page
from saas.engine.read.wanted import Wanted, wanted
from saas.engine.registry import ObjectType, object_with_code
from saas.kit import ids
from saas.kit.errors import BadInput
from saas.schema.derive.objects import Family
from saas.schema.derive.words import Words, required_id
from saas.schema.operation import Info, Operation

MAX_IDS = 500


def query_fields(family: Family, words: Words) -> dict[str, GraphQLField]:
    one = family.one
    return {
        one.single: GraphQLField(
            family.type,
            args={"id": required_id("Which one.")},
            resolve=_single(one),
            description=f"The {one.type_name} with this id; null where there is none in your sight.",
        ),
        one.plural: GraphQLField(
            family.connection,
            args=_list_arguments(family, words),
            resolve=_list(one),
            description=f"The {one.plural} that you may see, a page at a time.",
        ),
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


def _list_arguments(family: Family, words: Words) -> dict[str, GraphQLArgument]:
    order = GraphQLList(GraphQLNonNull(family.order_by))
    trash = words.type_named("Trash")
    return {
        "filter": GraphQLArgument(family.filter, description="Which records."),
        "orderBy": GraphQLArgument(order, description="In which order; the id comes last always.", out_name="order_by"),
        "trash": GraphQLArgument(trash, default_value=Trash.EXCLUDE, description="What of deleted records."),
        "first": GraphQLArgument(GraphQLInt, description=f"How many, {DEFAULT_FIRST} if absent, at most {MAX_FIRST}."),
        "after": GraphQLArgument(GraphQLString, description="Begin after this cursor."),
        "last": GraphQLArgument(GraphQLInt, description="How many from the end instead."),
        "before": GraphQLArgument(GraphQLString, description="End before this cursor."),
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
        given = {name: value for name, value in arguments.items() if value is not None}
        request = PageRequest(**given)
        what, any_record = Wanted(one), False
        for picked in operation.document.pick(info.field_nodes):
            for records in [picked] if picked.name == "nodes" else picked.children if picked.name == "edges" else []:
                if records.name in ("node", "nodes"):
                    what.add(records.children)
            any_record = any_record or picked.name in ("nodes", "edges", "pageInfo")
        page = read_page(operation.scope, what, request if any_record else request.only_counted())
        return {
            "object": one,
            "request": request,
            "nodes": page.nodes,
            "cursors": page.cursors,
            "has_next": page.has_next,
            "has_previous": page.has_previous,
        }

    return resolve


def _node(_root: Any, info: Info, id: str) -> Any:
    return _read_nodes(info, [ids.parse_id(id)])[0]


def _nodes(_root: Any, info: Info, ids: list[str]) -> Any:
    if len(ids) > MAX_IDS:
        raise BadInput(f"At most {MAX_IDS} ids at once, not {len(ids)}.", path=("ids",))
    return _read_nodes(info, [parse(each) for each in ids])


parse = ids.parse_id


def _read_nodes(info: Info, wanted_ids: list[UUID]) -> list[Any]:
    operation: Operation = info.context
    found: dict[UUID, Any] = {}
    for code in {ids.code_of(each) for each in wanted_ids}:
        one = None if code is None else object_with_code(code)
        if one is None or not operation.scope.profile.may(f"{one.name}.read"):
            continue
        what = wanted(one, operation.document.pick(info.field_nodes, only_type=one.type_name))
        of_object = [each for each in wanted_ids if ids.code_of(each) == code]
        found |= operation.fetch(what, of_object)
    return [found.get(each) for each in wanted_ids]
