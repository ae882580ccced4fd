"""`saas demo`: everything at once on this machine, servers included, with companies to try it on."""

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from saas.cli.demo_processes import api_child, ask, curl, worker_child
from saas.cli.demo_progress import Progress
from saas.cli.demo_report import DemoReport
from saas.cli.demo_settings import for_processes, settle, write_settings
from saas.cli.demo_tenants import demo_tenants, install_demo
from saas.cli.demo_wish import DemoWish, Size, World
from saas.cli.embedded.folder import temporary_folder
from saas.cli.embedded.ports import LOOPBACK, any_free_port, free_port, is_free
from saas.cli.embedded.servers import Servers, given_servers, start_servers
from saas.gateways.mail import is_recorded

USUAL_PORT = 8000


class _Ended(BaseException):
    """Somebody asked us to stop; not an error, so nothing that catches errors may catch it."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line when ready, and nothing else.")
@click.option("--port", type=click.IntRange(1, 65535), help=f"Port of the API (default: {USUAL_PORT}, or a free one).")
@click.option("--postgres-port", type=click.IntRange(1, 65535), help="Port of Postgres (default: a free one).")
@click.option("--data", type=click.Path(path_type=Path), help="Folder that keeps the data (default: none is kept).")
@click.option(
    "--seed",
    type=int,
    default=1,
    show_default=True,
    help="Another number, other invented data; real data and people stay as they are.",
)
@click.option(
    "--size",
    type=click.Choice([each.value for each in Size]),
    default=Size.STANDARD.value,
    show_default=True,
    help="How many customers the invented companies have: 200, 2,000 or 200,000 together; none: no company at all.",
)
@click.option(
    "--world",
    type=click.Choice([each.value for each in World]),
    default=World.ALL.value,
    show_default=True,
    help="Which companies: the invented ones, those of the data sets in ../shared/data, or all that are at hand.",
)
@click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The last day of the year that the invented companies have behind them (default: today).",
)
def command(
    as_json: bool,
    port: int | None,
    postgres_port: int | None,
    data: Path | None,
    seed: int,
    size: str,
    world: str,
    today: datetime | None,
) -> None:
    """Start everything on this machine with demo companies; Ctrl-C stops it.

    With SAAS_DIRECTORY_DSN and SAAS_REDIS_URL set, those servers are used and none is started.
    """
    progress = Progress(sys.stderr if as_json else sys.stdout)
    wish = DemoWish(World(world), Size(size), seed, today.date() if today else None)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _end)
    try:
        # Looked at first: an error after a minute of seeding would be a poor joke.
        wish.companies()
        chosen = free_port(port, "the API", "--port") if port else _usual_or_free()
        with _folder(data) as folder:
            running = given_servers(folder, os.environ, tell=progress)
            if running is None:
                progress("Starting Postgres and Valkey")
                running = start_servers(folder, port=postgres_port, tell=progress)
            try:
                report = _start(running, chosen, wish, progress)
                print(report.as_json() if as_json else _page(report, running), flush=True)
                _wait()
            finally:
                running.stop()
    except _Ended:
        progress("Stopped")


def _start(running: Servers, port: int, wish: DemoWish, progress: Progress) -> DemoReport:
    folder = running.folder
    environment = settle(running, port)
    write_settings(folder.path / "settings.env", environment)
    install_demo(running, environment, progress)
    tenants = demo_tenants(running.folder, wish, progress)
    progress("Starting worker and API")
    running.supervisor.start(worker_child(for_processes(environment), folder.logs))
    running.supervisor.start(api_child(port, for_processes(environment), folder.logs))
    progress("Ready")
    url = f"http://{LOOPBACK}:{port}"
    mailbox = f"{url}/mailbox" if is_recorded() else None
    return DemoReport(url, f"{url}/graphql", os.getpid(), mailbox, None, tenants)


def _page(report: DemoReport, running: Servers) -> str:
    lines = [report.as_text()]
    users = [user for tenant in report.tenants for user in tenant.users]
    if users:
        lines += [curl(report.graphql, users[0].token), "", "It answers:", ask(report.graphql, users[0].token), ""]
    versions = ", ".join(f"{name} {version}" for name, version in running.versions.items())
    if versions:
        lines.append(f"{versions}: embedded, for demo and tests only.")
    lines.append(f"Logs: {running.folder.logs}    Commands: source {running.folder.path}/settings.env; scripts/saas …")
    return "\n".join([*lines, "Ctrl-C stops everything."])


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    """The folder to use; a temporary one is removed, but after an error not before the next start: it has the logs."""
    if data is not None:
        yield data
        return
    temporary = temporary_folder("demo")
    try:
        yield temporary
    except _Ended:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def _usual_or_free() -> int:
    return USUAL_PORT if is_free(USUAL_PORT) else any_free_port()


def _wait() -> NoReturn:
    while True:
        signal.pause()


def _end(_number: int, _frame: FrameType | None) -> None:
    # From here on we stop, in order; asking again does not make it quicker.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    raise _Ended
