"""The standard mutations of every object: create, update, upsert, delete, restore; one operation is one transaction."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
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

from saas.engine.field import Field
from saas.engine.registry import ObjectType
from saas.engine.selection import Picked
from saas.engine.write.create import create
from saas.engine.write.load import Target
from saas.engine.write.outcome import Outcome
from saas.engine.write.remove import delete, restore
from saas.engine.write.update import update
from saas.engine.write.upsert import upsert
from saas.kit import ids
from saas.kit.errors import BadInput
from saas.kit.text import camel
from saas.schema.derive.objects import Family
from saas.schema.derive.words import Words, by_key, required_id
from saas.schema.handmade import told
from saas.schema.operation import Info, Operation, Refused, only

Work = Callable[[Operation, dict[str, Any]], list[Outcome]]


def mutation_fields(family: Family, words: Words) -> dict[str, GraphQLField]:
    one = family.one
    id_ = {"id": required_id("Which one.")}
    version = {"version": GraphQLArgument(GraphQLInt, description="The version you have seen; absent: whichever.")}
    name = one.type_name
    create_input = {"input": GraphQLArgument(GraphQLNonNull(family.create_input), description="Its values.")}
    update_input = {"input": GraphQLArgument(GraphQLNonNull(family.update_input), description="What changes.")}
    verbs: list[tuple[str, dict[str, GraphQLArgument], Work, str]] = [
        ("Create", create_input, _create(one), f"Create a {name}."),
        ("Update", id_ | version | update_input, _update(one), f"Change a {name}; what is absent stays."),
        ("Delete", id_ | version, _remove(one, delete), f"Move a {name} to the trash."),
        ("Restore", id_ | version, _remove(one, restore), f"Bring a {name} back from the trash."),
    ]
    if one.keys:
        by = {"by": GraphQLArgument(GraphQLNonNull(family.key), description="What the record is recognised by.")}
        what = f"Change the {name} that has this key, or create one where you see none."
        verbs.append(("Upsert", by | create_input, _upsert(one), what))
    return {
        f"{one.single}{verb}": GraphQLField(
            payload(family, words, verb), args=arguments, resolve=resolver(one, work), description=description
        )
        for verb, arguments, work, description in verbs
    }


def payload(family: Family, words: Words, verb: str) -> GraphQLObjectType:
    """What a mutation of one record answers."""
    one = family.one
    problems = GraphQLNonNull(GraphQLList(GraphQLNonNull(words.type_named("Problem"))))
    fields = {
        "id": GraphQLField(GraphQLID, resolve=by_key("id"), description="Null if and only if nothing was written."),
        one.single: GraphQLField(
            family.type, resolve=by_key("record"), description="The record, if it is in your sight (now)."
        ),
        "problems": GraphQLField(problems, resolve=by_key("problems"), description="Why nothing was written."),
    }
    if verb in ("Create", "Update", "Upsert"):
        fields["warnings"] = warnings_field(words)
    return GraphQLObjectType(f"{one.type_name}{verb}Payload", fields, description="What became of it.")


def warnings_field(words: Words) -> GraphQLField:
    """What is worth a look and refuses nothing."""
    kind = GraphQLNonNull(GraphQLList(GraphQLNonNull(words.type_named("DuplicateProblem"))))
    what = "Other records that may be the same; what was written stands."
    return GraphQLField(kind, resolve=by_key("warnings"), description=what)


def resolver(one: ObjectType, work: Work) -> Any:
    """Resolves a mutation of one record; a problem of it rolls back the operation, unless it was a dry run."""

    def resolve(_root: Any, info: Info, **arguments: Any) -> Any:
        operation: Operation = info.context

        def write() -> list[Outcome]:
            outcomes = work(operation, arguments)
            if only(outcomes).problems:
                raise Refused(only(outcomes).problems)
            return outcomes

        try:
            outcome: Outcome = only(operation.attempt(str(info.path.key), write, trial=bool(arguments.get("dry_run"))))
        except Refused as refused:
            problems = [told(problem) for problem in refused.problems]
            return {"id": None, "record": None, "problems": problems, "warnings": []}
        picked = operation.document.pick(info.field_nodes)
        warnings = [told(warning) for warning in outcome.warnings]
        record = read_back(operation, one, picked, [outcome], str(info.path.key))[0]
        return {"id": outcome.id, "record": record, "problems": [], "warnings": warnings}

    return resolve


def read_back(
    operation: Operation, one: ObjectType, picked: Sequence[Picked], outcomes: Sequence[Outcome], at: str
) -> list[Any]:
    """The records written, as the writer may see them now, through the read path; `picked` is asked of each."""
    records = [each for each in picked if each.name == one.single]
    ids_ = [outcome.id for outcome in outcomes if outcome.id is not None]
    if not records or not operation.scope.profile.may(f"{one.name}.read"):
        return [None] * len(outcomes)
    found = operation.read_back(one, records, ids_, at)
    return [None if outcome.id is None else found.get(outcome.id) for outcome in outcomes]


def _create(one: ObjectType) -> Work:
    return lambda operation, given: create(operation.scope, one, [values_of(operation, one, given["input"])])


def _update(one: ObjectType) -> Work:
    def work(operation: Operation, given: dict[str, Any]) -> list[Outcome]:
        return update(operation.scope, one, [(target_of(given), values_of(operation, one, given["input"]))])

    return work


def _upsert(one: ObjectType) -> Work:
    def work(operation: Operation, given: dict[str, Any]) -> list[Outcome]:
        return upsert(operation.scope, one, given["by"], [values_of(operation, one, given["input"])])

    return work


def _remove(one: ObjectType, verb: Callable[..., list[Outcome]]) -> Work:
    return lambda operation, given: verb(operation.scope, one, [target_of(given)])


def target_of(given: Mapping[str, Any]) -> Target:
    """Which record is meant, and in which version."""
    return Target(ids.parse_id(given["id"]), given.get("version"))


def values_of(operation: Operation, one: ObjectType, given: Mapping[str, Any]) -> dict[str, Any]:
    """Input values by field name, those of lines too."""
    kept = Kept.OF_DOCUMENT if one.currency else Kept.WITH_AMOUNT
    values = plain_values(operation, one.all_fields, given, kept)
    if one.lines is None or values.get("lines") is None:
        return values
    given_lines = values["lines"]
    if isinstance(given_lines, list):
        return values | {"lines": _lines(operation, one, given_lines, ("lines",))}
    parts = {
        name: rows if name == "delete" or rows is None else _lines(operation, one, rows, ("lines", name))
        for name, rows in given_lines.items()
    }
    return values | {"lines": parts}


def _lines(
    operation: Operation, one: ObjectType, rows: Sequence[Mapping[str, Any]], path: tuple[str, ...]
) -> list[dict[str, Any]]:
    fields = one.lines.all_fields if one.lines else {}
    kept, found = Kept.OF_DOCUMENT if one.currency else Kept.OF_TENANT, list[dict[str, Any]]()
    for i, row in enumerate(rows):
        try:
            found.append(plain_values(operation, fields, row, kept))
        except BadInput as error:
            error.path = (*path, str(i), *error.path)
            raise
    return found


class Kept(StrEnum):
    """Where the currency of an amount is kept, and so what an amount without one means."""

    WITH_AMOUNT = "with amount"
    OF_DOCUMENT = "of document"
    OF_TENANT = "of tenant"


def plain_values(
    operation: Operation, fields: Mapping[str, Field], given: Mapping[str, Any], kept: Kept
) -> dict[str, Any]:
    """Input values by field name, money as its amount and its currency, an address as its parts."""
    values: dict[str, Any] = {}
    base = operation.scope.tenant.base_currency
    for name, value in given.items():
        field = fields.get(name)
        if field is not None and field.parts:
            values |= (
                dict.fromkeys(field.parts) if value is None else {f"{name}_{part}": v for part, v in value.items()}
            )
            continue
        if field is None or not field.is_money or value is None:
            values[name] = value
            continue
        values[name], currency = Decimal(value["amount"]), value.get("currency")
        if kept is Kept.WITH_AMOUNT:
            values[field.currency] = currency or base
        elif kept is Kept.OF_DOCUMENT and field.currency in fields:
            values |= {field.currency: currency} if currency else {}
        elif currency and (kept is Kept.OF_DOCUMENT or currency != base):
            whose = "the record" if kept is Kept.OF_DOCUMENT else f"the company, {base}"
            message = f"This amount is in the currency of {whose}."
            raise BadInput(message, remedy="Leave the currency out.", path=(camel(name), "currency"))
    return values
