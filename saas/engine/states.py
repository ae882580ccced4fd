"""States and choices: what is wrong with those of an object, told at start-up."""

from collections.abc import Iterable, Iterator
from enum import StrEnum

from saas.engine.actions import Action, actions_of
from saas.engine.field import Choices, Field
from saas.engine.record import Record

Mistake = tuple[str, str]


def state_of(record: type[Record]) -> Field | None:
    """The field that holds the state, where the object has states."""
    return next((field for field in record.fields.values() if field.is_state), None)


def mistakes_in(record: type[Record]) -> Iterator[Mistake]:
    """What is wrong with the states, the moves and the choices of an object, each with its remedy."""
    found = [field for field in record.fields.values() if field.is_state]
    if len(found) > 1:
        names = " and ".join(repr(field.name) for field in found)
        yield f"has more than one state: {names}", "Keep one states() field; make the others choices."
    state = found[0] if found else None
    for each in actions_of(record).values():
        yield from _mistakes_in_moves(each, state)
    if state is not None:
        yield from _mistakes_in_states(record, state)
    yield from _mistakes_in_names(record)


def _mistakes_in_moves(action: Action, state: Field | None) -> Iterator[Mistake]:
    name = action.function.__name__
    if state is None and action.moves:
        yield f"has no state that {name} could move", "Declare a states() field, or leave moves out."
        return
    known: list[Choices] = list(state.choices or ()) if state else []
    for each in (*action.moves.keys(), *action.moves.values()):
        if not any(each is one for one in known):
            of = state.choices.__name__ if state and state.choices else ""
            yield f"has no state {each!r}, which {name} moves", f"Use the members of {of}."


def _mistakes_in_states(record: type[Record], state: Field) -> Iterator[Mistake]:
    choices: list[Choices] = list(state.choices or ())
    entry = state.entry or ()
    if state.group:
        yield (
            f"hides its state {state.name!r} in the group {state.group!r}",
            "Leave the group out: what may be done with a record follows from its state, so it cannot be hidden.",
        )
    for each in entry:
        if each not in choices or not isinstance(each, state.choices or Choices):
            of = state.choices.__name__ if state.choices else ""
            yield f"begins {state.name!r} with {each!r}, which is no state of it", f"Use the members of {of}."
    for each in choices:
        if each.name != each.name.upper():
            yield f"has a state {each.name!r} that is not UPPER_CASE", "The API spells states so: rename it."
    reached = {*entry, *(to for action in actions_of(record).values() for to in action.moves.values())}
    for each in choices:
        if each not in reached:
            yield (
                f"has the state {each.name}, which nothing reaches",
                "Let an action move there, or name it in entry=(…).",
            )


def _mistakes_in_names(record: type[Record]) -> Iterator[Mistake]:
    """What is chosen from, in a field or in an input of an action, has a name in both languages."""
    inputs = (field for action in actions_of(record).values() for field in action.parameters.values())
    for choices in dict.fromkeys(field.choices for field in (*record.fields.values(), *inputs)):
        values: Iterable[StrEnum] = choices or ()  # whatever was declared, before mypy has seen it
        for each in values:
            if not (isinstance(each, Choices) and each.label.en.strip() and each.label.zh.strip()):
                of = type(each)
                yield (
                    f"lets choose {of.__module__}.{of.__qualname__}.{each.name}, which has no name in both languages",
                    f'Write class {of.__name__}(Choices), and in it {each.name} = "{each.value}", "English", "中文".',
                )
