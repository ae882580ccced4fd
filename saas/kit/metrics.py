"""Figures for Prometheus: requests, their durations, jobs, connections; added up over all forked processes."""

import os
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
    values,
)

# Every metric has labels: then its values are made at first use, that is after `share`, and not at import.
_REQUESTS = Counter("atrium_requests", "Requests answered.", ["door", "operation", "status"])
_REQUEST_SECONDS = Histogram(
    "atrium_request_seconds", "Seconds from the request to the end of its answer.", ["door", "operation"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)  # fmt: skip
_JOBS = Counter("atrium_jobs", "Jobs worked on.", ["task", "outcome"])
_JOB_SECONDS = Histogram("atrium_job_seconds", "Seconds of work on a job, or on one step of it.", ["task"])
_CONNECTIONS = Gauge(
    "atrium_connections", "Connections to a database by state.", ["database", "state"], multiprocess_mode="livesum"
)
_shared: Path | None = None


def share(directory: Path) -> None:
    """Before forking: processes keep their figures in files of this empty directory, so that each answers for all."""
    global _shared
    _shared = directory
    # prometheus_client reads PROMETHEUS_MULTIPROC_DIR when it is imported, which is too early for a command.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(directory)
    values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]  # the library has no hint


def process_ended(pid: int) -> None:
    """A forked process is gone: what it held (connections) no longer counts."""
    if _shared is not None:
        multiprocess.mark_process_dead(pid, str(_shared))  # type: ignore[no-untyped-call]  # the library has no hint


def request_done(door: str, operation: str, status: int, seconds: float) -> None:
    _REQUESTS.labels(door, operation, str(status)).inc()
    _REQUEST_SECONDS.labels(door, operation).observe(seconds)


def job_done(task: str, outcome: str, seconds: float) -> None:
    """Count a job; `outcome` is one of done, failed, dead, cancelled."""
    _JOBS.labels(task, outcome).inc()
    _JOB_SECONDS.labels(task).observe(seconds)


def connections(database: str, *, busy: int, idle: int) -> None:
    """How many connections this process has to a database (`directory`, or the name of a cell)."""
    _CONNECTIONS.labels(database, "busy").set(busy)
    _CONNECTIONS.labels(database, "idle").set(idle)


def exposition() -> tuple[bytes, str]:
    """All figures in Prometheus' text form, and its content type."""
    if _shared is None:
        return generate_latest(), CONTENT_TYPE_LATEST
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry, str(_shared))  # type: ignore[no-untyped-call]  # the library has no hint
    return generate_latest(registry), CONTENT_TYPE_LATEST
