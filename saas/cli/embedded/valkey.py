"""The embedded Valkey, which speaks Redis: carries the jobs, on a port of the loopback, behind a password."""

import socket
from pathlib import Path

from saas.cli.embedded.folder import DataFolder, disk_full
from saas.cli.embedded.ports import LOOPBACK, port_in_use
from saas.cli.embedded.postgres import environment
from saas.cli.embedded.supervisor import Child
from saas.kit.errors import AtriumError


def prepare_valkey(folder: DataFolder, port: int, password: str, *, durable: bool) -> None:
    """Write its configuration: into a file, as a password on the command line is for everybody to read."""
    configuration = _configuration(folder)
    configuration.touch(mode=0o600)
    configuration.write_text(
        f"""bind {LOOPBACK}
port {port}
requirepass {password}
dir "{folder.valkey}"
pidfile "{folder.valkey / "valkey.pid"}"
set-proc-title no
appendonly {"yes" if durable else "no"}
maxmemory-policy noeviction
save ""
"""
    )


def valkey_child(folder: DataFolder, program: Path, port: int, password: str) -> Child:
    """The server, as a process to keep."""

    def explain(words: str) -> AtriumError | None:
        if "Address already in use" in words:
            return port_in_use(port, "Valkey", "--valkey-port")
        return disk_full(folder.valkey) if "No space left on device" in words else None

    return Child(
        name="valkey",
        command=(str(program), str(_configuration(folder))),
        log=folder.logs / "valkey.log",
        ready=lambda: answers(port, password),
        environment=environment(),
        explain=explain,
    )


def redis_url(port: int, password: str) -> str:
    return f"redis://:{password}@{LOOPBACK}:{port}/0"


def answers(port: int, password: str) -> bool:
    """Whether the server is there, knows the password and has loaded its data."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=2) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            said = b""
            while said.count(b"\r\n") < 2 and (more := connection.recv(256)):
                said += more
            return said == b"+OK\r\n+PONG\r\n"
    except OSError:
        return False


def _configuration(folder: DataFolder) -> Path:
    return folder.valkey / "valkey.conf"
