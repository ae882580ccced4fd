"""The root field that lists the groups of an object."""

from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLString,
)

from saas.engine.read.group_keys import MAX_KEYS
from saas.engine.read.groups import read_groups
from saas.engine.read.request import DEFAULT_FIRST, MAX_FIRST
from saas.engine.read.wanted_groups import wanted_groups
from saas.engine.registry import ObjectType
from saas.schema.derive.groups import Grouping
from saas.schema.operation import Info, Operation


def group_fields(grouping: Grouping) -> dict[str, GraphQLField]:
    one = grouping.one
    by = GraphQLNonNull(GraphQLList(GraphQLNonNull(grouping.by)))
    order = GraphQLList(GraphQLNonNull(grouping.order_by))
    of_records = {name: each for name, each in grouping.family.arguments.items() if name in ("filter", "search")}
    about = f"What the records of a group have in common, at most {MAX_KEYS} keys."
    arguments = {
        "by": GraphQLArgument(by, description=about),
        **of_records,
        "having": GraphQLArgument(grouping.having, description="Which groups."),
        "orderBy": GraphQLArgument(
            order,
            description="In which order, the largest first if absent; the keys come last always.",
            out_name="order_by",
        ),
        "first": GraphQLArgument(GraphQLInt, description=f"How many, {DEFAULT_FIRST} if absent, at most {MAX_FIRST}."),
        "after": GraphQLArgument(GraphQLString, description="Begin after this cursor."),
    }
    return {
        f"{one.single}Groups": GraphQLField(
            grouping.connection,
            args=arguments,
            resolve=_groups(one),
            description=f"The {one.plural} that you may see, counted and added up by what they have in common.",
        )
    }


def _groups(one: ObjectType) -> Any:
    def resolve(_root: Any, info: Info, **arguments: Any) -> Any:
        operation: Operation = info.context
        return read_groups(operation.scope, wanted_groups(one, arguments, operation.document.pick(info.field_nodes)))

    return resolve
