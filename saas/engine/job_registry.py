"""What may be done later: every function that is declared a job, found by its name."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, ParamSpec
from uuid import UUID

from saas.engine.field import Label

P = ParamSpec("P")
# By what waits for them, so that one class cannot occupy the threads of another: a person; the next step of a process;
# a mail; a text message; a partner's server; nobody in particular (imports, exports, files, rebuilds).
QUEUES = ("interactive", "workflow", "mail", "sms", "webhook", "bulk")
IDS: Any = tuple[UUID, ...]  # of several records, at most so many
MOST_IDS = 500


class JobKind(StrEnum):
    """How a job meets its transactions."""

    ATOMIC = "atomic"  # one transaction holds the work and the end of the job
    OUTSIDE = "outside"  # a transaction, a call to somebody outside, a transaction that ends the job
    LONG = "long"  # chunks, each a transaction with its checkpoint


ATOMIC, OUTSIDE, LONG = JobKind.ATOMIC, JobKind.OUTSIDE, JobKind.LONG


@dataclass(frozen=True, slots=True)
class Step:
    """Where a long job stands: what it needs to go on, what it tells people, whether they called it off."""

    checkpoint: dict[str, Any] = field(default_factory=dict)
    progress: dict[str, Any] = field(default_factory=dict)
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Again:
    """What `done` of an outside call answers where the job is not over: another round after so many seconds."""

    after: float = 0.0


class NotDone(Exception):
    """The other side has not done it: what `look_up` answers, or what `call` raises where it knows that."""


@dataclass(frozen=True, slots=True)
class Outside:
    """The functions of an outside call beside the first one.

    call        (request, key) → result; outside of any transaction, the key is the job's id as text
    done        (scope, result, **ids) → None, or Again; in the transaction that ends the job
    look_up     (request, key) → result or NotDone, asked where a worker was lost between the two
    repeatable  the other side does the same key once only, so that it may be called again
    """

    call: Callable[[Any, str], Any]
    done: Callable[..., Again | None]
    look_up: Callable[[Any, str], Any] | None
    repeatable: bool
    ids: frozenset[str]  # those of the job's that `done` takes


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
    batch: int = 1  # how many of the same tenant and actor may be done in one transaction
    outside: Outside | None = None
    label: Label | None = None  # what people call it

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        return self.function(*args, **kwargs)


_jobs: dict[str, Job[Any]] = {}


def keep_job(declared: Job[Any]) -> None:
    """From now on it is found by its name."""
    _jobs[declared.name] = declared


def job_named(name: str) -> Job[Any] | None:
    """The job with this name, or None where this release has none."""
    return _jobs.get(name)


def batched_tasks() -> frozenset[str]:
    """The names of all jobs of which many are done in one transaction."""
    return frozenset(name for name, declared in _jobs.items() if declared.batch > 1)
