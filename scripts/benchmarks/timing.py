"""How long something takes: many times, in order, and what the slow ones were like."""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of each round, sorted."""

    sorted_ms: tuple[float, ...]
    cpu_ms: float

    def at(self, share: float) -> float:
        """The time within which so large a share of the rounds ended; `at(0.99)` is p99."""
        return self.sorted_ms[min(len(self.sorted_ms) - 1, int(share * len(self.sorted_ms)))]

    @property
    def p50(self) -> float:
        return self.at(0.5)

    @property
    def p99(self) -> float:
        return self.at(0.99)

    def as_value(self) -> dict[str, float]:
        """For a case: medians, tail, and the CPU time of this process for one round."""
        return {"p50_ms": round(self.p50, 3), "p99_ms": round(self.p99, 3), "cpu_ms": round(self.cpu_ms, 3)}


def times(work: Callable[[], object], *, rounds: int, warm_up: int = 3) -> Times:
    """Do it so often, after a few times that do not count."""
    for _ in range(warm_up):
        work()
    taken = []
    gc.collect()
    cpu = time.process_time()
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return Times(tuple(sorted(taken)), (time.process_time() - cpu) * 1000 / rounds)


def seconds(work: Callable[[], object]) -> float:
    """How long it takes, once."""
    began = time.perf_counter()
    work()
    return round(time.perf_counter() - began, 3)


def ratio(work: Callable[[], object], floor: Callable[[], object], *, rounds: int) -> dict[str, float]:
    """Both in turns in one run, so that a busy machine slows both: how many times the floor the work takes."""
    pairs = [(times(work, rounds=1, warm_up=0), times(floor, rounds=1, warm_up=0)) for _ in range(rounds)]
    ours = Times(tuple(sorted(pair[0].p50 for pair in pairs)), sum(pair[0].cpu_ms for pair in pairs) / rounds)
    least = Times(tuple(sorted(pair[1].p50 for pair in pairs)), sum(pair[1].cpu_ms for pair in pairs) / rounds)
    return {
        "p50_ratio": round(ours.p50 / least.p50, 3),
        "p99_ratio": round(ours.p99 / least.p99, 3),
        "cpu_ratio": round(ours.cpu_ms / max(least.cpu_ms, 1e-6), 3),
        **ours.as_value(),
    }
