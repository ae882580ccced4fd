"""What the resolvers of one GraphQL operation share: scope, document, and the problems of its mutations."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from graphql import GraphQLResolveInfo, GraphQLSchema

from saas.engine.problem import Problem, ProblemCode, forbidden
from saas.engine.read.columns import Node
from saas.engine.read.fetch import fetch_by_ids
from saas.engine.read.wanted import Wanted, wanted
from saas.engine.registry import ObjectType
from saas.engine.scope import Scope
from saas.engine.selection import Document, Picked
from saas.engine.write.outcome import Outcome
from saas.kit.errors import BadInput, Forbidden
from saas.schema.payloads import records_answered

ROLLED_BACK = Problem(
    ProblemCode.ROLLED_BACK, "Nothing was written, because something else in this mutation has a problem."
)


_NO_DOCUMENT = Document({}, {}, GraphQLSchema())  # until the executor tells which


class Refused(Exception):
    """Leaves a root field that wrote nothing, with the reasons."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__()
        self.problems = problems


@dataclass(slots=True)
class Operation:
    """One query or mutation in progress, on one transaction.

    A mutation that meets a problem is executed twice: the second time, after the rollback, `verdicts` (by response
    key) tells each root field what to answer without doing anything. `planned` is what a plan has answered already of
    the root fields of a query. `key` is the document and operation, where plans may answer; None: field by field.
    `secrets` are told in this answer and never again. `is_once`: it has a key of idempotency, so that something was
    written, and a twin may wait, before its first field begins.
    """

    scope: Scope
    document: Document = _NO_DOCUMENT
    failed: dict[str, list[Problem] | Exception] = field(default_factory=dict)
    verdicts: dict[str, list[Problem] | Exception] | None = None
    planned: Mapping[str, bytes] = field(default_factory=dict)
    key: Hashable = None
    secrets: list[str] = field(default_factory=list)
    is_once: bool = False

    def keepable(self, answer: str) -> str:
        """The answer as it may be kept for one who asks again: null in place of each secret."""
        for secret in self.secrets:
            answer = answer.replace(f'"{secret}"', "null")
        return answer

    def after_rollback(self) -> "Operation":
        """The same operation once more, only to answer."""
        return Operation(self.scope, verdicts=self.failed)

    def read_back(self, one: ObjectType, asked: Sequence[Picked], ids: Sequence[UUID], at: Hashable) -> dict[UUID, Any]:
        """What is asked of the records that were written, as far as they are in sight; `at` is the place that asks."""
        if not ids:
            return {}
        if self.key is not None and len(asked) == 1:  # under several aliases each asks for something else
            told = records_answered(self.scope, (self.key, at), self.document, asked[0], one, ids)
            if told is not None:
                return {id_: orjson.Fragment(record) for id_, record in told.items()}
        return self.fetch(wanted(one, [child for each in asked for child in each.children]), ids)

    def fetch(self, wanted: Wanted, ids: Iterable[UUID]) -> dict[UUID, Node]:
        return fetch_by_ids(self.scope, wanted, ids)

    def verdict(self, key: str) -> list[Problem] | None:
        """What a root field of a mutation must answer without acting; None: act."""
        if self.verdicts is None:
            return [ROLLED_BACK] if self.failed else None
        answer = self.verdicts.get(key, [ROLLED_BACK])
        if isinstance(answer, Exception):
            raise answer
        return answer

    def attempt(self, key: str, work: Callable[[], list[Outcome]], *, trial: bool = False) -> list[Outcome]:
        """What `work` wrote for a root field; Refused, and the whole operation failed, where it wrote nothing.

        The problems of a `trial`, which is to write nothing anyway, leave the operation alone.
        """
        problems = self.verdict(key)
        if problems is not None:
            raise Refused(problems)
        try:
            return work()
        except Refused as refused:
            problems = refused.problems
        except Forbidden as error:
            problems = [forbidden(str(error))]
        except BadInput as error:
            problems = [bad_input(error)]
        except Exception as error:
            self.fail(key, error)
            raise
        if not trial:
            self.fail(key, problems)
        raise Refused(problems)

    def fail(self, key: str, problems: list[Problem] | Exception) -> None:
        self.failed[key] = problems


Info = GraphQLResolveInfo[Operation]


def bad_input(error: BadInput) -> Problem:
    """A value that the door itself cannot take."""
    return Problem(ProblemCode.BAD_INPUT, str(error), error.path)


def only(value: list[Any]) -> Any:
    """The one element of a batch of one."""
    (element,) = value
    return element
