"""`saas serve`: the API, in as many processes as asked for, all forked from one that has everything loaded."""

import errno
import fcntl
import gc
import os
import shutil
import signal
import socket
import sys
import tempfile
from pathlib import Path

import click
import uvicorn

from saas.cli.same_servers import warn_of_other_servers
from saas.cli.serve_processes import Crew, leave
from saas.kit import log, metrics
from saas.kit.errors import Conflict, Unavailable
from saas.kit.settings import settings

_log = log.logger(__name__)
BACKLOG = 2048
SWITCH = 0.0005  # seconds; a thread that compiles a new query must not hold up the event loop for the usual 5 ms
DRAIN_SECONDS = 25  # after SIGTERM, for answers that are under way; less than the 30 s that orchestrators wait


@click.command(name="serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="Port; 0: any free one.")
@click.option("--processes", type=click.IntRange(1, 64), default=1, show_default=True, help="API processes.")
def command(host: str, port: int, processes: int) -> None:
    """Run the API until SIGTERM; requests under way are finished."""
    log.set_up(form=settings().log_format, level=settings().log_level)
    sys.setswitchinterval(SWITCH)
    listener = _listen(host, port)
    warn_of_other_servers()
    address = f"http://{host}:{listener.getsockname()[1]}"
    if processes == 1:
        server = _server()
        _log.info("serving", url=address, processes=1)
        signal.signal(signal.SIGTERM, leave)  # what the server hands the signal on to when it is done
        gc.collect()
        gc.freeze()  # the schema stays: the collector need not go through it again and again
        server.run([listener])
        return
    figures = _folder_of_figures()
    metrics.share(figures)
    try:
        server = _server()
        _log.info("serving", url=address, processes=processes)
        Crew(processes, lambda: server.run([listener])).live()
    finally:
        shutil.rmtree(figures, ignore_errors=True)


def _folder_of_figures() -> Path:
    """A fresh folder for the figures of this crew, locked while any of it lives; what killed ones left is removed."""
    above = Path(metrics.folder_in_memory() or tempfile.gettempdir())
    for lock in above.glob("atrium-metrics-*/lock"):
        if lock.stat().st_uid == os.geteuid() and _locked(lock) is not None:
            shutil.rmtree(lock.parent, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix="atrium-metrics-", dir=above))
    _locked(made / "lock")
    return made


def _locked(file: Path) -> int | None:
    """The open lock, None where somebody holds it."""
    opened = os.open(file, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(opened)
        return None
    return opened


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens before anything slow is done: whoever takes the port first has it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except (OSError, UnicodeError) as error:
        listener.close()
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        is_taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        raise (Conflict if is_taken else Unavailable)(
            f"Cannot listen on {host}:{port}: {reason}.",
            remedy="Choose another with --port, or stop the program that has it.",
        ) from None
    listener.set_inheritable(True)
    return listener


def _server() -> uvicorn.Server:
    """The server with the application in it; the schema is built here, once, before any fork."""
    # Read here: `saas serve --help` and a taken port need none of it.
    from saas.app import create_app, end_live
    from saas.cli.server import Server, config_for

    config = config_for(
        create_app(),
        lifespan="on",
        proxy_headers=bool(settings().proxies),
        forwarded_allow_ips=settings().proxies or None,
        backlog=BACKLOG,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    config.load()
    return Server(config, end_live)
