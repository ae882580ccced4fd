"""The subscription of every object: what a front end will be told when a record changes. Its delivery comes later."""

from typing import Any, NoReturn

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from saas.kit.errors import BadInput
from saas.schema.derive.objects import Family

CHANGE_KIND = GraphQLEnumType(
    "ChangeKind",
    {
        "CREATED": GraphQLEnumValue("CREATED", description="The record is new, or came into your sight."),
        "UPDATED": GraphQLEnumValue("UPDATED", description="The record has other values than before."),
        "DELETED": GraphQLEnumValue("DELETED", description="The record is in the trash, or gone."),
        "OUT_OF_SIGHT": GraphQLEnumValue("OUT_OF_SIGHT", description="You may see the record no longer."),
    },
    description="What became of a record, as its subscriber sees it.",
)


def subscription_fields(family: Family) -> dict[str, GraphQLField]:
    """`customerChanged`: one record, or all that a filter lets through."""
    one = family.one
    arguments = {
        "id": GraphQLArgument(GraphQLID, description="This record only."),
        "filter": GraphQLArgument(family.filter, description="These records only."),
        "after": GraphQLArgument(GraphQLString, description="Go on after this cursor, without a gap."),
    }
    return {
        f"{one.single}Changed": GraphQLField(
            _change(family),
            args=arguments,
            resolve=_not_here,
            subscribe=_not_here,
            description=f"Each change of {one.plural} in your sight.",
        )
    }


def _change(family: Family) -> GraphQLObjectType:
    one = family.one
    names = GraphQLNonNull(GraphQLList(GraphQLNonNull(GraphQLString)))
    fields = {
        "kind": GraphQLField(GraphQLNonNull(CHANGE_KIND), description="What became of it."),
        "id": GraphQLField(GraphQLNonNull(GraphQLID), description="Which record."),
        "version": GraphQLField(GraphQLInt, description="Its version since; null where it is out of your sight."),
        "changedFields": GraphQLField(names, description="Fields that differ, of those that you may see."),
        one.single: GraphQLField(family.type, description="The record as it is now; null where it is out of sight."),
        "cursor": GraphQLField(GraphQLNonNull(GraphQLString), description="Where to go on after this change."),
    }
    return GraphQLObjectType(f"{one.type_name}Change", fields, description=f"A change of a {one.type_name}.")


def _not_here(*_arguments: Any, **_named: Any) -> NoReturn:
    raise BadInput("Subscriptions are not delivered yet.", remedy="Ask with a query.")
