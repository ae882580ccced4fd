"""What may be told about an error: where it happened and of which kind, never the values that it happened on.

Messages of databases and of conversions quote values ("Key (name)=(Miller) already exists"), so only messages known
to be written by programmers are told.
"""

import traceback
from dataclasses import dataclass

from saas.kit.errors import AtriumError, BadConfig, Unavailable

WITHOUT_VALUES = (
    AtriumError, AttributeError, ImportError, MemoryError, NameError, NotImplementedError, OSError, RecursionError,
    RuntimeError, TypeError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """An error as it is logged and reported."""

    type: str
    message: str
    frames: list[str]
    cause: "Fault | None"


def describe(error: BaseException) -> Fault:
    """The kind, the harmless message and the places of `error` and of what caused it."""
    told: Fault | None = None
    for each in reversed(chain(error)):
        frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(each.__traceback__)]
        told = Fault(f"{type(each).__module__}.{type(each).__qualname__}", message(each), frames, told)
    return told or Fault(type(error).__name__, "", [], None)


def chain(error: BaseException) -> list[BaseException]:
    """The error, what caused it, what caused that, and so on."""
    found: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in found:
        found.append(cause)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return found


def message(error: BaseException) -> str:
    """What the error says, as far as it cannot quote a value; of a database error its SQLSTATE and constraint."""
    database = getattr(error, "orig", None) or error
    if state := getattr(database, "sqlstate", None):
        constraint = getattr(getattr(database, "diag", None), "constraint_name", None)
        return f"SQLSTATE {state}" + (f", constraint {constraint}" if constraint else "")
    return str(error) if isinstance(error, WITHOUT_VALUES) else ""


def outward(error: AtriumError) -> tuple[str, str]:
    """Message and remedy for somebody outside: where our own servers are is told to operators only, in the log."""
    if isinstance(error, Unavailable | BadConfig):
        return "Atrium cannot answer this now.", "Try again soon; the operator finds the reason in the log."
    return error.message, error.remedy
