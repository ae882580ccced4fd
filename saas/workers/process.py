"""One worker process: a dispatcher, a heart, and threads that do jobs, until a signal ends them in good order."""

import os
import secrets
import signal
import socket
from threading import Event
from types import FrameType
from uuid import UUID

import dramatiq

import saas.engine.export.job  # declares the job of exports
import saas.engine.files.job  # declares the jobs of files
import saas.engine.revert.job  # declares the job that takes imports back
import saas.engine.transfer.job  # declares the job of imports
import saas.modules  # noqa: F401  # declares every other job
from saas.engine.jobs import job_queues
from saas.gateways.doorbell import doorbell
from saas.gateways.heartbeat import Heartbeats
from saas.gateways.job_figures import JobFigures
from saas.kit import log as log_lines
from saas.kit import report
from saas.kit.collector import spare_collector
from saas.kit.log import logger
from saas.kit.settings import settings
from saas.tenants.database import DISPATCHER, login
from saas.workers.broker import JobBroker, job_broker
from saas.workers.cells import Cells
from saas.workers.dispatcher import Dispatcher
from saas.workers.heart import Heart
from saas.workers.perform import Performer
from saas.workers.timing import Timing

log = logger(__name__)
_IDLE_MS = 100  # how long a message may lie in Redis while a thread is idle


def work(threads: int, timing: Timing | None = None) -> None:
    """Do jobs until SIGTERM or SIGINT: long jobs are handed over between two chunks, atomic ones finish."""
    timing = timing or Timing()
    log_lines.set_up(form=settings().log_format, level=settings().log_level)
    report.init(settings())
    stopping = _told_to_stop()
    name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
    cells = Cells(connections=threads + 2)
    broker = job_broker(settings().redis_url)
    _declare(broker, Performer(name, cells.engine, timing, stopping))
    worker = dramatiq.Worker(broker, worker_timeout=_IDLE_MS, worker_threads=threads)
    worker.queue_prefetch = threads  # what no thread is free for may be done by another process
    dispatcher = Dispatcher(cells.engines, broker, doorbell(), timing)
    beats, figures = Heartbeats(settings().redis_url), JobFigures(settings().redis_url)
    heart = Heart(name, threads, cells, beats, figures, timing.heartbeat, stopping)

    spare_collector()
    worker.start()
    dispatcher.start()
    heart.start()
    log.info("worker ready", worker=name, threads=threads)
    stopping.wait()
    log.info("worker stops", worker=name, grace=timing.grace)
    dispatcher.stop()
    worker.stop(timeout=int(timing.grace * 1000))
    heart.end()
    report.flush()
    log.info("worker stopped", worker=name)


def check_settings() -> None:
    """A missing password is told once, at start (BadConfig), and not by every process again and again."""
    login(settings().directory_dsn, DISPATCHER)


def _declare(broker: JobBroker, performer: Performer) -> None:
    def run_job(tenant_id: str, job_id: str) -> None:
        performer.perform(UUID(tenant_id), UUID(job_id))

    dramatiq.actor(broker=broker)(run_job)
    for queue in job_queues():
        broker.declare_queue(queue)


def _told_to_stop() -> Event:
    """Set by the first signal; a second one ends the process at once, and Postgres rolls back what was open."""
    stopping = Event()

    def on_signal(number: int, _frame: FrameType | None) -> None:
        if stopping.is_set():
            os._exit(128 + number)
        stopping.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    return stopping
