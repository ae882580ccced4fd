"""How many jobs a worker does, how little it costs to wait, and how late anything is."""

import statistics
import time
from typing import Any

import sqlalchemy as sa

from saas.workers import claims
from scripts.benchmarks.jobs_place import JobsPlace, jobs_place, wait_for
from scripts.benchmarks.registry import Bench, Target, Targets, case

_TIMERS = 1_000_000
_MANY = 100_000
_LATE = "SELECT coalesce(max(extract(epoch FROM at - run_at)), 0)::float8 FROM {}"
_OUT = sa.text("SELECT id FROM platform.job WHERE stage = 'out'")
_STILL = sa.text("SELECT count(*) FROM platform.job WHERE id = ANY(:ids)")
_SENT = sa.text("SELECT count(*) FROM platform.job WHERE stage = 'out' AND holder IS NOT NULL")


@case(
    "jobs",
    "",
    Targets(
        Target(">", 200, part="single_per_s"),
        Target(">", 300, part="batched_per_s"),
        Target("<", 1, part="empty_poll_ms"),
        Target("<", 1, part="other_tenant_s"),
        Target("<", 2, part="timer_late_s"),
        Target("<", 30, part="after_kill_s"),
    ),
)
def jobs(bench: Bench) -> dict[str, float]:
    """Small jobs of one worker process; an empty look over a million timers; another tenant's job beside 100,000."""
    place = bench.shared(jobs_place)
    found: dict[str, float] = {}
    try:
        with place.worker():
            found["single_per_s"] = _speed(place, "bench_single", bench.rounds(6000, quick=1500))
            found["batched_per_s"] = _speed(place, "bench_batched", bench.rounds(12_000, quick=3000))
        found |= _waiting(place, bench)
        found |= _beside(place, bench)
        found["after_kill_s"] = _after_kill(place)
    finally:
        place.forget()
    return found


def _speed(place: JobsPlace, task: str, count: int) -> float:
    """Jobs a second, of one tenant alone."""
    place.ask(place.big, task, 300)
    wait_for(lambda: place.left() == 0)
    place.forget()
    place.ask(place.big, task, count)
    seconds = wait_for(lambda: place.left() == 0)
    if place.done(place.big, "SELECT count(DISTINCT number) FROM {}") != count:
        raise RuntimeError(f"not every {task} was done")
    return round(count / seconds, 1)


def _waiting(place: JobsPlace, bench: Bench) -> dict[str, float]:
    """With a million timers: what a look costs that finds nothing, and how late those are whose time comes."""
    place.forget()
    count = bench.rounds(_TIMERS, quick=_TIMERS // 10)
    place.ask(place.big, "bench_single", count, first=100_000, apart=1)
    looks = [_milliseconds(place) for _ in range(bench.rounds(500, quick=200))]
    with place.worker():
        timers = bench.rounds(400, quick=100)
        place.ask(place.small, "bench_single", timers, first=2, apart=0.025)
        wait_for(lambda: place.done(place.small, "SELECT count(*) FROM {}") >= timers, pause=0.5)
        late = place.done(place.small, _LATE)
    return {
        "timers": count,
        "empty_poll_ms": round(statistics.median(looks), 3),
        "empty_poll_p99_ms": round(sorted(looks)[int(len(looks) * 0.99)], 3),
        "timer_late_s": round(late, 3),
    }


def _milliseconds(place: JobsPlace) -> float:
    began = time.perf_counter()
    seen = claims.look(place.cell)
    taken = time.perf_counter() - began
    if seen.ripens or seen.queues:
        raise RuntimeError("the look was to find nothing")
    return taken * 1000


def _beside(place: JobsPlace, bench: Bench) -> dict[str, float]:
    """One tenant's hundred thousand jobs, and how long each of another tenant's few takes to be done meanwhile."""
    place.forget()
    place.ask(place.big, "bench_single", bench.rounds(_MANY, quick=_MANY // 10))
    waits = []
    with place.worker():
        for _ in range(bench.rounds(40, quick=15)):
            place.ask(place.small, "bench_single", 1)
            waits.append(wait_for(lambda: _left_of_small(place) == 0, pause=0.005))
            time.sleep(0.1)
    return {"other_tenant_s": round(max(waits), 3), "other_tenant_p50_s": round(statistics.median(waits), 3)}


def _left_of_small(place: JobsPlace) -> Any:
    query = sa.text("SELECT count(*) FROM platform.job WHERE tenant_id = :id AND stage IN ('due', 'out')")
    return place.run(query, id=place.small.id).scalar_one()


def _after_kill(place: JobsPlace) -> float:
    """From the kill of a worker amid its work until another one has done all that the first had taken."""
    place.forget()
    with place.worker() as worker:
        place.ask(place.big, "bench_single", 2000)
        wait_for(lambda: bool(place.run(_SENT).scalar_one()), pause=0.005)
        worker.kill()
        killed = time.perf_counter()
        taken = list(place.run(_OUT).scalars())
    with place.worker():
        wait_for(lambda: not place.run(_STILL, ids=taken).scalar_one())
        seconds = time.perf_counter() - killed
        wait_for(lambda: place.left() == 0)
        if place.done(place.big, "SELECT count(DISTINCT number) FROM {}") != 2000:
            raise RuntimeError("not every job was done after the kill")
    return round(seconds, 1)
