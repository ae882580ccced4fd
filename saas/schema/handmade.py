"""The types that are written by hand: interfaces, problems, plumbing of lists, the viewer."""

from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry
from strawberry.types.enum import has_enum_definition

from saas.engine.problem import Clash, ProblemCode
from saas.engine.problem import Problem as EngineProblem
from saas.engine.read.buckets import DateBucket
from saas.engine.read.group_keys import Whole
from saas.engine.read.order import Direction
from saas.engine.read.request import MAX_COUNT, Trash
from saas.engine.write.batch import ErrorPolicy
from saas.kit.errors import BadConfig
from saas.kit.text import camel
from saas.schema.scalars import text_of


def described_enum(kind: type[Enum], name: str, description: str, values: dict[str, str]) -> None:
    """An enum of the engine in the API, with a sentence for each value."""
    strawberry.enum(kind, name=name, description=description)
    if kind.__members__.keys() != values.keys() or not has_enum_definition(kind):
        raise BadConfig(f"{name}: {', '.join(kind.__members__)} are its values.", remedy="Describe exactly these.")
    for value in kind.__strawberry_definition__.values:
        value.description = values[value.name]


described_enum(
    ProblemCode,
    "ProblemCode",
    "Why nothing was written; stable, for programs.",
    {
        "BAD_INPUT": "A value has the wrong form, or does not belong there.",
        "REQUIRED": "A required value is missing.",
        "NOT_FOUND": "There is no such record in your sight.",
        "FORBIDDEN": "A right is missing.",
        "DUPLICATE": "Another living record holds a value that must be unique.",
        "AMBIGUOUS": "Several records have the key, so it is not clear which one is meant.",
        "VERSION_CONFLICT": "Somebody changed the record since the version that you have seen.",
        "WRONG_STATE": "Its state does not allow this action; `allowedActions` names what it allows.",
        "RULE_BROKEN": "A rule of the business is broken; `rule` names it.",
        "CIRCLE": "The record would stand above itself.",
        "REFERENCED": "Other records refer to it, so it cannot be deleted.",
        "PARENT_DELETED": "What it belongs to is deleted; restore that first.",
        "MERGED": "It went into another record; undo the merge instead.",
        "MOVED_ON": "Something that the merge or the import did was changed again since, so it cannot be undone.",
        "QUOTA_EXCEEDED": "It is more than your company may keep; `used` and `allowed` tell how much that is.",
        "ROLLED_BACK": "Something else in the same mutation has a problem, so nothing was written.",
    },
)
described_enum(
    Trash,
    "Trash",
    "Whether deleted records are left out, listed too, or listed alone.",
    {"EXCLUDE": "Living records only.", "INCLUDE": "Living and deleted records.", "ONLY": "Deleted records only."},
)
described_enum(
    ErrorPolicy,
    "ErrorPolicy",
    "What becomes of the good ones of many records where others have problems.",
    {
        "ROLL_BACK": "Nothing of the operation is written.",
        "SKIP_FAILED": "The good ones are written; each of the others tells its problems.",
    },
)
described_enum(
    Whole,
    "GroupByValue",
    "How a field that has no buckets is grouped.",
    {"VALUE": "By the value as it is; texts without regard to case, width and accents."},
)
described_enum(
    DateBucket,
    "DateBucket",
    "How long a span of time is that counts as one, on the clock of your time zone.",
    {
        "DAY": "A day.",
        "WEEK": "A week, from Monday.",
        "MONTH": "A month.",
        "QUARTER": "Three months, from January, April, July or October.",
        "YEAR": "A year, from January.",
    },
)
described_enum(
    Direction,
    "OrderDirection",
    "Ascending or descending; missing values come last unless it says NULLS_FIRST.",
    {
        "ASC": "From small to large, missing values last.",
        "DESC": "From large to small, missing values last.",
        "ASC_NULLS_FIRST": "Missing values first, then from small to large.",
        "DESC_NULLS_FIRST": "Missing values first, then from large to small.",
    },
)


@strawberry.interface(description="A record with a global id; the id alone tells its object.")
class Node:
    id: strawberry.ID = strawberry.field(description="A time-ordered UUID that carries the object's code.")


@strawberry.interface(description="An expected reason why nothing was written.")
class Problem:
    code: ProblemCode = strawberry.field(description="Stable, for programs.")
    message: str = strawberry.field(description="A sentence for people.")
    path: list[str] = strawberry.field(description="The way to the input that caused it, below `input`.")


@strawberry.type(description="A value that cannot be written, or a rule that it breaks.")
class FieldProblem(Problem):
    rule: str | None = strawberry.field(default=None, description="The name of the broken rule, where it is one.")


@strawberry.type(description="A field that you and somebody else changed; values as text, as the API writes them.")
class ConflictField:
    field: str = strawberry.field(description="The field, as the input spells it.")
    current: str | None = strawberry.field(description="What it is now.")
    mine: str | None = strawberry.field(description="What you wanted it to be.")
    original: str | None = strawberry.field(description="What it was in the version that you have seen.")


@strawberry.type(description="The record changed since the version that the writer has seen.")
class VersionConflict(Problem):
    current_version: int | None = strawberry.field(default=None, description="The version it has now.")
    fields: list[ConflictField] = strawberry.field(
        default_factory=list,
        description="The fields in conflict; none where the whole record counts, or what was is no longer known.",
    )


@strawberry.type(description="Another living record holds the value.")
class DuplicateProblem(Problem):
    existing_id: strawberry.ID | None = strawberry.field(
        default=None, description="The other record, if you may see it."
    )
    owner: str | None = strawberry.field(default=None, description="Of a warning: whose the other record is, by name.")


@strawberry.type(description="The record is in a state that does not allow this action.")
class WrongStateProblem(Problem):
    state: str | None = strawberry.field(default=None, description="The state it is in.")
    allowed_actions: list[str] = strawberry.field(
        default_factory=list, description="Mutations that you may do to it in this state."
    )


@strawberry.type(description="A right is missing.")
class ForbiddenProblem(Problem):
    pass


@strawberry.type(description="More than the company may keep.")
class QuotaProblem(Problem):
    used: Decimal | None = strawberry.field(default=None, description="How many bytes, or files, it keeps.")
    allowed: Decimal | None = strawberry.field(default=None, description="How many it may keep.")


PROBLEM_TYPES = (FieldProblem, VersionConflict, DuplicateProblem, WrongStateProblem, QuotaProblem, ForbiddenProblem)


def told(problem: EngineProblem) -> Problem:
    """The problem as the API tells it."""
    common: dict[str, Any] = {"code": problem.code, "message": problem.message, "path": list(problem.path)}
    if problem.kind == "VersionConflict":
        fields = [_conflict(clash) for clash in problem.clashes]
        return VersionConflict(**common, current_version=problem.current_version, fields=fields)
    if problem.kind == "Duplicate":
        existing = problem.existing_id
        id_ = None if existing is None else strawberry.ID(str(existing))
        return DuplicateProblem(**common, existing_id=id_, owner=problem.owner)
    if problem.kind == "WrongState":
        return WrongStateProblem(**common, state=problem.state, allowed_actions=list(problem.allowed_actions))
    if problem.kind == "Quota":
        used, allowed = (None if each is None else Decimal(each) for each in (problem.used, problem.allowed))
        return QuotaProblem(**common, used=used, allowed=allowed)
    if problem.kind == "Forbidden":
        return ForbiddenProblem(**common)
    return FieldProblem(**common, rule=problem.rule)


def _conflict(clash: Clash) -> ConflictField:
    return ConflictField(
        field=camel(clash.field),
        current=text_of(clash.current),
        mine=text_of(clash.mine),
        original=text_of(clash.original),
    )


@strawberry.type(description="A field of a survivor that a merge changed; values as text, as the API writes them.")
class MergedField:
    field: str = strawberry.field(description="The field, as the input spells it.")
    before: str | None = strawberry.field(description="What it was.")
    after: str | None = strawberry.field(description="What it is now, taken from another record or from the input.")


@strawberry.type(description="Records, shares, participants or grants that lead to a survivor since a merge.")
class MovedReferences:
    object: str = strawberry.field(description="The type of the records; or what follows them, such as RecordShare.")
    field: str = strawberry.field(description="The field by which they lead to it.")
    count: int = strawberry.field(description="How many of them you see.")


WRITE_TYPES = (ErrorPolicy, MergedField, MovedReferences, *PROBLEM_TYPES)


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether records follow.")
    has_previous_page: bool = strawberry.field(description="Whether records come before.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first record, for `before`.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last record, for `after`.")


@strawberry.type(description="A number of records, counted up to a limit.")
class Count:
    value: int = strawberry.field(description=f"At most `max`, which is at most {MAX_COUNT:,}.")
    exact: bool = strawberry.field(description="False where there are more.")


@strawberry.type(name="Access", description="What you may do with a record; a rule may still refuse.")
class RecordAccess:
    can_update: bool = strawberry.field(description="Whether you may change it.")
    can_delete: bool = strawberry.field(description="Whether you may move it to the trash.")
    allowed_actions: list[str] = strawberry.field(description="Mutations of its actions that you may do in its state.")
    hidden_fields: list[str] = strawberry.field(description="Fields that read as null because you may not see them.")
    masked_fields: list[str] = strawberry.field(description="Fields of which you see only a mask.")
    writable_fields: list[str] = strawberry.field(description="Fields that you may change.")
