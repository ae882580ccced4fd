"""The root field that searches all objects at once."""

from dataclasses import replace
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from saas.engine.read.request import DEFAULT_FIRST, MAX_FIRST, PageRequest
from saas.engine.read.search_all import search_all
from saas.engine.read.wanted import Wanted
from saas.engine.registry import ObjectType
from saas.engine.stored_file import File as StoredFile
from saas.schema.derive.connections import connection_fields
from saas.schema.derive.words import Words
from saas.schema.file_types import file_told
from saas.schema.operation import Info, Operation

_PAGE = ("edges", "nodes", "pageInfo")


def search_fields(words: Words) -> dict[str, GraphQLField]:
    fields = connection_fields(words, "Search", words.node, "record")
    connection = GraphQLObjectType(
        "SearchConnection", {name: fields[name] for name in _PAGE}, description="A page of what a search found."
    )
    names = GraphQLList(GraphQLNonNull(GraphQLString))
    arguments = {
        "text": GraphQLArgument(GraphQLNonNull(GraphQLString), description="Records hold all of its words."),
        "objects": GraphQLArgument(
            names,
            description="Names of objects, as rights spell them (`customer`), and `file`; absent: all you may read.",
        ),
        "first": GraphQLArgument(GraphQLInt, description=f"How many, {DEFAULT_FIRST} if absent, at most {MAX_FIRST}."),
        "after": GraphQLArgument(GraphQLString, description="Begin after this cursor."),
    }
    description = (
        "Records of any object that hold all these words in what you see of them: first those whose title begins with "
        "the text, then those whose title holds it, then the others; by object and title. Files are found by name."
    )
    return {"search": GraphQLField(connection, args=arguments, resolve=_search, description=description)}


def _search(
    _root: Any,
    info: Info,
    text: str,
    objects: list[str] | None = None,
    first: int | None = None,
    after: str | None = None,
) -> Any:
    operation: Operation = info.context
    nodes = []
    for picked in operation.document.pick(info.field_nodes):
        nodes += picked.nodes if picked.name == "nodes" else []
        for each in picked.children if picked.name == "edges" else []:
            nodes += each.nodes if each.name == "node" else []

    def wanted(one: ObjectType) -> Wanted:
        return Wanted(one).add(operation.document.pick(nodes, only_type=one.type_name))

    found = search_all(operation.scope, text, objects, PageRequest(first=first, after=after), wanted)
    return replace(found, nodes=[file_told(each) if isinstance(each, StoredFile) else each for each in found.nodes])
