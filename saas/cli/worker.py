"""`saas worker`: hands out what is due and does it, until it is told to stop."""

import click

import saas.schema.webhook_telling  # noqa: F401  # documents of webhooks are understood from now on
from saas.cli.same_servers import check_same_servers
from saas.engine.job_registry import QUEUES
from saas.workers.family import Family
from saas.workers.process import check_settings, work
from saas.workers.timing import Timing


class Queues(click.ParamType[tuple[str, ...]]):
    """Names of queues, with commas between them."""

    name = "queues"

    def convert(self, value: object, param: click.Parameter | None, context: click.Context | None) -> tuple[str, ...]:
        """The names; a usage error where one is none."""
        if isinstance(value, tuple):
            return value
        names = tuple(str(value).split(","))
        wrong = [name for name in names if name not in QUEUES]
        if wrong:
            self.fail(f"There is no queue {wrong[0]!r}. There are {', '.join(QUEUES)}.", param, context)
        return names


@click.command("worker", help="Do the jobs of all cells, until SIGTERM or SIGINT.")
@click.option("--processes", type=click.IntRange(1, 64), default=1, show_default=True, help="Worker processes.")
@click.option(
    "--threads",
    type=click.IntRange(1, 64),
    default=4,
    show_default=True,
    help="Interactive jobs at a time, each process; half as many mails and bulk jobs, twice as many webhooks.",
)
@click.option(
    "--queues",
    type=Queues(),
    default=QUEUES,
    show_default=",".join(QUEUES),
    help="Do only the jobs of these queues, as interactive,mail.",
)
@click.option(
    "--lease",
    type=click.FloatRange(1, 3600),
    default=Timing().lease,
    show_default=True,
    help="Seconds after which the jobs of a worker that was killed go on elsewhere.",
)
def command(processes: int, threads: int, queues: tuple[str, ...], lease: float) -> None:
    check_settings()
    check_same_servers()
    timing = Timing(lease=lease)
    if processes == 1:
        work(threads, timing, queues)
    else:
        Family(processes, lambda: work(threads, timing, queues)).live()
