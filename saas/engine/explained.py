"""All that happens to an object, told from its declaration: what `saas explain` prints and the reference pages show."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from saas.engine.actions import Action
from saas.engine.derived import computations_of
from saas.engine.events import RecordEvent, changed, declared_events, reactions_to
from saas.engine.field import Derived, Field, Kind
from saas.engine.owners import RecordOwnerChanged
from saas.engine.reactions import Happening, Reaction
from saas.engine.registry import ObjectType, objects, referrers
from saas.engine.rules import rules_of
from saas.kit.text import camel

_STANDARD = ("created", "updated", "deleted", "restored")


@dataclass(frozen=True, slots=True)
class ChoiceTold:
    """One state, or one value of a choice: as the API spells it, and its name for people."""

    name: str
    label: str
    label_zh: str


@dataclass(frozen=True, slots=True)
class FieldTold:
    """One field: its name in the API, what it holds, and the facts that are not the usual ones, as words."""

    name: str
    kind: str
    label: str
    label_zh: str
    group: str | None
    facts: list[str]
    description: str
    choices: list[ChoiceTold]


@dataclass(frozen=True, slots=True)
class CodeTold:
    """A function that takes part: its name, what its docstring says, and where it stands."""

    name: str
    what: str
    where: str


@dataclass(frozen=True, slots=True)
class ReactionTold:
    """A function that reacts: in the transaction (`now`), or `later` by a job of a kind in a queue."""

    name: str
    what: str
    where: str
    when: str
    kind: str | None
    queue: str | None


@dataclass(frozen=True, slots=True)
class EventTold:
    """An event: its name, the facts that it tells beside its records, and who reacts."""

    name: str
    what: str
    facts: list[str]
    reactions: list[ReactionTold]


@dataclass(frozen=True, slots=True)
class ActionTold:
    """One action: its mutation, its moves from state to state (none: it leaves the state), its inputs, its event."""

    api: str
    label: str
    label_zh: str
    what: str
    moves: list[str]
    inputs: list[str]
    event: str
    where: str


@dataclass(frozen=True, slots=True)
class Explained:
    """One object, whole."""

    object: str
    label: str
    label_zh: str
    description: str
    where: str
    code: str
    title: str
    order: list[str]
    keys: list[str]
    scope: dict[str, str]
    fields: list[FieldTold]
    lines: list[FieldTold]
    referred_to_by: list[str]
    permissions: list[str]
    actions: list[ActionTold]
    computations: list[CodeTold]
    rules: list[CodeTold]
    events: dict[str, list[ReactionTold]]


def explained(one: ObjectType) -> Explained:
    """What the engine knows of the object."""
    facts = one.record.facts
    scope = {"owner": facts.owner, "department": facts.department, "inherits": facts.inherits}
    return Explained(
        object=one.name,
        label=facts.label.en,
        label_zh=facts.label.zh,
        description=one.description,
        where=_place(one.record),
        code=f"{facts.code:#05x}",
        title=facts.title,
        order=list(facts.order),
        keys=list(facts.keys),
        scope={name: value for name, value in scope.items() if value},
        fields=[_field(one, field) for field in (*one.shown, *one.links.values())],
        lines=[_field(of, field) for of in [one.lines] if of for field in of.shown if not field.system],
        referred_to_by=[f"{other.name}.{camel(field.api)} ({field.on_delete})" for other, field in referrers(one)],
        permissions=[f"{one.name}.{operation}" for operation in one.operations],
        actions=[_action(each) for each in one.actions.values()],
        computations=[_function(each) for each in computations_of(one.record)],
        rules=[_function(check) for of in [one, one.lines] if of for check in rules_of(of.record)],
        events={event.name: _reactions(event) for event in _happenings(one)},
    )


def events_explained() -> list[EventTold]:
    """Everything that can happen, with who reacts: the events of each object, then those that are no verbs of one."""
    of_objects = [
        EventTold(event.name, one.record.facts.label.en, [], _reactions(event))
        for one in objects()
        for event in _events(one)
    ]
    own = [
        EventTold(event.name, (event.__doc__ or "").strip().partition("\n")[0], list(event.facts), _reactions(event))
        for event in declared_events()
    ]
    return of_objects + own


def _events(one: ObjectType) -> list[RecordEvent]:
    """What happens to the records of an object; of its fields those whose change somebody reacts to."""
    verbs = [*_STANDARD, *(each.done for each in one.actions.values())]
    by_field = [event for name in one.fields if reactions_to(event := changed(one.record, name))]
    return [*(RecordEvent(one.record, verb) for verb in verbs), *by_field]


def _happenings(one: ObjectType) -> list[Happening]:
    """The same, and what is told of the records of many objects, this one among them."""
    owner = one.record.facts.owner
    return [*_events(one), *([RecordOwnerChanged] if owner is not None and owner in one.fields else [])]


def _action(action: Action) -> ActionTold:
    return ActionTold(
        api=action.api,
        label=action.label.en,
        label_zh=action.label.zh,
        what=action.description,
        moves=[f"{before.name} → {after.name}" for before, after in action.moves.items()],
        inputs=[camel(name) + ("" if field.required else "?") for name, field in action.parameters.items()],
        event=f"{action.record.__tablename__}.{action.done}",
        where=_place(action.function),
    )


def _field(one: ObjectType, field: Field) -> FieldTold:
    facts = [
        word
        for word, holds in (
            ("required", field.required and not field.system and field.default is None),
            ("unique", field.unique),
            (f"ordered as the name of a {field.naming}", field.naming),
            ("searched", field.search),
            ("personal", field.personal),
            ("tells duplicates", bool(field.duplicate)),
            ("written by the engine", field.system),
            ("computed", field.derived is Derived.ALWAYS),
            ("computed while there are lines", field.derived is Derived.WITH_LINES),
            (f"deprecated: {field.deprecated}", field.deprecated),
        )
        if holds
    ]
    if field.default is not None and field.default is not False:
        facts.append(f"default {getattr(field.default, 'name', field.default)}")
    if field.entry is not None:
        facts.append(f"moved by actions only; begins as {' or '.join(state.name for state in field.entry)}")
    if field.kind is Kind.REFERENCE:
        facts.append(f"to {one.target_of(field).name}; where that is deleted: {field.on_delete}")
    if field.kind is Kind.REFERENCES:
        facts.append(f"to {one.target_of(field).name}, any number of them")
    label, choices = field.label, [ChoiceTold(each.name, each.label.en, each.label.zh) for each in field.choices or ()]
    name, kind = camel(field.api), field.kind.value
    return FieldTold(name, kind, label.en, label.zh, field.group, facts, field.description, choices)


def _reactions(event: Happening) -> list[ReactionTold]:
    return [_reaction(each) for each in reactions_to(event)]


def _reaction(reaction: Reaction) -> ReactionTold:
    code, job = _function(reaction.function), reaction.job
    if job is None:
        return ReactionTold(code.name, code.what, code.where, "now", None, None)
    return ReactionTold(code.name, code.what, code.where, "later", job.kind.value, job.queue)


def _function(function: Any) -> CodeTold:
    return CodeTold(function.__name__, (function.__doc__ or "").strip().partition("\n")[0], _place(function))


def _place(thing: type[Any] | Callable[..., Any]) -> str:
    return thing.__module__.replace(".", "/") + ".py"
