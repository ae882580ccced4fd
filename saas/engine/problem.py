"""Expected problems of a write: data in the payload, never an exception that reaches a client."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from uuid import UUID


class ProblemCode(StrEnum):
    """Why nothing was written; stable, for programs."""

    BAD_INPUT = "BAD_INPUT"
    REQUIRED = "REQUIRED"
    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    DUPLICATE = "DUPLICATE"
    AMBIGUOUS = "AMBIGUOUS"
    VERSION_CONFLICT = "VERSION_CONFLICT"
    WRONG_STATE = "WRONG_STATE"
    RULE_BROKEN = "RULE_BROKEN"
    CIRCLE = "CIRCLE"
    REFERENCED = "REFERENCED"
    PARENT_DELETED = "PARENT_DELETED"
    MERGED = "MERGED"
    MOVED_ON = "MOVED_ON"
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED"
    ROLLED_BACK = "ROLLED_BACK"


@dataclass(frozen=True, slots=True)
class Clash:
    """A field that the writer and somebody else changed differently, since the version that the writer has seen."""

    field: str
    current: Any
    mine: Any
    original: Any


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why nothing was written; `path` leads to the input that caused it, in the API's spelling.

    kind  which GraphQL type tells it: Field, VersionConflict, Duplicate, WrongState, Quota or Forbidden
    """

    code: ProblemCode
    message: str
    path: tuple[str, ...] = ()
    kind: str = "Field"
    current_version: int | None = None
    existing_id: UUID | None = None
    owner: str | None = None
    clashes: tuple[Clash, ...] = ()
    rule: str | None = None
    state: str | None = None
    allowed_actions: tuple[str, ...] = ()
    used: int | None = None
    allowed: int | None = None

    def at(self, *path: str) -> "Problem":
        """The same problem seen from further outside."""
        return replace(self, path=(*path, *self.path))

    def below(self, steps: int) -> "Problem":
        """The same problem seen from so much further inside."""
        return replace(self, path=self.path[steps:])


def forbidden(message: str, *path: str) -> Problem:
    return Problem(ProblemCode.FORBIDDEN, message, path, kind="Forbidden")


def not_found(message: str, *path: str) -> Problem:
    return Problem(ProblemCode.NOT_FOUND, message, path)
