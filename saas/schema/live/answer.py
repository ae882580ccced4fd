"""What a follower is told: the events of a source, each as a whole GraphQL answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from saas.engine.live.changes import Changes, Happened
from saas.engine.live.source import Event
from saas.engine.scope import Scope, open_scope
from saas.kit.errors import BadInput, TooComplex
from saas.schema import told
from saas.schema.execute import execute_event
from saas.schema.live.asked import Asked
from saas.schema.operation import Operation
from saas.schema.payloads import TIMED_OUT
from saas.tenants.database import REFUSALS, sqlstate


@dataclass(frozen=True, slots=True)
class Turn:
    """What one reading came to: the answers, where to go on, and as `engine.live.source.Reading` has it."""

    answers: list[bytes]
    cursor: str
    has_more: bool = False
    reached: int = 0


def begin(asked: Asked) -> str:
    """The cursor from which it is followed; AtriumError where it cannot be."""
    with _scope(asked) as scope:
        return asked.source.begin(scope, asked.after)


def read(asked: Asked, cursor: str, until: int) -> Turn:
    """What there is to tell since the cursor, read in one transaction with the rights of now."""
    try:
        with _scope(asked) as scope:
            reading = asked.source.read(scope, cursor, asked.picked, until)
            answers = [orjson.dumps(_answer(scope, asked, each)) for each in reading.with_cursors(cursor)]
    except REFUSALS as error:
        if sqlstate(error) != TIMED_OUT:
            raise
        raise TooComplex("What is told of a change took too long to read.", remedy="Ask for less of each.") from error
    return Turn(answers, reading.cursor, reading.has_more, reading.reached)


def answers(scope: Scope, asked: Asked, happened: Sequence[Happened], cursor: str = "") -> list[dict[str, Any] | None]:
    """The answers to a subscription of changes for these, in the scope of whoever they are for.

    None in the place of what its filter leaves out. BadInput for a subscription of something else.
    """
    source = asked.source
    if not isinstance(source, Changes):
        raise BadInput("This subscription does not follow changes of records.")
    events: list[dict[str, Any] | None] = []
    for each in happened:
        concerning = source.concerning(scope, [each])
        made = source.events(scope, concerning, asked.picked)
        events.append(_answer(scope, asked, made[0] | {"cursor": cursor}) if made else None)
    return events


def _answer(scope: Scope, asked: Asked, event: Event) -> dict[str, Any]:
    result = execute_event(asked.prepared, asked.operation, asked.variables, Operation(scope), event)
    answer: dict[str, Any] = {"data": result.data}
    if result.errors:
        answer["errors"] = [told.error(each) for each in result.errors]
    return answer


def _scope(asked: Asked) -> Any:
    caller = asked.caller
    return open_scope(caller.tenant, caller.principal_id, write=False, request_id=asked.request_id, via=asked.via)
