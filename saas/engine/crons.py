"""What every tenant has done again and again, at times by the tenant's own clock.

Each is one row a tenant in `platform.job`, with the key `cron:<name>`. The row of the next time is written in the
transaction that does this one, and always for a time ahead: workers that were away over many times do it once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from saas.engine.field import Label
from saas.engine.job_declaring import job, place_of
from saas.engine.job_registry import ATOMIC, Job, JobKind
from saas.engine.job_table import PREFIX
from saas.engine.jobs import enqueue
from saas.engine.scope import Scope
from saas.kit import clock
from saas.kit.errors import BadConfig
from saas.tenants.tenant import Tenant

ENOUGH = object()  # what a cron returns that this tenant needs no more
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class When(Protocol):
    """The times at which something is done."""

    @property
    def working_days(self) -> bool:
        """Whether on the tenant's working days only."""
        ...

    def next_after(self, moment: datetime, tenant: Tenant) -> datetime:
        """The first time after `moment`, in UTC, as this tenant's clock shows it."""
        ...


class Every:
    """Again after so long, whatever the clock on the wall says; tenants are spread over the time between."""

    working_days = False

    def __init__(self, *, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        self._pause = timedelta(hours=hours, minutes=minutes, seconds=seconds)
        if self._pause < timedelta(seconds=1):
            raise BadConfig(f"Every {self._pause} is too often.", remedy="A second at least.")

    def next_after(self, moment: datetime, tenant: Tenant) -> datetime:
        own = self._pause * (tenant.id.int % 997) / 997
        times = (moment - _BEGINNING - own) // self._pause
        return _BEGINNING + own + self._pause * (times + 1)


@dataclass(frozen=True, slots=True)
class Daily:
    """Once a day when the tenant's clock shows `at`; on the tenant's working days only where so declared.

    A time that the clock leaps over in spring is done right after; one that it shows twice in autumn at the first.
    """

    at: time
    working_days: bool = False

    def next_after(self, moment: datetime, tenant: Tenant) -> datetime:
        there = ZoneInfo(tenant.time_zone)
        day = moment.astimezone(there).date() - timedelta(days=1)
        while (found := datetime.combine(day, self.at, there).astimezone(UTC)) <= moment:
            day += timedelta(days=1)
        return found


@dataclass(frozen=True, slots=True)
class Cron:
    """A job that comes again by itself."""

    job: Job[Any]
    when: When
    everywhere: bool = True  # False: only for tenants that have begun it

    @property
    def key(self) -> str:
        return PREFIX + self.job.name


_crons: dict[str, Cron] = {}
_calendars: list[Callable[[Scope, date], bool]] = []


def cron(
    when: When,
    *,
    kind: JobKind = ATOMIC,
    queue: str = "bulk",
    attempts: int = 5,
    everywhere: bool = True,
    label: Label | None = None,
) -> Callable[[Callable[..., Any]], Job[Any]]:
    """Declare `def object_verb(scope)` (long: `(scope, step)`) as something that every tenant has done at these times.

    It is done by the tenant's own identity. After the last attempt it is dead and visible, and done again at the next
    time all the same. One that is not `everywhere` is for tenants that need it: `begin` begins it, and it ends when an
    atomic one returns ENOUGH.
    """

    def declare(function: Callable[..., Any]) -> Job[Any]:
        declared = job(kind=kind, queue=queue, attempts=attempts, label=label)(function)
        if declared.ids.keys() - declared.optional:
            raise BadConfig(f"Cron {place_of(function)}: it takes ids.", remedy="Nobody is there to hand them over.")
        _crons[declared.name] = Cron(declared, when, everywhere)
        return declared

    return declare


def crons() -> dict[str, Cron]:
    """All that are declared, by name."""
    return dict(_crons)


def tell_working_days(is_working_day: Callable[[Scope, date], bool]) -> None:
    """For the module that knows the tenants' calendars: how one finds out whether a tenant works on a day."""
    _calendars[:] = [is_working_day]


def cron_of(task: str, key: str | None) -> Cron | None:
    """The cron whose row this is; None for one that somebody asked for besides, or that has died before."""
    found = _crons.get(task)
    return found if found is not None and found.key == key else None


def is_for_today(scope: Scope, found: Cron) -> bool:
    """Whether the tenant has it done today: its calendar may have changed since the time was reckoned."""
    return not found.when.working_days or all(is_working(scope, scope.today) for is_working in _calendars)


def plan_next(scope: Scope, found: Cron, run_at: datetime) -> None:
    """In the transaction that ends the row of `run_at`: the row of the next time.

    It is later than both the time of this one and now, whichever of the two clocks is ahead.
    """
    after = max(run_at, clock.now())
    at = found.when.next_after(after, scope.tenant)
    enqueue(scope.session, scope.tenant.id, found.job, key=found.key, run_at=at)


def begin(scope: Scope, cron_job: Job[Any]) -> None:
    """From now on this tenant has it done too; nothing where it has it done already."""
    plan_next(scope, _crons[cron_job.name], clock.now())
