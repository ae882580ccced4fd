"""Whether API and workers share their servers: told at the start of each, before anything waits for it in vain."""

from saas.gateways.heartbeat import strangers, worker_heartbeats
from saas.kit.errors import BadConfig, Unavailable
from saas.kit.log import logger
from saas.tenants.installation import installation

log = logger(__name__)
_REMEDY = (
    "Give each installation a Redis, or a database of one, of its own: compare SAAS_REDIS_URL and SAAS_DIRECTORY_DSN"
    " here and there. Workers that ended count as alive for 15 seconds."
)


def check_same_servers() -> None:
    """Refuse (BadConfig) a Redis on which workers of another directory live: each would get the other's messages."""
    others = _strangers()
    if others:
        raise BadConfig(f"Workers of another directory use this Redis: {', '.join(others)}.", remedy=_REMEDY)


def warn_of_other_servers() -> None:
    """Say so in the log: whoever only asks for jobs goes on, and `/readyz` tells it too."""
    others = _strangers()
    if others:
        log.warning("workers of another directory use this Redis", workers=others, remedy=_REMEDY)


def _strangers() -> list[str]:
    try:
        return strangers(worker_heartbeats(), installation())
    except Unavailable as error:  # they may come later; /readyz looks again and again
        log.info("whose Redis this is could not be looked at", reason=str(error))
        return []
