"""The mutations that merge records of an object, with a preview, and undo it."""

from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
)

from saas.engine.registry import ObjectType
from saas.engine.write.load import Target
from saas.engine.write.merge import MAX_AWAY, Merged, merge
from saas.engine.write.outcome import Outcome
from saas.engine.write.unmerge import unmerge
from saas.kit import ids
from saas.kit.text import camel
from saas.schema.derive.mutations import payload, read_back, resolver, values_of
from saas.schema.derive.objects import Family
from saas.schema.derive.words import Words, by_key, required_id
from saas.schema.handmade import MergedField, MovedReferences, told
from saas.schema.operation import Info, Operation, Refused
from saas.schema.scalars import text_of


def merge_fields(family: Family, words: Words) -> dict[str, GraphQLField]:
    """`customerMerge` and `customerUnmerge`."""
    one, name = family.one, family.one.type_name
    away = GraphQLNonNull(GraphQLList(GraphQLNonNull(GraphQLID)))
    arguments = {
        "into": required_id("The one that survives."),
        "version": GraphQLArgument(GraphQLInt, description="Its version that you have seen; absent: whichever."),
        "from": GraphQLArgument(away, description=f"Those that go into it, at most {MAX_AWAY}.", out_name="away"),
        "input": GraphQLArgument(
            family.update_input, description="What the survivor shall be; what it lacks else, it takes from the others."
        ),
        "dryRun": GraphQLArgument(
            GraphQLNonNull(GraphQLBoolean),
            default_value=False,
            out_name="dry_run",
            description="Do it all and take it back: tells what would change, and no id.",
        ),
    }
    return {
        f"{one.single}Merge": GraphQLField(
            _payload(family, words),
            args=arguments,
            resolve=_resolver(one),
            description=f"Merge several {one.plural} into one; all that leads to them follows.",
        ),
        f"{one.single}Unmerge": GraphQLField(
            payload(family, words, "Unmerge"),
            args={"id": required_id(f"A {name} that was merged into another one.")},
            resolve=resolver(one, lambda operation, given: [unmerge(operation.scope, one, ids.parse_id(given["id"]))]),
            description="Undo a merge, where nothing of it has moved on since.",
        ),
    }


def _payload(family: Family, words: Words) -> GraphQLObjectType:
    def many(kind: str) -> Any:
        return GraphQLNonNull(GraphQLList(GraphQLNonNull(words.type_named(kind))))

    fields = {
        "id": GraphQLField(GraphQLID, resolve=by_key("id"), description="Null if and only if nothing was written."),
        family.one.single: GraphQLField(
            family.type, resolve=by_key("record"), description="The survivor, if it is in your sight (now)."
        ),
        "changed": GraphQLField(
            many("MergedField"), resolve=by_key("changed"), description="What became of its fields that you see."
        ),
        "moved": GraphQLField(
            many("MovedReferences"),
            resolve=by_key("moved"),
            description="What leads to it now, of what you see.",
        ),
        "problems": GraphQLField(many("Problem"), resolve=by_key("problems"), description="Why nothing was written."),
    }
    return GraphQLObjectType(
        f"{family.one.type_name}MergePayload", fields, description="What a merge did, or would do."
    )


def _resolver(one: ObjectType) -> Any:
    def resolve(_root: Any, info: Info, **arguments: Any) -> Any:
        operation: Operation = info.context
        done: list[Merged] = []

        def write() -> list[Outcome]:
            values = values_of(operation, one, arguments.get("input") or {})
            into = Target(ids.parse_id(arguments["into"]), arguments.get("version"))
            away = [Target(ids.parse_id(each)) for each in arguments["away"]]
            merged = merge(operation.scope, one, into, away, values, dry_run=arguments["dry_run"])
            if merged.outcome.problems:
                raise Refused(merged.outcome.problems)
            done.append(merged)
            return [merged.outcome]

        try:
            outcomes = operation.attempt(str(info.path.key), write, trial=arguments["dry_run"])
        except Refused as refused:
            problems = [told(problem) for problem in refused.problems]
            return {"id": None, "record": None, "changed": [], "moved": [], "problems": problems}
        record = read_back(operation, one, operation.document.pick(info.field_nodes), outcomes, str(info.path.key))[0]
        return {"id": outcomes[0].id, "record": record, "problems": [], **_told(done[0])}

    return resolve


def _told(merged: Merged) -> dict[str, Any]:
    changed = [
        MergedField(field=camel(each.field), before=text_of(each.original), after=text_of(each.current))
        for each in merged.changed
    ]
    moved = [MovedReferences(object=each.object, field=each.field, count=each.count) for each in merged.moved]
    return {"changed": changed, "moved": moved}
