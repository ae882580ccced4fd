"""The figures of all workers' jobs, added up in Redis by the workers, so that `/metrics` of the API shows them."""

from collections.abc import Mapping

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from saas.kit.errors import Unavailable
from saas.kit.settings import settings

KEY = "atrium:figures:jobs"


class JobFigures:
    """Sums by the name of the figure. A Redis that comes back empty begins at zero, as figures may."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(
            url, socket_connect_timeout=1, socket_timeout=1, retry=Retry(NoBackoff(), 0), decode_responses=True
        )

    def add(self, more: Mapping[str, float]) -> None:
        """Add to the sums, all or nothing."""
        if not more:
            return
        try:
            with self._redis.pipeline(transaction=True) as pipeline:
                for name, amount in more.items():
                    pipeline.hincrbyfloat(KEY, name, amount)
                pipeline.execute()
        except (redis.RedisError, OSError) as error:
            raise Unavailable("Redis does not answer.", remedy="Check SAAS_REDIS_URL.") from error

    def sums(self) -> dict[str, float]:
        """The sums of all workers since Redis began; Unavailable where it does not answer."""
        try:
            told = self._redis.hgetall(KEY)
        except (redis.RedisError, OSError) as error:
            raise Unavailable("Redis does not answer.", remedy="Check SAAS_REDIS_URL.") from error
        return {str(name): float(amount) for name, amount in told.items()}

    def close(self) -> None:
        """Let go of the connection."""
        self._redis.close()


def job_figures() -> dict[str, float]:
    """The sums on this installation's Redis."""
    figures = JobFigures(settings().redis_url)
    try:
        return figures.sums()
    finally:
        figures.close()
