"""Actions: what one does with a record beyond creating and changing it, each a plain function that the engine calls."""

import inspect
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import NoneType, UnionType
from typing import Annotated, Any, Concatenate, ParamSpec, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from saas.engine.field import Choices, Field, Kind, Label
from saas.engine.line_list import LineList
from saas.engine.record import Record
from saas.kit.errors import BadConfig
from saas.kit.text import camel

P = ParamSpec("P")
RecordT = TypeVar("RecordT", bound=Record)
Function = Callable[Concatenate[Any, RecordT, P], None]  # P: the lines, where it asks for them, and the inputs

STANDARD_VERBS = frozenset(
    {"read", "create", "update", "delete", "restore", "upsert", "merge", "unmerge", "export", "import", "print"}
)
STANDARD_EVENTS = frozenset({"created", "updated", "deleted", "restored", "merged"})
_WORD = re.compile(r"[a-z]+(_[a-z]+)*")
_KINDS: dict[type, tuple[Kind, ...]] = {  # by the Python type of a parameter; the first where no field has its name
    str: (Kind.LONG_TEXT, Kind.TEXT, Kind.EMAIL, Kind.PHONE),
    int: (Kind.INTEGER,),
    Decimal: (Kind.QUANTITY, Kind.MONEY, Kind.UNIT_PRICE, Kind.PERCENT),
    date: (Kind.DATE,),
    datetime: (Kind.MOMENT,),
    bool: (Kind.BOOLEAN,),
    UUID: (Kind.REFERENCE,),
}


@dataclass(frozen=True, slots=True)
class To:
    """Beside the UUID of a parameter: which object it refers to (`Annotated[UUID, To(Customer)]`)."""

    target: type[Record]


@dataclass(frozen=True, slots=True, eq=False)
class Action:
    """One action of one object. `moves` tells where it leads from each state in which it is allowed; empty: from any.

    `parameters` are its inputs as fields; those in `nullable` may be None. `takes_lines`: it is given the lines too.
    """

    record: type[Record]
    function: Callable[..., None]
    label: Label
    moves: Mapping[Choices, Choices]
    done: str
    parameters: Mapping[str, Field]
    nullable: frozenset[str]
    takes_lines: bool

    @property
    def verb(self) -> str:
        return self.function.__name__.removeprefix(f"{self.record.__tablename__}_")

    @property
    def key(self) -> str:
        """The right that it needs."""
        return f"{self.record.__tablename__}.{self.verb}"

    @property
    def api(self) -> str:
        """The mutation."""
        return camel(self.function.__name__)

    @property
    def description(self) -> str:
        return inspect.cleandoc(self.function.__doc__ or "")


_actions: dict[type[Record], dict[str, Action]] = defaultdict(dict)


def action(
    target: type[RecordT], en: str, zh: str, *, done: str, moves: Mapping[Any, Any] | None = None
) -> Callable[[Function[RecordT, P]], Function[RecordT, P]]:
    """Declare `def <object>_<verb>(scope, record, *, …)` as an action; `done` names its event: `opportunity.won`.

    One that looks at the lines, or changes them, is `def <object>_<verb>(scope, record, lines: LineList[…], *, …)`.
    """

    def declare(function: Function[RecordT, P]) -> Function[RecordT, P]:
        parameters = dict(_parameters(target, function))
        made = Action(
            record=target,
            function=function,
            label=Label(en, zh),
            moves=dict(moves or {}),
            done=done,
            parameters={name: field for name, (field, _) in parameters.items()},
            nullable=frozenset(name for name, (_, nullable) in parameters.items() if nullable),
            takes_lines=len(_given(function)[0]) > 2,
        )
        _check(made)
        _actions[target][made.verb] = made
        return function

    return declare


def actions_of(target: type[Record]) -> Mapping[str, Action]:
    """The actions of an object by verb, in the order of their declaration."""
    return _actions.get(target, {})


def action_of(function: Callable[..., None]) -> Action:
    """The action that this function was declared as."""
    for of_record in _actions.values():
        for each in of_record.values():
            if each.function is function:
                return each
    raise _wrong(function, "is no action", "Declare it with @action.")


def _check(one: Action) -> None:
    name, others = one.function.__name__, _actions.get(one.record, {})
    stem = one.record.__tablename__
    if not name.startswith(f"{stem}_") or not _WORD.fullmatch(one.verb):
        raise _wrong(one.function, f"is an action of {stem!r} by another name", f"Call it {stem}_<verb>.")
    if one.verb in STANDARD_VERBS:
        raise _wrong(one.function, f"takes the name of what every object has: {one.verb!r}", "Choose another verb.")
    if one.verb.startswith("bulk_"):
        what = f"takes the name of an action on many records: {one.verb!r}"
        raise _wrong(one.function, what, "Choose another verb; the bulk mutation comes by itself.")
    if one.verb in others:
        raise _wrong(one.function, "is declared twice", "Choose another verb for one of the two.")
    if not one.description:
        raise _wrong(one.function, "has no docstring", "Say in one sentence what it does; it becomes API text.")
    if not _WORD.fullmatch(one.done) or one.done in STANDARD_EVENTS | {other.done for other in others.values()}:
        raise _wrong(
            one.function,
            f"has no event of its own: done={one.done!r}",
            "Give the past participle of the verb, in small letters, once an object: done='won'.",
        )


def _parameters(target: type[Record], function: Callable[..., Any]) -> Iterator[tuple[str, tuple[Field, bool]]]:
    """Each input of the function as a field, and whether it may be None."""
    hints = get_type_hints(function, include_extras=True)
    first, inputs, others = _given(function)
    lines = [hints.get(each.name) for each in first[2:]]
    is_plain = len(first) == 2 or (len(first) == 3 and get_origin(lines[0]) is LineList)
    if not is_plain or others or hints.get(first[1].name) is not target:
        raise _wrong(
            function,
            "does not take (scope, record, *, …)",
            f"Write it as def {function.__name__}(scope: Scope, {target.__tablename__}: {target.__name__}, *, …) and "
            "put every input behind the star.",
        )
    for hint in lines:
        if not _is_line_of(target, get_args(hint)[0]):
            what = f"is given lines of another object than {target.__name__}"
            raise _wrong(
                function, what, f"Write LineList[…] of the class with line_of= that leads to {target.__name__}."
            )
    for each in inputs:
        yield each.name, _parameter(target, function, each, hints.get(each.name))


def _given(
    function: Callable[..., Any],
) -> tuple[list[inspect.Parameter], list[inspect.Parameter], list[inspect.Parameter]]:
    """What a function takes: by its place, behind the star, and in any other way."""
    given = list(inspect.signature(function).parameters.values())
    first = [each for each in given if each.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    inputs = [each for each in given if each.kind is inspect.Parameter.KEYWORD_ONLY]
    return first, inputs, [each for each in given if each not in first + inputs]


def _is_line_of(target: type[Record], line: type[Record]) -> bool:
    return line.facts.line_of is not None and line.fields[line.facts.line_of].target is target


def _parameter(
    target: type[Record], function: Callable[..., Any], parameter: inspect.Parameter, hint: Any
) -> tuple[Field, bool]:
    hint, extras, nullable = _unwrapped(hint)
    same = target.fields.get(parameter.name)
    kinds = (Kind.CHOICE,) if isinstance(hint, type) and issubclass(hint, Choices) else _KINDS.get(hint)
    if kinds is None:
        raise _wrong(
            function,
            f"has an input {parameter.name!r} of a type that the API does not know",
            f"Take one of {', '.join(each.__name__ for each in _KINDS)} or a class of Choices, each also with None.",
        )
    like = same if same is not None and same.kind in kinds else None
    label = next((each for each in extras if isinstance(each, Label)), like.label if like else None)
    if label is None:
        raise _wrong(
            function,
            f"has an input {parameter.name!r} without a name for people",
            f"Write {parameter.name}: Annotated[…, Label('English', '中文')], or call it like a field of the object.",
        )
    to = next((each.target for each in extras if isinstance(each, To)), like.target if like else None)
    if kinds[0] is Kind.REFERENCE and to is None:
        raise _wrong(
            function,
            f"does not say which object {parameter.name!r} refers to",
            f"Write {parameter.name}: Annotated[UUID, To(Customer)].",
        )
    field = Field(
        kind=like.kind if like else kinds[0],
        label=label,
        description=" ".join(each for each in extras if isinstance(each, str)),
        required=parameter.default is inspect.Parameter.empty,
        choices=hint if kinds == (Kind.CHOICE,) else None,
        target=to,
        name=parameter.name,
    )
    return field, nullable


def _unwrapped(hint: Any) -> tuple[Any, tuple[Any, ...], bool]:
    """The plain type, what is annotated to it, and whether None is one of its values."""
    extras: tuple[Any, ...] = ()
    nullable = False
    while get_origin(hint) in (Annotated, Union, UnionType):
        if get_origin(hint) is Annotated:
            hint, extras = get_args(hint)[0], (*extras, *hint.__metadata__)
            continue
        inner = [each for each in get_args(hint) if each is not NoneType]
        nullable = len(inner) < len(get_args(hint))
        if len(inner) != 1:
            break
        hint = inner[0]
    return hint, extras, nullable


def _wrong(function: Callable[..., Any], what: str, remedy: str) -> BadConfig:
    return BadConfig(f"{function.__module__}.{function.__name__} {what}.", remedy=remedy)
