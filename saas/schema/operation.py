"""What the resolvers of one GraphQL operation share: scope, document, and the problems of its mutations."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from graphql import GraphQLResolveInfo

from saas.engine.problem import Problem, ProblemCode
from saas.engine.read.fetch import Node, fetch_by_ids
from saas.engine.read.wanted import Wanted
from saas.engine.scope import Scope
from saas.engine.selection import Document

ROLLED_BACK = Problem(
    ProblemCode.ROLLED_BACK, "Nothing was written, because another field of this mutation has a problem."
)


@dataclass(slots=True)
class Operation:
    """One query or mutation in progress, on one transaction.

    A mutation that meets a problem is executed twice: the second time, after the rollback, `verdicts` (by response
    key) tells each root field what to answer without doing anything.
    """

    scope: Scope
    document: Document = field(default_factory=lambda: Document({}, {}))
    failed: dict[str, list[Problem] | Exception] = field(default_factory=dict)
    verdicts: dict[str, list[Problem] | Exception] | None = None

    def after_rollback(self) -> "Operation":
        """The same operation once more, only to answer."""
        return Operation(self.scope, verdicts=self.failed)

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

    def fail(self, key: str, problems: list[Problem] | Exception) -> None:
        self.failed[key] = problems


Info = GraphQLResolveInfo[Operation]


def only(value: list[Any]) -> Any:
    """The one element of a batch of one."""
    (element,) = value
    return element
