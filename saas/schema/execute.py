"""Run one GraphQL operation: one transaction, in the thread that it is called in."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypeGuard, cast
from uuid import UUID

import orjson
from graphql import ExecutionResult, OperationDefinitionNode, execute
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from saas.engine.idempotency import Once, begin, complete
from saas.engine.scope import OWN, Scope, Via, open_scope
from saas.engine.selection import Document
from saas.kit import log, metrics
from saas.kit.errors import Conflict, TooComplex
from saas.kit.settings import settings
from saas.modules.organisation.preview import Preview, previewed
from saas.schema.build import schema
from saas.schema.operation import Operation
from saas.schema.payloads import PlanFailed
from saas.schema.planned import Planned, answered
from saas.schema.prepare import Prepared, is_mutation
from saas.tenants.database import REFUSALS, is_lost, is_out_of_room, sqlstate
from saas.tenants.tenant import Tenant


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks what; with a `preview`, as somebody who holds these roles only."""

    tenant: Tenant
    actor_id: UUID
    prepared: Prepared
    operation: OperationDefinitionNode
    variables: dict[str, Any]
    request_id: str = ""
    once: Once | None = None
    via: Via = OWN
    preview: Preview | None = None


_log = log.logger(__name__)
_TRY_AGAIN = ("40001", "40P01")  # serialization failure, deadlock: nothing was written, the same again may succeed
_TIMED_OUT = "57014"
_ATTEMPTS = 3


class _RollBack(Exception):
    """Leaves the transaction of a mutation that met a problem."""

    def __init__(self, operation: Operation) -> None:
        super().__init__()
        self.operation = operation


class _Raced(Exception):
    """Leaves the transaction of an operation that another one got in the way of."""


class _Executor(StrawberryGraphQLCoreExecutionContext):
    """Hands the operation what the engine needs to read selections."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.context_value.document = Document(self.fragment_definitions, self.variable_values, self.schema)

    def execute_field(self, parent_type: Any, source: Any, details: Any, path: Path, position: Any) -> Any:
        """A root field that a plan has answered is JSON already."""
        if path.prev is None and path.key in self.context_value.planned:
            return orjson.Fragment(self.context_value.planned[str(path.key)])
        return super().execute_field(parent_type, source, details, path, position)

    def complete_value(self, kind: Any, details: Any, info: Any, path: Path, result: Any, position: Any) -> Any:
        """What a plan has answered is complete."""
        if type(result) is orjson.Fragment:
            return result
        return super().complete_value(kind, details, info, path, result, position)


def run(request: Request) -> ExecutionResult:
    """The result of the operation; AtriumError where it cannot even begin (tenant suspended, Postgres away).

    One that lost a deadlock is done again, at most twice.
    """
    for _ in range(_ATTEMPTS):
        try:
            return _run(request)
        except _Raced:
            continue
    raise Conflict("Others change the same records all the time.", remedy="Send it again.")


def _run(request: Request) -> ExecutionResult:
    by_plan = settings().reading != "fields"
    if not is_mutation(request.operation):
        return _read(request, by_plan=by_plan)
    try:
        return _write(request, by_plan=by_plan)
    except PlanFailed as failed:  # nothing of it was kept
        _tell_refused(failed)
        return _write(request, by_plan=False)


def _write(request: Request, *, by_plan: bool) -> ExecutionResult:
    name = request.operation.name.value if request.operation.name else ""
    key = (request.prepared.number, name) if by_plan else None
    try:
        with _scope(request, write=True) as scope:
            done = _done_before(scope, request.once)
            if done is not None:
                return ExecutionResult(orjson.loads(done))
            operation = Operation(scope, key=key, is_once=request.once is not None)
            result = _execute(request, operation)
            for error in result.errors or ():
                if error.path:  # what was written cannot be shown: then it is not kept either
                    operation.failed.setdefault(str(error.path[0]), error.original_error or error)
            if operation.failed or result.errors:
                raise _RollBack(operation)
            if request.once:
                complete(scope, request.once, operation.keepable(orjson.dumps(result.data).decode()))
            return result
    except _RollBack as left:
        return _execute(request, left.operation.after_rollback())


def _read(request: Request, *, by_plan: bool) -> ExecutionResult:
    """The answer from one consistent view: as much as can be by one statement, the rest field by field."""
    try:
        with _scope(request, write=False) as scope:
            if request.preview is not None:
                scope = previewed(scope, request.preview)
            planned = Planned()
            if by_plan:
                try:
                    name = request.operation.name.value if request.operation.name else None
                    known = request.prepared.known(name)
                    planned = answered(scope, request.prepared, known, request.variables)
                except REFUSALS as error:
                    _look_for_the_database(error)
                    raise
            if planned.data is not None:
                return ExecutionResult(cast("dict[str, Any]", orjson.Fragment(planned.data)))
            return _execute(request, Operation(scope, planned=planned.roots or {}))
    except PlanFailed as failed:
        _tell_refused(failed)
        return _read(request, by_plan=False)


def _scope(request: Request, *, write: bool) -> AbstractContextManager[Scope]:
    return open_scope(request.tenant, request.actor_id, write=write, request_id=request.request_id, via=request.via)


def _tell_refused(failed: PlanFailed) -> None:
    state = sqlstate(failed.__cause__) or ""
    metrics.plan_refused(state)
    _log.warning("a plan was refused", state=state, reason=type(failed.__cause__).__name__)


def _done_before(scope: Scope, once: Once | None) -> str | None:
    """The answer that the same request got before; waits for a twin that is at it."""
    try:
        return None if once is None else begin(scope, once)
    except Exception as error:
        _look_for_the_database(error)
        raise


def execute_event(
    prepared: Prepared,
    operation: OperationDefinitionNode,
    variables: dict[str, Any],
    context: Operation,
    event: dict[str, Any],
) -> ExecutionResult:
    """What a subscription selects of an event; its root field resolves to the event."""
    return _executed(prepared, operation, variables, context, event)


def _execute(request: Request, operation: Operation) -> ExecutionResult:
    return _executed(request.prepared, request.operation, request.variables, operation)


def _executed(
    prepared: Prepared,
    operation: OperationDefinitionNode,
    variables: dict[str, Any],
    context: Operation,
    root: dict[str, Any] | None = None,
) -> ExecutionResult:
    result = execute(
        schema(),
        prepared.located(),
        root_value=root,
        context_value=context,
        variable_values=variables,
        operation_name=operation.name.value if operation.name else None,
        executor_class=_Executor,
        is_awaitable=_never,
        is_async_iterable=_never,
        hide_suggestions=True,
    )
    if not isinstance(result, ExecutionResult):
        raise TypeError("graphql-core answered with something else than a result.")
    for error in result.errors or ():
        _look_for_the_database(error.original_error)
    return result


def _look_for_the_database(error: Exception | None) -> None:
    """What Postgres did to the operation as a whole is no error of the field that happened to run."""
    if error is None:
        return
    if isinstance(error, PlanFailed):
        raise error
    state = sqlstate(error)
    if state in _TRY_AGAIN:
        raise _Raced from error
    if state == _TIMED_OUT:
        raise TooComplex("The operation took too long and was stopped.", remedy="Ask for less at once.") from error
    if is_lost(error) or is_out_of_room(error):
        raise error


def _never(_value: Any) -> TypeGuard[Any]:
    """Everything here is synchronous: nothing is ever awaited."""
    return False
