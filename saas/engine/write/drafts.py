"""A new record before it is one: its id and its values."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from saas.engine.problem import Problem, ProblemCode
from saas.engine.registry import ObjectType
from saas.engine.scope import Scope
from saas.engine.write.values import checked
from saas.kit import ids
from saas.kit.errors import BadInput


def draft(scope: Scope, one: ObjectType, row: Mapping[str, Any]) -> tuple[UUID, dict[str, Any], list[Problem]]:
    """The id, made by the client or by us, and the values of a new record, and what is wrong with them."""
    values = dict(row)
    given_id = values.pop("id", None)
    id_ = ids.new_id(one.record.facts.code)
    kept, problems = checked(one, values, creating=True)
    if given_id is not None:
        try:
            id_ = ids.parse_id(given_id)
            ids.check_client_id(id_, one.record.facts.code, scope.now)
        except BadInput as wrong:
            problems.append(Problem(ProblemCode.BAD_INPUT, str(wrong), ("id",)))
    return id_, kept, problems
