"""An example of each standard operation of an object, valid against the schema."""

from collections.abc import Iterator

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    get_named_type,
    get_nullable_type,
)

from saas.engine.registry import ObjectType
from saas.schema.build import schema

SAMPLES = {
    "Currency": '"CNY"',
    "TimeZone": '"Asia/Shanghai"',
    "ID": '"01990000-0000-8000-8000-000000000000"',
    "Int": "1",
    "Boolean": "true",
    "Decimal": '"12.50"',
    "Date": '"2026-11-22"',
    "DateTime": '"2026-11-22T08:00:00+08:00"',
}
SHOWN = 4


def examples(one: ObjectType) -> dict[str, str]:
    """The documents by what they show: a list, a new record, a change."""
    found = {"A list": _list(one)}
    mutations = schema().mutation_type
    fields = mutations.fields if mutations else {}
    if f"{one.single}Create" in fields:
        found["A new record"] = _create(one, fields[f"{one.single}Create"])
    return found


def _list(one: ObjectType) -> str:
    shown = " ".join(["id", *_scalars(one)])
    return (
        f"query {{\n  {one.plural}(first: 10) {{\n    nodes {{ {shown} }}\n"
        "    pageInfo { hasNextPage endCursor }\n    totalCount { value exact }\n  }\n}"
    )


def _create(one: ObjectType, field: GraphQLField) -> str:
    given = field.args["input"].type
    return (
        f"mutation {{\n  {one.single}Create(input: {_sample(given)}) {{\n"
        "    id\n    problems { code message path }\n  }\n}"
    )


def _scalars(one: ObjectType) -> Iterator[str]:
    """The first fields without selections of their own."""
    kind = schema().type_map[one.type_name]
    if isinstance(kind, GraphQLObjectType):
        plain = [
            name
            for name, field in kind.fields.items()
            if name not in ("id", "version")
            and isinstance(get_named_type(field.type), GraphQLScalarType | GraphQLEnumType)
        ]
        yield from plain[:SHOWN]


def _sample(kind: GraphQLInputType) -> str:
    """A literal of the type with all that is required, and a name where there is one."""
    plain = get_nullable_type(kind)
    if isinstance(plain, GraphQLList):
        return "[]"
    if isinstance(plain, GraphQLInputObjectType):
        wanted = {
            name: field.type
            for name, field in plain.fields.items()
            if isinstance(field.type, GraphQLNonNull) or name == "name"
        }
        return "{ " + ", ".join(f"{name}: {_sample(inner)}" for name, inner in wanted.items()) + " }"
    if isinstance(plain, GraphQLEnumType):
        return str(next(iter(plain.values)))
    return SAMPLES.get(str(plain), '"…"')
