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
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    kind = type(error)
    return Fault(f"{kind.__module__}.{kind.__qualname__}", message(error), frames, describe(cause) if cause else None)


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
        return (
            "Atrium cannot answer this now.",
            "Try again soon. The operator finds the reason in the log by requestId.",
        )
    return error.message, error.remedy
