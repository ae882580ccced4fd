"""The mutation that exports a list of an object as a file."""

from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLString,
)

from saas.engine.export.job import start_later
from saas.engine.export.wish import Language, Wish
from saas.engine.registry import ObjectType
from saas.engine.write.outcome import Outcome
from saas.schema.derive.objects import Family
from saas.schema.derive.words import Words
from saas.schema.exports import export_payload
from saas.schema.operation import Operation

_OF_LISTS = ("filter", "search", "orderBy", "trash")


def export_fields(family: Family, words: Words) -> dict[str, GraphQLField]:
    """`customerExport`."""
    one = family.one
    what = f"Export the {one.plural} of a list into a file, as a job: follow it with `exportRun`."
    payload = words.type_named("ExportRunPayload")
    field = GraphQLField(payload, args=_arguments(family, words), resolve=_resolver(one), description=what)
    return {f"{one.single}Export": field}


def _arguments(family: Family, words: Words) -> dict[str, GraphQLArgument]:
    names = GraphQLList(GraphQLNonNull(GraphQLString))
    told = "Which fields, by their names here and in this order; absent: all that you may see."
    of_list = {name: each for name, each in family.arguments.items() if name in _OF_LISTS}
    arguments = of_list | {
        "format": GraphQLArgument(GraphQLNonNull(words.type_named("ExportFormat")), description="How it is written."),
        "fields": GraphQLArgument(names, description=told),
        "codes": _no("Choices by their codes instead of their labels; not for JSON Lines, which has both."),
        "language": GraphQLArgument(
            words.type_named("Language"), description="Of headings and labels; the company's if absent."
        ),
    }
    if family.one.lines is None:
        return arguments
    told = "Which fields of the lines; absent: all that you may see."
    return arguments | {
        "lines": _no("With the lines: in CSV one row each, in XLSX a sheet of their own, in JSON Lines inside."),
        "lineFields": GraphQLArgument(names, description=told, out_name="line_fields"),
    }


def _no(description: str) -> GraphQLArgument:
    return GraphQLArgument(GraphQLNonNull(GraphQLBoolean), default_value=False, description=description)


def _resolver(one: ObjectType) -> Any:
    def resolve(_root: Any, info: Any, **arguments: Any) -> Any:
        given = {name: value for name, value in arguments.items() if value is not None}
        for names in given.keys() & {"fields", "line_fields"}:
            given[names] = tuple(given[names])

        def work(operation: Operation) -> list[Outcome]:
            wish = Wish(**{"language": Language(operation.scope.tenant.language), **given})
            return [Outcome(id=start_later(operation.scope, one, wish), changed=True)]

        return export_payload(info, work)

    return resolve
