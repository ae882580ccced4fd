"""The mutations of an object's actions: one record or many, inputs, and a dry run that tells what would happen."""

from collections.abc import Mapping, Sequence
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLNonNull,
)

from saas.engine.actions import Action
from saas.engine.registry import object_of
from saas.engine.write.act import act, input_problems
from saas.engine.write.load import Target
from saas.engine.write.outcome import Outcome
from saas.engine.write.trial import tried
from saas.kit.text import camel, pascal
from saas.schema.derive.bulk import Bulk
from saas.schema.derive.mutations import Kept, payload, plain_values, resolver, target_of
from saas.schema.derive.objects import Family
from saas.schema.derive.words import Words, required_id
from saas.schema.operation import Operation, Refused


def action_fields(family: Family, words: Words) -> dict[str, GraphQLField]:
    """The mutation of each action: `opportunityWin`."""
    return {
        each.api: GraphQLField(
            payload(family, words, pascal(each.verb)),
            args=_arguments(family, each, words),
            resolve=resolver(family.one, _work(each)),
            description=f"{each.label.en} / {each.label.zh}. {each.description}",
        )
        for each in family.one.actions.values()
    }


def _arguments(family: Family, action: Action, words: Words) -> dict[str, GraphQLArgument]:
    found = {
        "id": required_id("Which one."),
        "version": GraphQLArgument(GraphQLInt, description="The version you have seen; absent: whichever."),
    }
    if action.parameters:
        kind: Any = _input(family, action, words)
        if any(field.required for field in action.parameters.values()):
            kind = GraphQLNonNull(kind)
        found["input"] = GraphQLArgument(kind, description="Its inputs.")
    found["dryRun"] = GraphQLArgument(
        GraphQLBoolean,
        default_value=False,
        out_name="dry_run",
        description="Do it all and take it back: tells the problems that it would have, and no id.",
    )
    return found


def _input(family: Family, action: Action, words: Words) -> GraphQLInputObjectType:
    fields: dict[str, GraphQLInputField] = {
        camel(name): words.input(field, creating=True) for name, field in action.parameters.items()
    }
    name = f"{family.one.type_name}{pascal(action.verb)}Input"
    return GraphQLInputObjectType(name, fields, description=f"Inputs of {action.api}.")


def _work(action: Action) -> Any:
    def work(operation: Operation, given: dict[str, Any]) -> list[Outcome]:
        rows = [(target_of(given), _inputs(operation, action, given))]
        if given.get("dry_run"):
            return tried(operation.scope, lambda: act(operation.scope, action, rows))
        return act(operation.scope, action, rows)

    return work


def _inputs(operation: Operation, action: Action, given: Mapping[str, Any]) -> dict[str, Any]:
    kept = Kept.OF_DOCUMENT if object_of(action.record).currency else Kept.OF_TENANT
    return plain_values(operation, action.parameters, given.get("input") or {}, kept)


def bulk_actions(family: Family, words: Words, alone: Mapping[str, GraphQLField]) -> list[Bulk]:
    """The bulk mutation of each action: `opportunityBulkWin`, with the inputs of that of a single record (`alone`)."""
    return [
        Bulk(
            verb=pascal(each.verb),
            argument="items",
            kind=words.target_input,
            right=each.verb,
            row=lambda _operation, given: target_of(given),
            write=_work_on_many(each),
            description=f"{each.label.en} / {each.label.zh}, several {family.one.plural} at once. {each.description}",
            more={name: alone[each.api].args[name] for name in ("input", "dryRun") if name in alone[each.api].args},
        )
        for each in family.one.actions.values()
    ]


def _work_on_many(action: Action) -> Any:
    def work(operation: Operation, targets: Sequence[Target], given: Mapping[str, Any]) -> list[Outcome]:
        inputs = _inputs(operation, action, given)
        if wrong := input_problems(operation.scope, action, inputs):
            raise Refused(wrong)  # told once, not for each record
        return act(operation.scope, action, [(target, inputs) for target in targets])

    return work
