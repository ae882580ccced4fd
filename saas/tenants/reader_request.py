"""A query on its way to Postgres, and who waits for its answer."""

import asyncio
from collections.abc import Sequence

from psycopg.pq.abc import PGresult

from saas.kit.errors import TenantUnavailable
from saas.tenants.reader_prepared import Ready
from saas.tenants.reader_statement import Row, Statement
from saas.tenants.tenant import Tenant


class Request:
    """What is asked for whom; told once, unless nobody waits any more."""

    __slots__ = ("answer", "deadline", "is_last_attempt", "is_new", "key", "parameters", "ready", "role", "tenant")

    def __init__(
        self,
        tenant: Tenant,
        role: bytes,
        statement: Statement,
        parameters: Sequence[bytes | None],
        answer: asyncio.Future[Row] | None,
    ) -> None:
        self.tenant = tenant
        self.role = role
        self.key = (statement, tenant.schema)
        self.parameters = parameters
        self.answer = answer
        self.is_last_attempt = False
        self.is_new = False  # its statement is prepared on the way
        self.ready: Ready | None = None  # its statement on the connection that has it
        self.deadline = 0.0  # when it has waited long enough for its turn

    def left_behind(self) -> "Request":
        """What stands in its place on a connection where its answer is awaited no more, as it is asked elsewhere."""
        statement, _ = self.key
        behind = Request(self.tenant, self.role, statement, self.parameters, None)
        behind.ready = self.ready
        return behind

    def is_wanted(self) -> bool:
        """Whether somebody still waits for the answer."""
        return self.answer is not None and not self.answer.done()

    def fail(self, error: BaseException) -> None:
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(error)

    def succeed(self, result: PGresult | None) -> None:
        answer = self.answer
        if answer is None or answer.done():
            return
        if result is None or not result.ntuples or (stamp := result.get_value(0, 0)) is None:
            answer.set_exception(_without_stamp(self.tenant))
        else:
            values = [result.get_value(0, column) for column in range(1, result.nfields)]
            answer.set_result(Row(stamp, tuple(values)))


def _without_stamp(tenant: Tenant) -> TenantUnavailable:
    return TenantUnavailable(
        f"The schema of {tenant.slug} has no stamp.", remedy="`saas tenant migrate` tells what is wrong with it."
    )
