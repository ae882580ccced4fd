"""The bulk mutations of every object: many records in one field, all or nothing or with the failed ones skipped."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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
)

from saas.engine.problem import Problem
from saas.engine.registry import ObjectType
from saas.engine.scope import Scope
from saas.engine.write.batch import ErrorPolicy, written
from saas.engine.write.create import create
from saas.engine.write.outcome import Outcome, any_problem
from saas.engine.write.remove import delete, restore
from saas.engine.write.trial import tried
from saas.engine.write.update import update
from saas.engine.write.upsert import upsert
from saas.kit.errors import BadInput
from saas.schema.derive.mutations import read_back, target_of, values_of, warnings_field
from saas.schema.derive.objects import Family
from saas.schema.derive.words import Words, by_key
from saas.schema.handmade import told
from saas.schema.operation import ROLLED_BACK, Info, Operation, Refused, bad_input

MAX_ITEMS = 500
Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bulk:
    """One bulk mutation.

    argument  the list of its rows
    right     the operation that the writer needs the right for, whatever the rows are
    row       what the engine's verb takes for one element of the list
    more      arguments beside the rows, for `write`
    """

    verb: str
    argument: str
    kind: Any
    right: str | None
    row: Callable[[Operation, Given], Any]
    write: Callable[[Operation, Sequence[Any], Given], list[Outcome]]
    description: str
    more: Mapping[str, GraphQLArgument] = field(default_factory=dict)


def bulk_fields(family: Family, words: Words, bulks: Iterable[Bulk]) -> dict[str, GraphQLField]:
    """`customerBulkUpdate` and so on; one payload for all of them."""
    one, payload = family.one, _payload(family, words)
    return {
        f"{one.single}Bulk{bulk.verb}": GraphQLField(
            payload,
            args={
                **bulk.more,
                bulk.argument: GraphQLArgument(
                    GraphQLNonNull(GraphQLList(GraphQLNonNull(bulk.kind))), description=f"At most {MAX_ITEMS}."
                ),
                "onError": GraphQLArgument(
                    GraphQLNonNull(words.type_named("ErrorPolicy")),
                    default_value=ErrorPolicy.ROLL_BACK,
                    description="What becomes of the good ones where others have problems.",
                    out_name="on_error",
                ),
            },
            resolve=_resolver(one, bulk),
            description=bulk.description,
        )
        for bulk in bulks
    }


def standard_bulks(family: Family, words: Words) -> list[Bulk]:
    """Those that every object has."""
    one, plural = family.one, family.one.plural
    target = words.target_input

    def to_create(operation: Operation, given: Given) -> Any:
        return values_of(operation, one, given)

    def to_update(operation: Operation, given: Given) -> Any:
        return target_of(given), values_of(operation, one, given["input"])

    def to_remove(_operation: Operation, given: Given) -> Any:
        return target_of(given)

    def with_object(verb: Callable[[Scope, ObjectType, Any], list[Outcome]]) -> Any:
        return lambda operation, rows, _given: verb(operation.scope, one, rows)

    def by_key_given(operation: Operation, rows: Any, given: Given) -> list[Outcome]:
        return upsert(operation.scope, one, given["by"], rows)

    new, changed = family.create_input, _update_input(family)
    of, away, back = with_object, f"Move several {plural} to the trash.", f"Bring several {plural} back from the trash."
    found = [
        Bulk("Create", "inputs", new, "create", to_create, of(create), f"Create several {plural}."),
        Bulk("Update", "items", changed, "update", to_update, of(update), f"Change several {plural}."),
        Bulk("Delete", "items", target, "delete", to_remove, of(delete), away),
        Bulk("Restore", "items", target, "restore", to_remove, of(restore), back),
    ]
    if one.keys:
        by = {"by": GraphQLArgument(GraphQLNonNull(family.key), description="What the records are recognised by.")}
        what = f"Change the {plural} that have these keys, and create one for each that you do not see."
        found.append(Bulk("Upsert", "inputs", new, None, to_create, by_key_given, what, by))
    return found


def _update_input(family: Family) -> GraphQLInputObjectType:
    name = family.one.type_name
    fields = {
        "id": GraphQLInputField(GraphQLNonNull(GraphQLID), description="Which one."),
        "version": GraphQLInputField(GraphQLInt, description="The version you have seen; absent: whichever."),
        "input": GraphQLInputField(GraphQLNonNull(family.update_input), description="What changes."),
    }
    return GraphQLInputObjectType(f"{name}BulkUpdateInput", fields, description=f"A {name} and its changes.")


def _payload(family: Family, words: Words) -> GraphQLObjectType:
    one = family.one
    problems = GraphQLNonNull(GraphQLList(GraphQLNonNull(words.type_named("Problem"))))
    item = GraphQLObjectType(
        f"{one.type_name}BulkItem",
        {
            "index": GraphQLField(GraphQLNonNull(GraphQLInt), resolve=by_key("index"), description="From 0."),
            "id": GraphQLField(GraphQLID, resolve=by_key("id"), description="Null if and only if it was not written."),
            one.single: GraphQLField(
                family.type, resolve=by_key("record"), description="The record, if it is in your sight (now)."
            ),
            "problems": GraphQLField(problems, resolve=by_key("problems"), description="Why it was not written."),
            "warnings": warnings_field(words),
        },
        description=f"What became of one of several {one.plural}.",
    )
    items = GraphQLNonNull(GraphQLList(GraphQLNonNull(item)))
    fields = {
        "items": GraphQLField(
            items, resolve=by_key("items"), description="One for each given, in their order; none where all is refused."
        ),
        "written": GraphQLField(
            GraphQLNonNull(GraphQLInt), resolve=by_key("written"), description="How many were written."
        ),
        "problems": GraphQLField(
            problems,
            resolve=by_key("problems"),
            description="Why nothing was written, where no single one is to blame.",
        ),
    }
    return GraphQLObjectType(f"{one.type_name}BulkPayload", fields, description="What became of them.")


def _resolver(one: ObjectType, bulk: Bulk) -> Any:
    def resolve(_root: Any, info: Info, **arguments: Any) -> Any:
        operation: Operation = info.context

        def write() -> list[Outcome]:
            if arguments.get("dry_run"):
                return tried(operation.scope, lambda: _write(operation, one, bulk, arguments))
            return _write(operation, one, bulk, arguments)

        try:
            outcomes = operation.attempt(str(info.path.key), write, trial=bool(arguments.get("dry_run")))
        except Refused as refused:
            return _refused(bulk, len(arguments[bulk.argument]), refused.problems)
        items = [each for each in operation.document.pick(info.field_nodes) if each.name == "items"]
        records = read_back(
            operation, one, [child for each in items for child in each.children], outcomes, str(info.path.key)
        )
        return {
            "items": [
                _item(i, outcome, record) for i, (outcome, record) in enumerate(zip(outcomes, records, strict=True))
            ],
            "written": sum(outcome.id is not None for outcome in outcomes),
            "problems": [],
        }

    return resolve


def _write(operation: Operation, one: ObjectType, bulk: Bulk, arguments: Given) -> list[Outcome]:
    given: Sequence[Given] = arguments[bulk.argument]
    policy: ErrorPolicy = arguments["on_error"]
    if bulk.right:
        operation.scope.need(f"{one.name}.{bulk.right}")
    if len(given) > MAX_ITEMS:
        raise BadInput(f"At most {MAX_ITEMS} at once, not {len(given)}.", path=(bulk.argument,))
    outcomes = [Outcome() for _ in given]
    rows: dict[int, Any] = {}
    for i, each in enumerate(given):
        try:
            rows[i] = bulk.row(operation, each)
        except BadInput as error:
            outcomes[i].problems.append(bad_input(error))
    if policy is ErrorPolicy.SKIP_FAILED or not any_problem(outcomes):
        found = written(lambda some: bulk.write(operation, some, arguments), list(rows.values()), policy)
        for i, outcome in zip(rows, found, strict=True):
            outcomes[i] = outcome
    if policy is ErrorPolicy.ROLL_BACK and any_problem(outcomes):
        raise Refused(
            [each.at(bulk.argument, str(i)) for i, outcome in enumerate(outcomes) for each in outcome.problems]
        )
    return outcomes


def _refused(bulk: Bulk, number: int, problems: Sequence[Problem]) -> dict[str, Any]:
    """Problems of single rows, whose paths begin with their places, go to their items."""
    outcomes = [Outcome() for _ in range(number)]
    whole: list[Problem] = []
    for problem in problems:
        if problem.path[:1] == (bulk.argument,) and len(problem.path) > 1:
            outcomes[int(problem.path[1])].problems.append(problem.below(2))
        else:
            whole.append(problem)
    for outcome in outcomes:
        outcome.problems = outcome.problems or [ROLLED_BACK]
    items = [] if whole else [_item(i, outcome, None) for i, outcome in enumerate(outcomes)]
    return {"items": items, "written": 0, "problems": [told(problem) for problem in whole]}


def _item(index: int, outcome: Outcome, record: Any) -> dict[str, Any]:
    return {
        "index": index,
        "id": outcome.id,
        "record": record,
        "problems": [told(problem) for problem in outcome.problems],
        "warnings": [told(warning) for warning in outcome.warnings],
    }
