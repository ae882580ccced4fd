"""Ports on this machine: which are free, and who may have them."""

import socket
import time

from saas.kit.errors import Conflict

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    with socket.socket() as attempt:
        # As servers do: the remains of closed connections do not count as use.
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def any_free_port() -> int:
    with socket.socket() as attempt:
        attempt.bind((LOOPBACK, 0))
        port: int = attempt.getsockname()[1]
        return port


def free_port(wanted: int | None, what: str, option: str) -> int:
    """The port that was asked for, or any; Conflict where the one asked for stays in use."""
    if wanted is None:
        return any_free_port()
    # A server that is just going down, of the run before, gets a moment.
    deadline = time.monotonic() + 3
    while not is_free(wanted):
        if time.monotonic() > deadline:
            raise port_in_use(wanted, what, option)
        time.sleep(0.05)
    return wanted


def port_in_use(port: int, what: str, option: str) -> Conflict:
    return Conflict(
        f"Port {port} on {LOOPBACK}, which {what} was to listen on, is in use by another program.",
        remedy=f"Stop that program, or choose another port with {option}, or leave {option} out.",
    )
