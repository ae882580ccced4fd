"""A job that is dead is told to whoever asked for it."""

from saas.engine.scope import open_scope
from saas.kit.errors import AtriumError
from saas.kit.log import logger
from saas.kit.report import capture
from saas.modules.notices.dead_jobs import tell_of_dead_jobs
from saas.tenants.tenant import Tenant
from saas.workers.failure import described
from saas.workers.leases import Held

log = logger(__name__)


def tell_if_dead(tenant: Tenant, held: Held, outcome: str) -> None:
    """Tell now; where that cannot be, the tenant's next look at its dead jobs does."""
    if outcome != "dead" or held.actor_id is None:
        return
    try:
        with open_scope(tenant, None, write=True, request_id=str(held.id)) as scope:
            tell_of_dead_jobs(scope, held.id)
    except AtriumError as error:
        log.warning("a dead job is told later", reason=described(error))
    except Exception as error:  # noqa: BLE001  # whatever it was, the worker goes on with its other jobs
        capture(error)
