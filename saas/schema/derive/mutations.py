"""The standard mutations of every object: create, update, delete, restore; one operation is one transaction."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
)

from saas.engine.problem import Problem, ProblemCode, forbidden
from saas.engine.read.wanted import wanted
from saas.engine.registry import ObjectType
from saas.engine.write.create import create
from saas.engine.write.load import Target
from saas.engine.write.outcome import Outcome
from saas.engine.write.remove import delete, restore
from saas.engine.write.update import update
from saas.kit import ids
from saas.kit.errors import BadInput, Forbidden
from saas.kit.text import camel
from saas.schema.derive.objects import Family
from saas.schema.derive.words import MONEY_KINDS, Words, by_key, required_id
from saas.schema.handmade import told
from saas.schema.operation import Info, Operation, only

Work = Callable[[Operation, dict[str, Any]], list[Outcome]]


def mutation_fields(family: Family, words: Words) -> dict[str, GraphQLField]:
    one = family.one
    id_ = {"id": required_id("Which one.")}
    version = {"version": GraphQLArgument(GraphQLInt, description="The version you have seen; absent: whichever.")}
    name = one.type_name
    create_input = {"input": GraphQLArgument(GraphQLNonNull(family.input(creating=True)), description="Its values.")}
    update_input = {"input": GraphQLArgument(GraphQLNonNull(family.input(creating=False)), description="What changes.")}
    verbs: list[tuple[str, dict[str, GraphQLArgument], Work, str]] = [
        ("Create", create_input, _create(one), f"Create a {name}."),
        ("Update", id_ | version | update_input, _update(one), f"Change a {name}; what is absent stays."),
        ("Delete", id_ | version, _remove(one, delete), f"Move a {name} to the trash."),
        ("Restore", id_ | version, _remove(one, restore), f"Bring a {name} back from the trash."),
    ]
    return {
        f"{one.single}{verb}": GraphQLField(
            _payload(family, words, verb), args=arguments, resolve=_resolver(one, work), description=description
        )
        for verb, arguments, work, description in verbs
    }


def _payload(family: Family, words: Words, verb: str) -> GraphQLObjectType:
    one = family.one
    problems = GraphQLNonNull(GraphQLList(GraphQLNonNull(words.type_named("Problem"))))
    fields = {
        "id": GraphQLField(GraphQLID, resolve=by_key("id"), description="Null if and only if nothing was written."),
        one.single: GraphQLField(
            family.type, resolve=by_key("record"), description="The record, if it is in your sight (now)."
        ),
        "problems": GraphQLField(problems, resolve=by_key("problems"), description="Why nothing was written."),
    }
    return GraphQLObjectType(f"{one.type_name}{verb}Payload", fields, description="What became of it.")


def _resolver(one: ObjectType, work: Work) -> Any:
    def resolve(_root: Any, info: Info, **arguments: Any) -> Any:
        operation: Operation = info.context
        key = str(info.path.key)
        refused = operation.verdict(key)
        if refused is not None:
            return _refused(refused)
        try:
            outcome: Outcome = only(work(operation, arguments))
        except Forbidden as error:
            outcome = Outcome(problems=[forbidden(str(error))])
        except BadInput as error:
            outcome = Outcome(problems=[Problem(ProblemCode.BAD_INPUT, str(error), error.path)])
        except Exception as error:
            operation.fail(key, error)
            raise
        if outcome.problems:
            operation.fail(key, outcome.problems)
            return _refused(outcome.problems)
        return {"id": outcome.id, "record": _read_back(operation, one, info, outcome), "problems": []}

    return resolve


def _refused(problems: list[Problem]) -> dict[str, Any]:
    return {"id": None, "record": None, "problems": [told(problem) for problem in problems]}


def _read_back(operation: Operation, one: ObjectType, info: Info, outcome: Outcome) -> Any:
    """The record as the writer may see it now, through the read path."""
    picked = [each for each in operation.document.pick(info.field_nodes) if each.name == one.single]
    if not picked or outcome.id is None or not operation.scope.profile.may(f"{one.name}.read"):
        return None
    what = wanted(one, [child for each in picked for child in each.children])
    return operation.fetch(what, [outcome.id]).get(outcome.id)


def _create(one: ObjectType) -> Work:
    return lambda operation, given: create(operation.scope, one, [_values(operation, one, given["input"])])


def _update(one: ObjectType) -> Work:
    def work(operation: Operation, given: dict[str, Any]) -> list[Outcome]:
        return update(operation.scope, one, [(_target(given), _values(operation, one, given["input"]))])

    return work


def _remove(one: ObjectType, verb: Callable[..., list[Outcome]]) -> Work:
    return lambda operation, given: verb(operation.scope, one, [_target(given)])


def _target(given: Mapping[str, Any]) -> Target:
    return Target(ids.parse_id(given["id"]), given.get("version"))


def _values(operation: Operation, one: ObjectType, given: Mapping[str, Any]) -> dict[str, Any]:
    """Input values by field name, money as its amount in the base currency."""
    base = operation.scope.tenant.base_currency
    money = {name for name, field in one.fields.items() if field.kind in MONEY_KINDS}
    return {name: _amount(value, base, camel(name)) if name in money else value for name, value in given.items()}


def _amount(money: Mapping[str, Any] | None, base: str, path: str) -> Decimal | None:
    if money is None:
        return None
    currency = money.get("currency") or base
    if currency != base:
        message = f"There is no rate for {currency}: amounts are kept in {base}."
        raise BadInput(message, remedy=f"Give the amount in {base}.", path=(path, "currency"))
    return Decimal(money["amount"])
