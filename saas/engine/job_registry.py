"""What may be done later: every function that is declared a job, found by its name."""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from types import UnionType
from typing import Any, Generic, ParamSpec, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from saas.engine.field import Label
from saas.kit.errors import BadConfig

P = ParamSpec("P")


class JobKind(StrEnum):
    """How a job meets its transactions."""

    ATOMIC = "atomic"  # one transaction holds the work and the end of the job
    LONG = "long"  # chunks, each a transaction with its checkpoint


ATOMIC, LONG = JobKind.ATOMIC, JobKind.LONG


@dataclass(frozen=True, slots=True)
class Step:
    """Where a long job stands: what it needs to go on, what it tells people, whether they called it off."""

    checkpoint: dict[str, Any] = field(default_factory=dict)
    progress: dict[str, Any] = field(default_factory=dict)
    cancelled: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Job(Generic[P]):
    """A function that `scope.later` accepts; called directly it is the plain function."""

    function: Callable[P, Any]
    name: str
    kind: JobKind
    queue: str
    attempts: int
    ids: dict[str, tuple[type, ...]]  # the parameters that name what the job is about, and their types
    optional: frozenset[str]
    label: Label | None = None  # what people call it

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        return self.function(*args, **kwargs)


_jobs: dict[str, Job[Any]] = {}
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")
_QUEUE = re.compile(r"[a-z][a-z0-9_]*")
IDS: Any = tuple[UUID, ...]
MOST_IDS = 500
_ID_TYPES = (UUID, str, int, type(None), IDS)


def job(
    *, kind: JobKind = ATOMIC, queue: str = "default", attempts: int = 5, label: Label | None = None
) -> Callable[[Callable[P, Any]], Job[P]]:
    """Declare `def object_verb(scope, **ids)` (long: `(scope, step, **ids)`) as something that may be done later."""

    def declare(function: Callable[P, Any]) -> Job[P]:
        place = _place(function)
        _check_facts(function.__name__, queue, attempts, place)
        ids, optional = _check_signature(function, kind, place)
        declared = Job(function, function.__name__, kind, queue, attempts, ids, optional, label)
        _jobs[function.__name__] = declared
        return declared

    return declare


def job_named(name: str) -> Job[Any] | None:
    """The job with this name, or None where this release has none."""
    return _jobs.get(name)


def job_queues() -> set[str]:
    """Every queue that some job uses."""
    return {"default"} | {declared.queue for declared in _jobs.values()}


def _place(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__qualname__}"


def _check_facts(name: str, queue: str, attempts: int, place: str) -> None:
    if not _NAME.fullmatch(name):
        raise BadConfig(f"Job {place}: the name is not `<object>_<verb>`.", remedy="For example `quote_expire`.")
    if not _QUEUE.fullmatch(queue):
        raise BadConfig(f"Job {place}: {queue!r} is no queue name.", remedy="Use lower-case letters and digits.")
    if attempts < 1:
        raise BadConfig(f"Job {place}: attempts={attempts}.", remedy="A job needs at least one attempt.")
    if name in _jobs:
        other = _place(_jobs[name].function)
        raise BadConfig(f"Job {place}: {other} has the same name.", remedy="Job names are unique; rename one.")


def _check_signature(
    function: Callable[..., Any], kind: JobKind, place: str
) -> tuple[dict[str, tuple[type, ...]], frozenset[str]]:
    first = ["scope", "step"] if kind is LONG else ["scope"]
    parameters = list(inspect.signature(function).parameters.values())
    if [parameter.name for parameter in parameters[: len(first)]] != first:
        raise BadConfig(f"Job {place}: it must begin with ({', '.join(first)}, …).", remedy="Change its parameters.")
    hints = get_type_hints(function)
    ids: dict[str, tuple[type, ...]] = {}
    for parameter in parameters[len(first) :]:
        hint = hints.get(parameter.name)
        types = get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
        named = parameter.kind in {parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY}
        if not named or not all(one in _ID_TYPES for one in types):
            raise BadConfig(
                f"Job {place}: parameter {parameter.name!r} is not an id.",
                remedy="A job takes ids (UUID, str, int, tuple[UUID, ...]), not records; load them inside.",
            )
        ids[parameter.name] = types
    optional = {p.name for p in parameters if p.default is not inspect.Parameter.empty}
    return ids, frozenset(optional)
