"""The whole application behind a real server, for programs that are not ours."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from saas.app import create_app
from tests.tenants.place import until


@contextmanager
def serving() -> Iterator[str]:
    """The address of the whole application behind a real server."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(), log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        until(lambda: server.started, "the server serves")
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()
