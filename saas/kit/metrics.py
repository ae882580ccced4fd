"""Figures for Prometheus: requests, their durations, jobs, connections; added up over all forked processes."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
    values,
)
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

# Every metric has labels: then its values are made at first use, that is after `share`, and not at import.
_REQUESTS = Counter("atrium_requests", "Requests answered.", ["door", "operation", "status"])
_REQUEST_SECONDS = Histogram(
    "atrium_request_seconds", "Seconds from the request to the end of its answer.", ["door", "operation"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)  # fmt: skip
_REFUSED = Counter("atrium_plans_refused", "Plans that Postgres refused, by SQLSTATE.", ["state"])
# Workers serve nothing: what they count reaches the API by way of Redis, and is shown there.
_WORK = CollectorRegistry()
_JOBS = Counter("atrium_jobs", "Jobs worked on, by all workers.", ["task", "outcome"], registry=_WORK)
_JOB_SECONDS = Histogram("atrium_job_seconds", "Seconds of work on a job.", ["task"], registry=_WORK)
_CONNECTIONS = Gauge(
    "atrium_connections", "Connections to a database by state.", ["database", "state"], multiprocess_mode="livesum"
)
_TOLD = Counter("atrium_events_told", "Events told to subscribers, one for each of them.", ["door"])
_shared: Path | None = None
_MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of random name is made in it


def folder_in_memory() -> str | None:
    """Where the shared figures are best kept; None: in the usual folder for temporary files.

    They are mapped into memory, so that a full disk below them would end the process that counts (SIGBUS).
    """
    return str(_MEMORY) if os.access(_MEMORY, os.W_OK | os.X_OK) else None


def share(directory: Path) -> None:
    """Before forking: processes keep their figures in files of this empty directory, so that each answers for all."""
    global _shared
    _shared = directory
    _of_request.cache_clear()
    # prometheus_client reads PROMETHEUS_MULTIPROC_DIR when it is imported, which is too early for a command.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(directory)
    values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]  # the library has no hint


def process_ended(pid: int) -> None:
    """A forked process is gone: what it held (connections) no longer counts."""
    if _shared is not None:
        multiprocess.mark_process_dead(pid, str(_shared))  # type: ignore[no-untyped-call]  # the library has no hint


def request_done(door: str, operation: str, status: int, seconds: float) -> None:
    counter, seconds_of = _of_request(door, operation, status)
    counter.inc()
    seconds_of.observe(seconds)


@cache
def _of_request(door: str, operation: str, status: int) -> tuple[Counter, Histogram]:
    """The figures with these labels: looking them up costs more than counting."""
    return _REQUESTS.labels(door, operation, str(status)), _REQUEST_SECONDS.labels(door, operation)


def events_told(count: int) -> None:
    """Count events that were told to subscribers."""
    _TOLD.labels("live").inc(count)


def plan_refused(state: str) -> None:
    """Count a plan that Postgres refused: the query was answered field by field, and the plan has a fault."""
    _REFUSED.labels(state).inc()


def plans_refused() -> float:
    """How many this process has counted."""
    return sum(
        sample.value for metric in _REFUSED.collect() for sample in metric.samples if sample.name.endswith("_total")
    )


def job_done(task: str, outcome: str, seconds: float) -> None:
    """Count a job; `outcome` is one of done, failed, dead, put back, handed over."""
    _JOBS.labels(task, outcome).inc()
    _JOB_SECONDS.labels(task).observe(seconds)


def connections(database: str, *, busy: int, idle: int) -> None:
    """How many connections this process has to a database (`directory`, or the name of a cell)."""
    of_busy, of_idle = _of_database(database)
    of_busy.set(busy)
    of_idle.set(idle)


@cache
def _of_database(database: str) -> tuple[Gauge, Gauge]:
    """The figures with these labels, as of requests."""
    return _CONNECTIONS.labels(database, "busy"), _CONNECTIONS.labels(database, "idle")


def job_sums() -> dict[str, float]:
    """What this worker has counted since it began, by the name of each figure."""
    samples = (sample for metric in _WORK.collect() for sample in metric.samples)
    return {
        json.dumps([sample.name, sample.labels], sort_keys=True): sample.value
        for sample in samples
        if not sample.name.endswith("_created")  # a moment; it cannot be added up
    }


@dataclass(frozen=True, slots=True)
class Seen:
    """A figure as it stands now, which somebody else has taken: its values by the values of its labels."""

    name: str
    what: str
    labels: tuple[str, ...]
    values: Mapping[tuple[str, ...], float]


def exposition(jobs: Mapping[str, float] | None = None, seen: Iterable[Seen] = ()) -> tuple[bytes, str]:
    """All figures in Prometheus' text form, and its content type.

    `jobs` are the added `job_sums` of all workers, `seen` is what workers see of the jobs that wait.
    """
    registry: CollectorRegistry = REGISTRY
    if _shared is not None:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry, str(_shared))  # type: ignore[no-untyped-call]  # the library has no hint
    work = CollectorRegistry()
    if jobs is not None:
        work.register(_Sums(jobs))
    work.register(_Seen(list(seen)))
    return generate_latest(registry) + generate_latest(work), CONTENT_TYPE_LATEST


class _Seen(Collector):
    """What stands now."""

    def __init__(self, seen: list[Seen]) -> None:
        self._seen = seen

    def collect(self) -> Iterator[Metric]:
        for each in self._seen:
            metric = GaugeMetricFamily(each.name, each.what, labels=each.labels)
            for labels, value in each.values.items():
                metric.add_metric(labels, value)
            yield metric


class _Sums(Collector):
    """The figures of jobs, as they were added up."""

    def __init__(self, sums: Mapping[str, float]) -> None:
        self._sums = sums

    def collect(self) -> Iterator[Metric]:
        for known in _WORK.collect():
            metric = Metric(known.name, known.documentation, known.type)
            for name, labels, value in _in_order(self._sums):
                if name.startswith(f"{known.name}_"):
                    metric.add_sample(name, labels, value)
            yield metric


def _in_order(sums: Mapping[str, float]) -> Iterable[tuple[str, dict[str, str], float]]:
    """By name and labels; the buckets of a histogram, which are within them, from small to large."""
    read = [(*json.loads(key), value) for key, value in sums.items()]

    def place(one: tuple[str, dict[str, str], float]) -> tuple[object, ...]:
        name, labels, _ = one
        return (
            sorted((key, value) for key, value in labels.items() if key != "le"),
            name,
            float(labels.get("le", 0)),
        )

    return sorted(read, key=place)
