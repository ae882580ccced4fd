"""`@job`: a function is declared as something that may be done later, and checked where it stands."""

import inspect
import re
from collections.abc import Callable
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from saas.engine.field import Label
from saas.engine.job_registry import ATOMIC, IDS, LONG, OUTSIDE, QUEUES, Job, JobKind, Outside, P, job_named, keep_job
from saas.kit.errors import BadConfig

MOST_AT_ONCE = 500
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")
_ID_TYPES = (UUID, str, int, type(None), IDS)


def job(
    *,
    kind: JobKind = ATOMIC,
    queue: str = "interactive",
    attempts: int = 5,
    batch: int = 1,
    call: Callable[[Any, str], Any] | None = None,
    done: Callable[..., Any] | None = None,
    look_up: Callable[[Any, str], Any] | None = None,
    repeatable: bool = False,
    label: Label | None = None,
) -> Callable[[Callable[P, Any]], Job[P]]:
    """Declare `def object_verb(scope, **ids)` (long: `(scope, step, **ids)`) as something that may be done later.

    batch   for small atomic jobs: so many of the same tenant, actor and scopes share a transaction
    label   what people call it
    call, done, look_up, repeatable   for the kind OUTSIDE: see `Outside`; the function itself returns the request
    """

    def declare(function: Callable[P, Any]) -> Job[P]:
        place = f"Job {place_of(function)}"
        _check_facts(function.__name__, queue, attempts, place)
        if not 1 <= batch <= MOST_AT_ONCE or (batch > 1 and kind is not ATOMIC):
            raise BadConfig(
                f"{place}: batch={batch}.", remedy=f"1 to {MOST_AT_ONCE}, and more than 1 for atomic jobs only."
            )
        ids, optional = _check_signature(function, kind, place)
        outside = _outside(kind, ids, place, call=call, done=done, look_up=look_up, repeatable=repeatable)
        declared = Job(function, function.__name__, kind, queue, attempts, ids, optional, batch, outside, label)
        keep_job(declared)
        return declared

    return declare


def place_of(function: Callable[..., Any]) -> str:
    """Where a function is, for a sentence."""
    return f"{function.__module__}.{function.__qualname__}"


def _check_facts(name: str, queue: str, attempts: int, place: str) -> None:
    if not _NAME.fullmatch(name):
        raise BadConfig(f"{place}: the name is not `<object>_<verb>`.", remedy="For example `quote_expire`.")
    if queue not in QUEUES:
        raise BadConfig(f"{place}: there is no queue {queue!r}.", remedy=f"One of {', '.join(QUEUES)}.")
    if attempts < 1:
        raise BadConfig(f"{place}: attempts={attempts}.", remedy="A job needs at least one attempt.")
    same = job_named(name)
    if same is not None:
        raise BadConfig(
            f"{place}: {place_of(same.function)} has the same name.", remedy="Job names are unique; rename one."
        )


def _check_signature(
    function: Callable[..., Any], kind: JobKind, place: str
) -> tuple[dict[str, tuple[type, ...]], frozenset[str]]:
    first = ["scope", "step"] if kind is LONG else ["scope"]
    parameters = list(inspect.signature(function).parameters.values())
    if [parameter.name for parameter in parameters[: len(first)]] != first:
        raise BadConfig(f"{place}: it must begin with ({', '.join(first)}, …).", remedy="Change its parameters.")
    hints = get_type_hints(function)
    ids: dict[str, tuple[type, ...]] = {}
    for parameter in parameters[len(first) :]:
        hint = hints.get(parameter.name)
        types = get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
        named = parameter.kind in {parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY}
        if not named or not all(one in _ID_TYPES for one in types):
            raise BadConfig(
                f"{place}: parameter {parameter.name!r} is not an id.",
                remedy="A job takes ids (UUID, str, int, tuple[UUID, ...]), not records; load them inside.",
            )
        ids[parameter.name] = types
    optional = {p.name for p in parameters if p.default is not inspect.Parameter.empty}
    return ids, frozenset(optional)


def _outside(
    kind: JobKind,
    ids: dict[str, tuple[type, ...]],
    place: str,
    *,
    call: Callable[[Any, str], Any] | None,
    done: Callable[..., Any] | None,
    look_up: Callable[[Any, str], Any] | None,
    repeatable: bool,
) -> Outside | None:
    if kind is not OUTSIDE:
        if call or done or look_up or repeatable:
            raise BadConfig(
                f"{place}: call, done, look_up and repeatable are for outside calls.", remedy="Say kind=OUTSIDE."
            )
        return None
    if call is None or done is None:
        raise BadConfig(f"{place}: an outside call needs call and done.", remedy="See docs/jobs.md.")
    taken = list(inspect.signature(done).parameters)[2:]
    unknown = set(taken) - ids.keys()
    if unknown:
        raise BadConfig(
            f"{place}: {place_of(done)} takes {', '.join(sorted(unknown))}, which the job has not.",
            remedy=f"After scope and result it may take {', '.join(ids) or 'nothing'}.",
        )
    return Outside(call, done, look_up, repeatable, frozenset(taken))
