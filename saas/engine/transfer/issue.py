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
    DOCUMENT = "DOCUMENT"
    EMPTY_REFERENCE = "EMPTY_REFERENCE"


@dataclass(frozen=True, slots=True)
class Issue:
    """One sentence about one line; `field` is empty where it concerns the whole line."""

    code: str
    message: str
    field: str = ""
    severity: Severity = Severity.ERROR


def name_of(field: Field) -> str:
    """The field as the API spells it, a part of an address with it: `address.city`."""
    return ".".join(field.spelled) if field.part_of else camel(field.api)


def about(field: Field, code: ProblemCode | Code, message: str) -> Issue:
    """An issue of one field."""
    return Issue(code.value, f"{field.label.en}: {message}", name_of(field))


def issue_of(problem: Problem, one: ObjectType, severity: Severity = Severity.ERROR) -> Issue:
    """A problem or a warning of a write as an issue of the line that caused it."""
    named = {field.spelled: name_of(field) for field in one.all_fields.values()}
    path = tuple(problem.path)
    where = next((named[path[:steps]] for steps in (2, 1) if path[:steps] in named), ".".join(path[:1]))
    return Issue(problem.code.value, problem.message, where, severity)


def shown(text: str) -> str:
    """What the cell held, as a person is shown it."""
    return f"“{text[:SHOWN]}…”" if len(text) > SHOWN else f"“{text}”"
