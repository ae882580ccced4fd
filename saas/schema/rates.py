"""Rates: what a person and a tenant may ask for in a minute, and the headers that tell what is left of it."""

from dataclasses import dataclass

from saas.gateways.meter import WINDOW, Later, meter
from saas.kit.errors import RateLimited
from saas.kit.settings import settings
from saas.schema.limits import Cost
from saas.tenants.sign_in import Caller

RECORDS_A_POINT = 100
Headers = list[tuple[bytes, bytes]]


class TooMuch(RateLimited):
    """The points of this minute are spent; `headers` tell when there are new ones."""

    def __init__(self, who: str, headers: Headers, seconds: int) -> None:
        super().__init__(
            f"The points of this {who} for this minute are spent.", remedy=f"Send it again in {seconds} seconds."
        )
        self.headers = [*headers, (b"retry-after", str(seconds).encode())]


@dataclass(frozen=True, slots=True)
class _Limit:
    name: str
    key: str
    points: int


def spend(caller: Caller, cost: Cost, later: Later | None = None) -> Headers:
    """Take the points of an operation; TooMuch where the person or the tenant has none left this minute.

    An operation costs one point, and one more for every 100 records that it asks for. The headers are those of the
    IETF draft "RateLimit header fields for HTTP". With `later` all processes are told by somebody who may wait.
    """
    given = settings()
    limits = [
        _Limit("person", f"{caller.tenant.id}:{caller.principal_id}", given.person_rate),
        _Limit("tenant", str(caller.tenant.id), given.tenant_rate),
    ]
    points = 1 + cost.records // RECORDS_A_POINT
    spent, seconds = meter().spend(tuple(f"{limit.name}:{limit.key}" for limit in limits), points, later)
    left = [max(0, limit.points - used) for limit, used in zip(limits, spent, strict=True)]
    policy = ", ".join(f'"{limit.name}";q={limit.points};w={WINDOW}' for limit in limits)
    state = ", ".join(f'"{limit.name}";r={rest};t={seconds}' for limit, rest in zip(limits, left, strict=True))
    headers = [(b"ratelimit-policy", policy.encode()), (b"ratelimit", state.encode())]
    for limit, used in zip(limits, spent, strict=True):
        if used > limit.points:
            raise TooMuch(limit.name, headers, seconds)
    return headers
