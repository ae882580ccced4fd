"""Which workers are alive, as they say themselves in Redis every few seconds; read by /readyz."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from saas.kit.errors import Unavailable
from saas.kit.settings import settings

PREFIX = "atrium:worker:"


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """One worker process, and what it sees: how late each cell's jobs are (seconds), and how many are dead."""

    name: str
    threads: int
    oldest_due: dict[str, float] = field(default_factory=dict)  # by cell: the oldest that nobody has taken
    late: dict[str, dict[str, float]] = field(default_factory=dict)  # by cell and queue: the same
    dead: dict[str, int] = field(default_factory=dict)  # by cell
    queues: list[str] = field(default_factory=list)  # what it serves
    crons: list[str] = field(default_factory=list)  # what comes again by itself, as its release knows
    broken: dict[str, dict[str, int]] = field(default_factory=dict)  # by cell and invariant: in how many tenants
    installation: str = ""  # whose jobs it does: workers and API of one installation tell the same


_FIELDS = {each.name for each in fields(Heartbeat)}


class Heartbeats:
    """The heartbeats of all workers on one Redis."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(
            url, socket_connect_timeout=1, socket_timeout=1, retry=Retry(NoBackoff(), 0), decode_responses=True
        )

    def beat(self, heart: Heartbeat, lasts: float) -> None:
        """Say that this worker lives; it counts as gone after `lasts` seconds."""
        try:
            self._redis.set(PREFIX + heart.name, json.dumps(asdict(heart)), px=int(lasts * 1000))
        except (redis.RedisError, OSError) as error:
            raise Unavailable("Redis does not answer.", remedy="Check SAAS_REDIS_URL.") from error

    def stop(self, name: str) -> None:
        """This worker ends in good order."""
        try:
            self._redis.delete(PREFIX + name)
        except (redis.RedisError, OSError) as error:
            raise Unavailable("Redis does not answer.", remedy="Check SAAS_REDIS_URL.") from error

    def alive(self) -> list[Heartbeat]:
        """Every worker that lives; Unavailable where Redis does not answer."""
        try:
            keys = sorted(self._redis.scan_iter(PREFIX + "*", count=1000))
            told = self._redis.mget(keys) if keys else []
        except (redis.RedisError, OSError) as error:
            raise Unavailable("Redis does not answer.", remedy="Check SAAS_REDIS_URL.") from error
        return [_read(one) for one in told if one]


def _read(told: str | bytes) -> Heartbeat:
    """As a worker of this release or of the next one told it."""
    return Heartbeat(**{name: value for name, value in json.loads(told).items() if name in _FIELDS})


def strangers(alive: Iterable[Heartbeat], installation: str) -> list[str]:
    """The workers that do the jobs of another installation; those of a release that does not tell are taken as ours."""
    return [heart.name for heart in alive if heart.installation not in {"", installation}]


def broken_by_name(alive: Iterable[Heartbeat]) -> dict[str, int]:
    """In how many tenants each invariant is broken, of those that are broken in any; each worker sees every cell."""
    found: dict[str, int] = {}
    for of_cell in {cell: told for heart in alive for cell, told in heart.broken.items()}.values():
        for name, tenants in of_cell.items():
            found[name] = found.get(name, 0) + tenants
    return found


def worker_heartbeats() -> list[Heartbeat]:
    """The workers that are alive on this installation's Redis."""
    return Heartbeats(settings().redis_url).alive()
