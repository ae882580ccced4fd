"""The mutations of an object's actions: one record, its inputs, and a dry run that tells what would happen."""

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
from saas.engine.write.act import act
from saas.engine.write.outcome import Outcome
from saas.kit.text import camel, pascal
from saas.schema.derive.mutations import payload, plain_values, resolver, target_of
from saas.schema.derive.objects import Family
from saas.schema.derive.words import Words, required_id
from saas.schema.operation import Operation


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
        inputs = plain_values(operation, action.parameters, given.get("input") or {})
        dry_run = bool(given.get("dry_run"))
        return act(operation.scope, action, [(target_of(given), inputs)], dry_run=dry_run)

    return work
