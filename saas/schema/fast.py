"""The short way of a query: nothing but look-ups between its bytes and one statement, on the event loop itself.

It is for a query that was asked before, by whoever may ask it, of a tenant that was read before. Whatever is not known
yet, or not as it was, is `None` here: the thread pool answers it, and knows it the next time.
"""

import asyncio
from collections.abc import Awaitable, Callable

from saas.engine.plan.plan import Plan
from saas.engine.plan.run import Run
from saas.kit import about, trace
from saas.kit.errors import AtriumError, TooComplex
from saas.schema.limits import Cost
from saas.schema.parameters import Parameters
from saas.schema.patience import Receive, Watch
from saas.schema.prepare import tell_trace
from saas.schema.rates import Headers, spend
from saas.schema.ways import way_of
from saas.tenants.database import REFUSALS, sqlstate
from saas.tenants.reader import Row, read
from saas.tenants.sign_in import Caller, remembered
from saas.tenants.stamp import Seen, last_seen
from saas.tenants.tenant import Tenant

_TIMED_OUT = "57014"
_AFTER = b',"extensions":{"cost":'


class Left(Exception):
    """The client went away while its query ran."""


async def answer(
    token: str, parameters: Parameters, receive: Receive, extra: Headers, later: Callable[[Callable[[], None]], object]
) -> bytes | None:
    """The answer to a query, None where it must go the long way; `extra` gets the headers of rates once they are paid.

    Left where nobody waits for it any more.
    """
    caller = remembered(token)
    if caller is None:
        return None
    ready = _ready(caller, parameters)
    if ready is None:
        return None
    plan, run, values, cost, seen = ready
    extra += spend(caller, cost, later)
    about.note(tenant=caller.tenant.slug, operation="query")
    try:
        asked = _read(caller.tenant, plan, values, receive)
        row = await (_recorded(asked) if trace.is_recorded() else asked)
    except REFUSALS as error:
        if sqlstate(error) == _TIMED_OUT:
            raise TooComplex("The operation took too long and was stopped.", remedy="Ask for less at once.") from error
        return None
    if row is None or row.stamp != seen.told:
        return None
    data = plan.data(row.values, run)
    return None if data is None else b"".join((b'{"data":', data, _AFTER, cost.told, b"}}"))


Ready = tuple[Plan, Run, list[bytes | None], Cost, Seen]


def _ready(caller: Caller, parameters: Parameters) -> Ready | None:
    """All that is needed to ask, if it is known."""
    seen = last_seen(caller.tenant.id)
    if seen is None:
        return None
    try:
        way = way_of(caller, parameters, seen)
        if way is None:
            return None
        known = way.known
        tell_trace(known.operation)
        variables = known.coerced(parameters.variables)
        if variables is None:
            return None
        run = Run(tenant=caller.tenant, profile=way.profile, variables=variables)
        plan = way.plan(run)
        if plan is None or plan.rest:
            return None
        return plan, run, plan.bound(run), known.cost(parameters.variables), seen
    except (AtriumError, ValueError):
        return None


async def _recorded(answer: Awaitable[Row | None]) -> Row | None:
    with trace.span("statement", trace.Kind.CLIENT, db__system__name="postgresql"):
        return await answer


async def _read(tenant: Tenant, plan: Plan, values: list[bytes | None], receive: Receive) -> Row | None:
    """The answer of Postgres; a client that leaves meanwhile has the query cancelled."""
    with Watch(receive) as watch:
        try:
            return await read(tenant, plan.statement, values)
        except asyncio.CancelledError:
            if watch.has_left:
                watch.task.uncancel()  # the server has no part in it
                raise Left from None
            raise
