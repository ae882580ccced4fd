"""Rates: what a person and a tenant may ask for in a minute, and the headers that tell what is left of it."""

from dataclasses import dataclass
from uuid import UUID

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
class _Limits:
    """How much a person and their tenant may spend in a minute, the keys under which it is counted, and the header."""

    keys: tuple[str, str]
    points: tuple[int, int]
    policy: bytes


def _limits(tenant_id: UUID, principal_id: UUID, person: int, tenant: int) -> _Limits:
    policy = f'"person";q={person};w={WINDOW}, "tenant";q={tenant};w={WINDOW}'
    return _Limits((f"person:{tenant_id}:{principal_id}", f"tenant:{tenant_id}"), (person, tenant), policy.encode())


def spend(caller: Caller, cost: Cost, later: Later | None = None) -> Headers:
    """Take the points of an operation; TooMuch where the person or the tenant has none left this minute.

    An operation costs one point, and one more for every 100 records that it asks for. The headers are those of the
    IETF draft "RateLimit header fields for HTTP". With `later` all processes are told by somebody who may wait.
    """
    given, limits = settings(), caller.memo.get("limits")
    if limits is None or limits.points != (given.person_rate, given.tenant_rate):
        limits = _limits(caller.tenant.id, caller.principal_id, given.person_rate, given.tenant_rate)
        caller.memo["limits"] = limits
    (person, tenant), seconds = meter().spend(limits.keys, 1 + cost.records // RECORDS_A_POINT, later)
    of_person, of_tenant = limits.points
    left = b'"person";r=%d;t=%d, "tenant";r=%d;t=%d' % (
        max(0, of_person - person), seconds, max(0, of_tenant - tenant), seconds,
    )  # fmt: skip
    headers = [(b"ratelimit-policy", limits.policy), (b"ratelimit", left)]
    if person > of_person or tenant > of_tenant:
        raise TooMuch("person" if person > of_person else "tenant", headers, seconds)
    return headers
