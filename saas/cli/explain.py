"""`saas explain`: all that happens to an object, from its declaration to whoever reacts to it."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict

import click

from saas.cli.output import columns, say
from saas.engine.explained import (
    ActionTold,
    CodeTold,
    EventTold,
    Explained,
    FieldTold,
    ReactionTold,
    events_explained,
    explained,
)
from saas.engine.registry import object_named, objects
from saas.schema.build import root_fields_of


@click.command(help="Tell all that happens to OBJECT, such as customer; without it, which objects there are.")
@click.argument("object_name", metavar="OBJECT", required=False)
@click.option("--events", "of_events", is_flag=True, help="Every event instead, and who reacts to it, now and later.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line.")
def command(object_name: str | None, of_events: bool, as_json: bool) -> None:
    if of_events:
        happening = events_explained()
        say([asdict(each) for each in happening], "\n".join(_events(happening)), as_json=as_json)
        return
    if object_name is None:
        known = [{"object": one.name, "what": one.description.partition("\n")[0]} for one in objects()]
        say(known, columns(known), as_json=as_json)
        return
    told = explained(object_named(object_name))
    api = root_fields_of(object_name)
    say(asdict(told) | {"api": api}, "\n".join(_text(told, api)), as_json=as_json)


def _text(told: Explained, api: dict[str, list[str]]) -> Iterator[str]:
    yield f"{told.label} / {told.label_zh} ({told.object}, code {told.code}, {told.where})"
    yield f"  {told.description}"
    yield from _section("Whose it is", [f"{name}: {field}" for name, field in told.scope.items()] or ["everybody's"])
    order = ", ".join(f"{name.lstrip('-')} descending" if name.startswith("-") else name for name in told.order)
    yield from _section("How it is named and listed", [f"by {told.title}, in the order of {order}"])
    yield from _section("Fields", _fields(told.fields))
    yield from _section("Its lines", _fields(told.lines) if told.lines else [])
    yield from _section("Choices", _choices([*told.fields, *told.lines]))
    yield from _section("Referred to by", told.referred_to_by)
    yield from _section("Rights", told.permissions)
    yield from _section("Actions", [_action(each) for each in told.actions])
    yield from _section("Computed, before the rules", _functions(told.computations))
    yield from _section("Rules, at every write", _functions(told.rules))
    for event, reactions in told.events.items():
        yield from _section(f"On {event}", _reactions(reactions))
    for kind, names in api.items():
        yield from _section(f"{kind} of the API", names)


def _fields(fields: Iterable[FieldTold]) -> list[str]:
    rows = [
        {
            "field": field.name,
            "kind": field.kind,
            "group": field.group or "",
            "label": f"{field.label} / {field.label_zh}",
            "facts": "; ".join(field.facts),
        }
        for field in fields
    ]
    return columns(rows).splitlines()


def _choices(fields: Iterable[FieldTold]) -> list[str]:
    return [
        f"{field.name}: {', '.join(f'{each.name} ({each.label} / {each.label_zh})' for each in field.choices)}"
        for field in fields
        if field.choices
    ]


def _action(action: ActionTold) -> str:
    what = f"{action.api}({', '.join(action.inputs)}): {action.what}"
    return f"{what} {', '.join(action.moves) or 'In every state'}; then {action.event} ({action.where})"


def _functions(functions: Iterable[CodeTold]) -> list[str]:
    return [f"{each.name}: {each.what} ({each.where})" for each in functions]


def _reactions(reactions: Iterable[ReactionTold]) -> list[str]:
    return [f"{_when(each)}, {each.name}: {each.what} ({each.where})" for each in reactions]


def _when(reaction: ReactionTold) -> str:
    return reaction.when if reaction.kind is None else f"{reaction.when} ({reaction.kind} job, queue {reaction.queue})"


def _events(events: Iterable[EventTold]) -> Iterator[str]:
    for event in events:
        facts = f"({', '.join(event.facts)})" if event.facts else ""
        yield f"{event.name}{facts}: {event.what}"
        yield from (f"  {line}" for line in _reactions(event.reactions))


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield ""
        yield title
        yield from (f"  {line}" for line in found)
