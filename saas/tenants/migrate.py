"""The migration runner: many schemas at once, a few first, each step a transaction of its own, at any time again."""

import heapq
import itertools
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg
from sqlalchemy import update

from saas.kit.errors import AtriumError
from saas.tenants.branches import TENANT, Branch, head
from saas.tenants.directory import directory
from saas.tenants.directory_tables import spare as spare_table
from saas.tenants.directory_tables import tenant as tenant_table
from saas.tenants.migrate_one import Busy, Owners, migrate_one
from saas.tenants.migration_plan import SPARE, Plan, Target, plan
from saas.tenants.render import revisions

__all__ = ["Plan", "Report", "Target", "head", "migrate", "plan"]

_RINGS = (0.01, 0.10, 1.0)
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 3.0


@dataclass
class Report:
    migrated: list[Target] = field(default_factory=list)
    failed: list[tuple[Target, str]] = field(default_factory=list)
    not_started: list[Target] = field(default_factory=list)
    retries: int = 0


def _untold(_target: Target, _problem: str) -> None:
    pass


@dataclass
class _Ring:
    """The schemas that may be worked on now; one that was busy comes back later."""

    waiting: list[tuple[float, int, int, Target]]
    lock: threading.Lock = field(default_factory=threading.Lock)
    comebacks: int = 0

    def take(self) -> tuple[float, int, Target] | None:
        with self.lock:
            if not self.waiting:
                return None
            ready_at, _, attempt, target = heapq.heappop(self.waiting)
            return ready_at, attempt, target

    def again(self, attempt: int, target: Target) -> None:
        wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2**attempt)
        with self.lock:
            self.comebacks += 1
            heapq.heappush(self.waiting, (time.monotonic() + wait, -self.comebacks, attempt + 1, target))


def migrate(
    plan: Plan,
    *,
    branch: Branch = TENANT,
    connections: int = 4,
    attempts: int = 8,
    most_failing: float = 0.05,
    tell: Callable[[Target, str], None] = _untold,
) -> Report:
    """Bring what is behind to the newest revision; where more than `most_failing` of a ring fail, spare the rest."""
    revisions(branch)  # a revision that cannot be rendered is told before anything is touched
    report = Report(failed=[(target, "Its schema or its stamp is missing.") for target in plan.broken])
    for target in plan.mistold:
        _tell_directory(target, target.version or 0)
    rings = _rings(plan.behind)
    while rings:
        ring = rings.pop(0)
        failed_before = len(report.failed)
        _run(ring, report, branch, connections, attempts, tell)
        if len(report.failed) - failed_before > most_failing * len(ring):
            report.not_started = [target for rest in rings for target in rest]
            break
    return report


def _rings(targets: list[Target]) -> list[list[Target]]:
    """One in a hundred tenants, then one in ten, then all; the spares last, for nobody waits for them."""
    tenants = [target for target in targets if target.label != SPARE]
    spares = [target for target in targets if target.label == SPARE]
    ends = [math.ceil(len(tenants) * share) for share in _RINGS]
    rings = [tenants[start:end] for start, end in itertools.pairwise((0, *ends))]
    rings[-1] = rings[-1] + spares
    return [ring for ring in rings if ring]


def _run(
    targets: list[Target],
    report: Report,
    branch: Branch,
    connections: int,
    attempts: int,
    tell: Callable[[Target, str], None],
) -> None:
    ring = _Ring([(0.0, number, 0, target) for number, target in enumerate(targets)])

    def work() -> None:
        with Owners() as owners:
            while (taken := ring.take()) is not None:
                ready_at, attempt, target = taken
                time.sleep(max(0.0, ready_at - time.monotonic()))
                try:
                    migrate_one(owners, target, branch)
                except Busy as busy:
                    if attempt + 1 < attempts:
                        report.retries += 1
                        ring.again(attempt, target)
                        continue
                    problem = f"{busy} It was tried {attempts} times."
                except (AtriumError, psycopg.Error) as error:
                    problem = str(error).strip()
                else:
                    problem = ""
                    _tell_directory(target, branch.head)
                _note(report, target, problem)
                tell(target, problem)

    threads = [threading.Thread(target=work) for _ in range(min(connections, len(targets)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _note(report: Report, target: Target, problem: str) -> None:
    if problem:
        report.failed.append((target, problem))
    else:
        report.migrated.append(target)


def _tell_directory(target: Target, version: int) -> None:
    with directory(as_owner=True) as connection:
        for table in (tenant_table, spare_table):  # a spare may have become a tenant meanwhile
            connection.execute(update(table).where(table.c.id == target.id).values(schema_version=version))
