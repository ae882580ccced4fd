"""`saas worker`: hands out what is due and does it, until it is told to stop."""

import click

import saas.schema.webhook_telling  # noqa: F401  # documents of webhooks are understood from now on
from saas.workers.family import Family
from saas.workers.process import check_settings, work
from saas.workers.timing import Timing


@click.command("worker", help="Do the jobs of all cells, until SIGTERM or SIGINT.")
@click.option("--processes", type=click.IntRange(1, 64), default=1, show_default=True, help="Worker processes.")
@click.option("--threads", type=click.IntRange(1, 64), default=4, show_default=True, help="Jobs at a time, each.")
@click.option(
    "--lease",
    type=click.FloatRange(1, 3600),
    default=Timing().lease,
    show_default=True,
    help="Seconds after which the jobs of a worker that was killed go on elsewhere.",
)
def command(processes: int, threads: int, lease: float) -> None:
    check_settings()
    timing = Timing(lease=lease)
    if processes == 1:
        work(threads, timing)
    else:
        Family(processes, lambda: work(threads, timing)).live()
