"""Rates: what a person, a tenant and an app may ask for in a minute, and the headers that tell what is left of it."""

from dataclasses import dataclass

from saas.gateways.meter import WINDOW, Later, meter
from saas.kit.errors import RateLimited
from saas.kit.settings import Settings, settings
from saas.schema.limits import Cost
from saas.tenants.sign_in import Caller

RECORDS_A_POINT = 100
_NAMES = ("person", "tenant", "app")
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
    """Who is counted, under which keys, how much they may spend in a minute, and the headers that say so.

    `left` has a place for what is left and one for the seconds until there is more, for each of them.
    """

    given: Settings
    names: tuple[str, ...]
    keys: tuple[str, ...]
    points: tuple[int, ...]
    policy: bytes
    left: bytes


def _limits(caller: Caller, given: Settings) -> _Limits:
    tenant = caller.tenant.id
    points = (given.person_rate, given.tenant_rate, given.app_rate)
    keys = (f"person:{tenant}:{caller.principal_id}", f"tenant:{tenant}", f"app:{tenant}:{caller.app_id}")
    names = _NAMES if caller.app_id else _NAMES[:2]
    policy = ", ".join(f'"{name}";q={most};w={WINDOW}' for name, most in zip(names, points, strict=False))
    left = ", ".join(f'"{name}";r=%d;t=%d' for name in names)
    return _Limits(given, names, keys[: len(names)], points, policy.encode(), left.encode())


def spend(caller: Caller, cost: Cost, later: Later | None = None) -> Headers:
    """Take the points of an operation; TooMuch where person, tenant or app has none left this minute.

    An operation costs one point, and one more for every 100 records that it asks for. The headers are those of the
    IETF draft "RateLimit header fields for HTTP". With `later` all processes are told by somebody who may wait.
    """
    given, limits = settings(), caller.memo.get("limits")
    if limits is None or limits.given is not given:
        limits = caller.memo["limits"] = _limits(caller, given)
    spent, seconds = meter().spend(limits.keys, 1 + cost.records // RECORDS_A_POINT, later)
    left: list[int] = []
    refused = ""
    for name, most, so_far in zip(limits.names, limits.points, spent, strict=False):
        left += (most - so_far if so_far < most else 0, seconds)
        if so_far > most and not refused:
            refused = name
    headers = [(b"ratelimit-policy", limits.policy), (b"ratelimit", limits.left % tuple(left))]
    if refused:
        raise TooMuch(refused, headers, seconds)
    return headers
