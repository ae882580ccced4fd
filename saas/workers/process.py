"""One worker process: a dispatcher, a heart, and threads that do jobs, until a signal ends them in good order."""

import os
import secrets
import signal
import socket
from collections.abc import Collection
from threading import Event, Thread
from types import FrameType
from uuid import UUID

import dramatiq

from saas.engine.job_registry import QUEUES
from saas.gateways.changed import change_ear
from saas.gateways.doorbell import doorbell
from saas.gateways.heartbeat import Heartbeats
from saas.gateways.job_figures import JobFigures
from saas.kit import log as log_lines
from saas.kit import report, trace
from saas.kit.collector import spare_collector
from saas.kit.log import logger
from saas.kit.settings import settings
from saas.tenants.database import DISPATCHER, login
from saas.tenants.installation import installation
from saas.workers import all_jobs
from saas.workers.broker import BROKER_LOST, job_broker
from saas.workers.cells import Cells
from saas.workers.cron_rows import CronKeeper
from saas.workers.dispatcher import Dispatcher
from saas.workers.hastening import Hastener
from saas.workers.heart import Heart
from saas.workers.perform import Performer
from saas.workers.pools import Pool, pools
from saas.workers.timing import Timing

log = logger(__name__)
JOBS = all_jobs.MODULES
_IDLE_MS = 100  # how long a message may lie in Redis while a thread is idle


def work(threads: int, timing: Timing | None = None, queues: Collection[str] = QUEUES) -> None:
    """Do jobs until SIGTERM or SIGINT: long jobs are handed over between two chunks, the others finish."""
    timing = timing or Timing()
    log_lines.set_up(form=settings().log_format, level=settings().log_level)
    report.init(settings())
    trace.init(settings())
    stopping = _told_to_stop()
    name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
    served = pools(threads, queues)
    cells = Cells(connections=sum(pool.threads for pool in served) + 4)
    broker = job_broker(settings().redis_url)

    def others_wait(queue: str) -> bool:
        try:
            return broker.backlog(queue) > 0
        except BROKER_LOST:
            return False

    performer = Performer(name, cells.engine, timing, stopping, others_wait, doorbell().ring, cells.engines)
    workers = [_worker(pool, performer) for pool in served]
    dispatcher = Dispatcher(cells.engines, broker, doorbell(), timing)
    beats, figures = Heartbeats(settings().redis_url), JobFigures(settings().redis_url)
    heart = Heart(name, served, cells, beats, figures, timing.heartbeat, stopping, installation())
    bell = change_ear()

    spare_collector()
    for worker in workers:
        worker.start()
    dispatcher.start()
    heart.start()
    CronKeeper(cells.engines, beats, timing.tidy, stopping).start()
    Hastener(cells.engines, bell, doorbell(), stopping).start()
    log.info("worker ready", worker=name, threads={" ".join(pool.queues): pool.threads for pool in served})
    stopping.wait()
    log.info("worker stops", worker=name, grace=timing.grace)
    dispatcher.stop()
    _stop_all(workers, timing.grace)
    heart.end()
    report.flush()
    trace.flush()
    log.info("worker stopped", worker=name)


def check_settings() -> None:
    """A missing password is told once, at start (BadConfig), and not by every process again and again."""
    login(settings().directory_dsn, DISPATCHER)


def _worker(pool: Pool, performer: Performer) -> dramatiq.Worker:
    """The threads of a pool, on a broker of their own: dramatiq's worker listens to every queue that its broker has."""

    def run_job(tenant_id: str, *job_ids: str) -> None:
        performer.perform(UUID(tenant_id), *map(UUID, job_ids))

    broker = job_broker(settings().redis_url)
    dramatiq.actor(broker=broker, queue_name=pool.queues[0])(run_job)
    for queue in pool.queues:
        broker.declare_queue(queue)
    worker = dramatiq.Worker(broker, worker_timeout=_IDLE_MS, worker_threads=pool.threads)
    worker.queue_prefetch = pool.threads  # what no thread is free for may be done by another process
    return worker


def _stop_all(workers: list[dramatiq.Worker], grace: float) -> None:
    """All at the same time, so that the grace is the same for all."""
    ends = [Thread(target=worker.stop, kwargs={"timeout": int(grace * 1000)}, daemon=True) for worker in workers]
    for end in ends:
        end.start()
    for end in ends:
        end.join(grace * 2)


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
