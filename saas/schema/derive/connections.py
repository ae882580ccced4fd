"""What every page of a list tells: its nodes, with cursors and without, where it lies, and how long the list is."""

from collections.abc import Sequence
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from saas.engine.read.columns import Node
from saas.engine.read.listing import Page
from saas.engine.read.request import DEFAULT_COUNT
from saas.schema.derive.words import Words, by_key
from saas.schema.handmade import Count, PageInfo
from saas.schema.operation import Info


def connection_fields(
    words: Words, name: str, node: GraphQLObjectType | GraphQLInterfaceType, what: str
) -> dict[str, GraphQLField]:
    """What every page of a list tells: its nodes, with cursors and without, where it lies, and how long the list is."""
    edge = GraphQLObjectType(
        f"{name}Edge",
        {
            "cursor": GraphQLField(GraphQLNonNull(GraphQLString), resolve=by_key("cursor"), description="Where."),
            "node": GraphQLField(GraphQLNonNull(node), resolve=by_key("node"), description=f"The {what}."),
        },
        description=f"A {name} in a list.",
    )
    many = f"{what.capitalize()}s"
    return {
        "edges": GraphQLField(list_of(edge), resolve=_edges, description=f"{many} with their cursors."),
        "nodes": GraphQLField(list_of(node), resolve=_nodes, description=f"{many}."),
        "pageInfo": GraphQLField(
            GraphQLNonNull(words.type_named("PageInfo")), resolve=_page_info, description="Where this is."
        ),
        "totalCount": GraphQLField(
            GraphQLNonNull(words.type_named("Count")),
            args={"max": GraphQLArgument(GraphQLInt, default_value=DEFAULT_COUNT, description="Count so far.")},
            resolve=_total_count,
            description=f"How many {what}s there are in the whole list.",
        ),
    }


def list_of(kind: Any) -> GraphQLNonNull[Any]:
    """A list that is there, of what is there."""
    return GraphQLNonNull(GraphQLList(GraphQLNonNull(kind)))


def _nodes(page: Page, _info: Info) -> Sequence[Node]:
    return page.nodes


def _edges(page: Page, _info: Info) -> list[dict[str, Any]]:
    return [{"cursor": cursor, "node": node} for cursor, node in zip(page.cursors, page.nodes, strict=True)]


def _page_info(page: Page, _info: Info) -> PageInfo:
    return PageInfo(
        has_next_page=page.has_next,
        has_previous_page=page.has_previous,
        start_cursor=page.cursors[0] if page.cursors else None,
        end_cursor=page.cursors[-1] if page.cursors else None,
    )


def _total_count(page: Page, _info: Info, max: int | None) -> Count:
    found, most = page.found or 0, DEFAULT_COUNT if max is None else max
    return Count(value=min(found, most), exact=found <= most)
