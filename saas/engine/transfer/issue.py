"""What there is to tell about a line of an imported file."""

from dataclasses import dataclass
from enum import StrEnum

from saas.engine.field import Field
from saas.engine.problem import Problem, ProblemCode
from saas.engine.registry import ObjectType
from saas.kit.text import camel

SHOWN = 60


class Severity(StrEnum):
    """An error refuses the row; with a warning it is kept."""

    ERROR = "error"
    WARNING = "warning"


class Code(StrEnum):
    """What only an import can find; all other codes are those of a write."""

    BAD_CSV = "BAD_CSV"
    EMPTY_REFERENCE = "EMPTY_REFERENCE"


@dataclass(frozen=True, slots=True)
class Issue:
    """One sentence about one line; `field` is empty where it concerns the whole line."""

    code: str
    message: str
    field: str = ""
    severity: Severity = Severity.ERROR


def name_of(field: Field) -> str:
    """The field as the API spells it."""
    return camel(field.api)


def about(field: Field, code: ProblemCode | Code, message: str) -> Issue:
    """An issue of one field."""
    return Issue(code.value, f"{field.label.en}: {message}", name_of(field))


def issue_of(problem: Problem, one: ObjectType) -> Issue:
    """A problem of a write as an issue of the line that caused it."""
    named = {camel(field.name): name_of(field) for field in one.all_fields.values()}
    where = problem.path[0] if problem.path else ""
    return Issue(problem.code.value, problem.message, named.get(where, where))


def shown(text: str) -> str:
    """What the cell held, as a person is shown it."""
    return f"“{text[:SHOWN]}…”" if len(text) > SHOWN else f"“{text}”"
