"""What the current request or job is about: tenant, request id, kind of operation; for logs, metrics and reports.

The door calls `start`, whoever learns a fact calls `note`. The facts are one dictionary per request, so that what
a thread notes is seen by the door. Only names and ids belong here, never field values or tokens.
"""

from contextvars import ContextVar

_facts: ContextVar[dict[str, str] | None] = ContextVar("about", default=None)


def start(**facts: str) -> dict[str, str]:
    """A new request or job begins; returns its dictionary of facts."""
    _facts.set(facts)
    return facts


def note(**facts: str) -> None:
    """Add facts to the current request or job; outside of one they are forgotten."""
    current = _facts.get()
    if current is not None:
        current.update(facts)


def facts() -> dict[str, str]:
    """The facts of the current request or job; empty outside of one."""
    return _facts.get() or {}
