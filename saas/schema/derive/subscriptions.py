"""The subscription of every object: what a front end is told when a record changes."""

from collections.abc import Mapping
from functools import partial
from typing import Any

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

from saas.engine.live.changes import Changes
from saas.kit import ids
from saas.schema.derive.objects import Family

CHANGE_KIND = GraphQLEnumType(
    "ChangeKind",
    {
        "CREATED": GraphQLEnumValue("CREATED", description="The record is new, or came into your sight."),
        "UPDATED": GraphQLEnumValue("UPDATED", description="The record has other values than before."),
        "DELETED": GraphQLEnumValue("DELETED", description="The record is in the trash, or gone."),
        "OUT_OF_SIGHT": GraphQLEnumValue(
            "OUT_OF_SIGHT", description="You may see the record no longer, or it is not in the list that you follow."
        ),
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
            resolve=_event,
            description=(
                f"Each change of {one.plural} in your sight, of one of them, or of those that a filter lets through: "
                "then a record that may have left the list is OUT_OF_SIGHT, and one that came into it is UPDATED. "
                "Ask for `cursor`, keep the last one, and go on `after` it when the connection is lost."
            ),
            extensions={"source": partial(_source, family)},
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


def _source(family: Family, arguments: Mapping[str, Any]) -> Changes:
    """What the arguments mean."""
    given = arguments.get("id")
    return Changes(family.one, None if given is None else ids.parse_id(given), arguments.get("filter") or {})


def _event(event: Any, _info: Any, **_arguments: Any) -> Any:
    """An event is the root of its own answer."""
    return event
