"""Having an endpoint's messages sent soon: one job an endpoint, whoever asks for it."""

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from saas.engine.jobs import enqueue, job_table
from saas.engine.scope import Scope
from saas.modules.webhooks.deliver import KEY, webhook_deliver

_MOURNING = timedelta(minutes=10)


def wake(scope: Scope, endpoint_id: UUID) -> None:
    """Have what waits sent, by the tenant's own identity. The endpoint's row is locked.

    A job that died, by a fault of ours, is begun anew after a while: nobody's messages may wait for good.
    """
    key, columns = KEY.format(endpoint_id), job_table.c
    dead = columns.tenant_id == scope.tenant.id, columns.key == key, columns.dead_at < scope.now - _MOURNING
    scope.session.execute(sa.delete(job_table).where(*dead))
    trace = scope.request_id or None
    enqueue(scope.session, scope.tenant.id, webhook_deliver, key=key, trace=trace, endpoint_id=endpoint_id)
