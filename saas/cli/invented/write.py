"""Writes what was invented, with the verbs that everybody's writes go through: rules, numbers, audit and all."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from saas.cli.invented.keys import Key, Row
from saas.cli.invented.pages import Batch
from saas.engine.registry import object_named
from saas.engine.scope import Scope
from saas.engine.write.create import create
from saas.engine.write.outcome import Outcome
from saas.kit.errors import Conflict

Known = dict[Key, UUID]


def write(scope: Scope, batch: Batch, known: Known) -> None:
    """Create the records of a batch; those with a key are `known` from now on. Conflict where one is refused."""
    rows = [resolved(row, known) for row in batch.rows]
    outcomes = create(scope, object_named(batch.object), rows) if rows else []
    raise_refused(batch.object, outcomes)
    made = zip(batch.keys, outcomes, strict=True)
    known.update({key: outcome.id for key, outcome in made if key is not None and outcome.id is not None})


def raise_refused(name: str, outcomes: Iterable[Outcome]) -> None:
    """Conflict with the first problem, if there is any."""
    problem = next((problem for outcome in outcomes for problem in outcome.problems), None)
    if problem is not None:
        raise Conflict(f"The demo's {name}s cannot be written: {'.'.join(problem.path)}: {problem.message}")


def resolved(row: Row, known: Mapping[Key, UUID]) -> dict[str, Any]:
    """The values with ids in place of keys, also in lists and lines."""
    return {name: _resolved(value, known) for name, value in row.items()}


def _resolved(value: Any, known: Mapping[Key, UUID]) -> Any:
    if isinstance(value, Key):
        return None if value.known_by is None else known[value]
    if isinstance(value, list):
        return [_resolved(each, known) for each in value]
    return resolved(value, known) if isinstance(value, dict) else value
