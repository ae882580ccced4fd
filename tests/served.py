"""The whole application behind a real server, for programs that are no Python."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from saas.app import create_app, end_live
from saas.cli.server import Server, config_for
from saas.schema.live import hub, vigil
from saas.schema.threads import threads
from tests.tenants.place import until, with_settings


@contextmanager
def serving(public: str | None = None) -> Iterator[str]:
    """The address of the application, which knows it as its own; `public`: it thinks that it is there instead."""
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with with_settings(SAAS_PUBLIC_URL=public or url):
        server = Server(config_for(create_app(), lifespan="off"), end_live)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            until(lambda: server.started, "the server serves")
            yield url
        finally:
            server.should_exit = True
            thread.join(20)
            listener.close()
            for pool in (threads(), hub._threads(), vigil._thread()):
                rest(pool)


def rest(pool: ThreadPoolExecutor) -> None:
    """Wait for what its threads still do for those who have left: it needs the databases of these settings."""
    size = pool._max_workers
    barrier = threading.Barrier(size)
    list(pool.map(lambda _: barrier.wait(40), range(size)))
