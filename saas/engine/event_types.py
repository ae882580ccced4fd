"""What can happen: to records, each verb an event of its object; and events of one's own, with typed facts."""

from collections.abc import Callable
from dataclasses import dataclass
from types import UnionType
from typing import Any, ClassVar, Union, dataclass_transform, get_args, get_origin, get_type_hints
from uuid import UUID

from saas.engine.actions import action_of
from saas.engine.field import Label
from saas.engine.record import Record
from saas.kit.errors import BadConfig

_FACTS = (UUID, str, int, type(None))


@dataclass(frozen=True, slots=True)
class RecordEvent:
    """Something that happened to records of one object: `customer.created`."""

    record: type[Record]
    verb: str
    field: str = ""

    @property
    def name(self) -> str:
        return ".".join(word for word in (self.record.__tablename__, self.field, self.verb) if word)

    @property
    def is_of_the_trash(self) -> bool:
        """Whether its records are deleted ones."""
        return self.verb in {"deleted", "merged"}


def created(record: type[Record]) -> RecordEvent:
    return RecordEvent(record, "created")


def updated(record: type[Record]) -> RecordEvent:
    return RecordEvent(record, "updated")


def changed(record: type[Record], field: str) -> RecordEvent:
    """That this field was changed by an update."""
    if field not in record.fields:
        raise BadConfig(f"{record.__name__} has no field {field!r}.", remedy="Name one of its fields.")
    return RecordEvent(record, "changed", field)


def deleted(record: type[Record]) -> RecordEvent:
    return RecordEvent(record, "deleted")


def restored(record: type[Record]) -> RecordEvent:
    return RecordEvent(record, "restored")


def acted(function: Callable[..., None]) -> RecordEvent:
    """That this action was done: `@on(acted(opportunity_win))`. One that changed fields is `updated` before."""
    done = action_of(function)
    return RecordEvent(done.record, done.done)


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Event:
    """An event of one's own: a class with a name and facts, which are ids, codes and numbers (UUID, str, int).

    class ImportRunFinished(Event, name="import_run.finished", label=Label("Import finished", "导入结束")):
        run_id: UUID
    """

    name: ClassVar[str]
    label: ClassVar[Label]
    facts: ClassVar[dict[str, Any]]

    def __init_subclass__(cls, *, name: str, label: Label) -> None:
        place = f"{cls.__module__}.{cls.__qualname__}"
        cls.name, cls.label = name, label
        cls.facts = {fact: hint for fact, hint in get_type_hints(cls).items() if get_origin(hint) is not ClassVar}
        _check(cls, place)
        dataclass(frozen=True, kw_only=True)(cls)
        _declared[name] = cls


_declared: dict[str, type[Event]] = {}


def declared_events() -> tuple[type[Event], ...]:
    """Every event that is no verb of a record, by name."""
    return tuple(_declared[name] for name in sorted(_declared))


def _check(event: type[Event], place: str) -> None:
    stem, _, verb = event.name.partition(".")
    if not all(word.replace("_", "").isalnum() and word.islower() and word[0].isalpha() for word in (stem, verb)):
        raise BadConfig(f"Event {place}: {event.name!r} is not `<object>.<verb>`.", remedy="Such as `employee.left`.")
    if event.name in _declared:
        other = _declared[event.name]
        raise BadConfig(
            f"Event {place}: {other.__module__}.{other.__qualname__} is {event.name!r} too.", remedy="Rename one."
        )
    if not event.facts:
        raise BadConfig(f"Event {place}: it has no facts.", remedy="Say what it is about: `run_id: UUID`.")
    for fact, hint in event.facts.items():
        types = get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
        if not all(one in _FACTS for one in types):
            raise BadConfig(
                f"Event {place}: fact {fact!r} is no id, code or number.",
                remedy="Take UUID, str or int; whoever reacts reads the rest, as it is then.",
            )
