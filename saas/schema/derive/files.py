"""Lists of files: all that one sees, and those that hang on a record."""

from dataclasses import replace
from functools import cached_property
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from saas.engine.field import Field, Kind, Label
from saas.engine.read.files import read_files
from saas.engine.read.listing import Page
from saas.engine.read.request import DEFAULT_FIRST, MAX_FIRST, page_request
from saas.engine.read.wanted import place
from saas.engine.read.wanted_files import WantedFiles
from saas.kit import ids
from saas.schema.derive.connections import connection_fields
from saas.schema.derive.words import Words
from saas.schema.file_types import file_told
from saas.schema.operation import Info, Operation

_ABOUT = {
    "id": "The file itself.",
    "name": "What it is called.",
    "type": 'Its media type, such as image/png; `startsWith: "image/"` finds all pictures.',
    "state": "How it stands.",
    "size": "How many bytes it has.",
    "createdAt": "When it was announced.",
    "createdById": "The employee who announced it.",
}


class FileLists:
    """The types of lists of files, made once a schema."""

    def __init__(self, words: Words) -> None:
        self._words = words

    @cached_property
    def connection(self) -> GraphQLObjectType:
        fields = connection_fields(self._words, "File", self._words.type_named("File"), "file")
        return GraphQLObjectType("FileConnection", fields, description="A page of files.")

    @cached_property
    def arguments(self) -> dict[str, GraphQLArgument]:
        """What a list of files can be asked with."""
        order = GraphQLList(GraphQLNonNull(self._order_by))
        size = f"How many, {DEFAULT_FIRST} if absent, at most {MAX_FIRST}."
        return {
            "filter": GraphQLArgument(self._filter, description="Which files."),
            "search": GraphQLArgument(GraphQLString, description="Only those whose name holds all these words."),
            "orderBy": GraphQLArgument(
                order, description="In which order, the newest first if absent; the id comes last.", out_name="order_by"
            ),
            "first": GraphQLArgument(GraphQLInt, description=size),
            "after": GraphQLArgument(GraphQLString, description="Begin after this cursor."),
            "last": GraphQLArgument(GraphQLInt, description="How many from the end instead."),
            "before": GraphQLArgument(GraphQLString, description="End before this cursor."),
        }

    @cached_property
    def _filter(self) -> GraphQLInputObjectType:
        return GraphQLInputObjectType(
            "FileFilter", self._filter_fields, description="Conditions on files; all that are given must hold."
        )

    def _filter_fields(self) -> dict[str, GraphQLInputField]:
        both = GraphQLList(GraphQLNonNull(self._filter))
        kinds = {"name": Kind.TEXT, "type": Kind.TEXT, "size": Kind.INTEGER, "createdAt": Kind.MOMENT}
        label = Label("File", "文件")
        operators = {name: self._words.filter(Field(kind=kind, label=label)) for name, kind in kinds.items()}
        operators |= dict.fromkeys(("id", "createdById"), self._words.id_filter)
        operators["state"] = self._words.enum_filter("FileState")
        return {
            "and": GraphQLInputField(both, description="All of these hold."),
            "or": GraphQLInputField(both, description="One of these holds."),
            "not": GraphQLInputField(self._filter, description="This does not hold."),
            **{name: GraphQLInputField(operators[name], description=about) for name, about in _ABOUT.items()},
        }

    @cached_property
    def _order_by(self) -> GraphQLInputObjectType:
        direction = self._words.type_named("OrderDirection")
        names = ("id", "name", "type", "size", "createdAt")
        return GraphQLInputObjectType(
            "FileOrderBy",
            {name: GraphQLInputField(direction, description=_ABOUT[name]) for name in names},
            is_one_of=True,
            description="One key of an order of files; exactly one field.",
        )

    def below(self) -> GraphQLField:
        """The files of a record."""
        about = "The files that hang on it; null for a record in the trash, and for one of which only the title shows."
        return GraphQLField(self.connection, args=self.arguments, resolve=_of_record, description=about)

    def root(self) -> dict[str, GraphQLField]:
        """The list of all files."""
        record = GraphQLArgument(
            GraphQLID, description="Only those that hang on this record, of any object.", out_name="record_id"
        )
        about = "The files that you see: on records in your sight, and your own that hang on none."
        arguments = {"recordId": record, **self.arguments}
        return {"files": GraphQLField(self.connection, args=arguments, resolve=_all, description=about)}


def _of_record(source: dict[str, Any], info: Info, **_arguments: Any) -> Page | None:
    found: Page | None = source[place(info.field_nodes[0])]
    return None if found is None else _told(found)


def _all(_root: Any, info: Info, record_id: str | None = None, **arguments: Any) -> Page:
    operation: Operation = info.context
    asked = WantedFiles(page_request(arguments)).add(operation.document.pick(info.field_nodes))
    record = None if record_id is None else ids.parse_id(record_id)
    return _told(read_files(operation.scope, asked, record))


def _told(page: Page) -> Page:
    return replace(page, nodes=[file_told(each) for each in page.nodes])
