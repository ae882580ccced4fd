"""Who looks for viruses in files: clamd over its socket, or a command that gets the file on its standard input."""

import shlex
import socket
import subprocess
from collections.abc import Iterator
from typing import Protocol

from saas.kit.errors import Unavailable
from saas.kit.settings import settings

_PATIENCE = 60  # seconds for each answer of clamd
_LONGEST = 600  # seconds for a command


class Scanner(Protocol):
    """Looks at contents."""

    def verdict(self, pieces: Iterator[bytes]) -> str | None:
        """What was found, or None where it is clean; Unavailable where nobody can tell."""


class Clamd:
    """clamd, at `HOST:PORT` or at the path of its socket."""

    def __init__(self, place: str) -> None:
        self._place = place

    def verdict(self, pieces: Iterator[bytes]) -> str | None:
        try:
            with self._connected() as clamd:
                clamd.sendall(b"zINSTREAM\0")
                for piece in pieces:
                    clamd.sendall(len(piece).to_bytes(4, "big") + piece)
                clamd.sendall(bytes(4))
                told = b""
                while more := clamd.recv(4096):
                    told += more
        except OSError as error:
            raise _nobody(type(error).__name__) from error
        answer = told.rstrip(b"\0\n").decode("utf-8", "replace").removeprefix("stream: ")
        if answer == "OK":
            return None
        if answer.endswith(" FOUND"):
            return answer.removesuffix(" FOUND")
        raise _nobody("an answer that is neither OK nor FOUND")

    def _connected(self) -> socket.socket:
        if self._place.startswith("/"):
            clamd = socket.socket(socket.AF_UNIX)
            clamd.settimeout(_PATIENCE)
            clamd.connect(self._place)
            return clamd
        host, _, port = self._place.rpartition(":")
        return socket.create_connection((host, int(port)), timeout=_PATIENCE)


class Command:
    """A command that ends with 0 where the file is clean and with 1 where it is not, as clamscan does."""

    def __init__(self, command: str) -> None:
        self._command = shlex.split(command)

    def verdict(self, pieces: Iterator[bytes]) -> str | None:
        try:
            process = subprocess.Popen(  # noqa: S603  # the operator's own command, without a shell
                self._command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        except OSError as error:
            raise _nobody(type(error).__name__) from error
        try:
            read_all = _fed(process, pieces)
            code = process.wait(_LONGEST)
        except subprocess.TimeoutExpired as error:
            raise _nobody("the command does not end") from error
        finally:
            process.kill()
            process.wait()
        if code == 1:
            return "a virus"
        if code or not read_all:
            raise _nobody(f"the command ended with {code}")
        return None


def _fed(process: "subprocess.Popen[bytes]", pieces: Iterator[bytes]) -> bool:
    """Whether the command read all; one that has found something need not."""
    if process.stdin is None:
        return False
    try:
        with process.stdin as into:
            for piece in pieces:
                into.write(piece)
    except OSError:
        return False
    return True


def _nobody(reason: str) -> Unavailable:
    return Unavailable(f"Nobody can look for viruses: {reason}.", remedy="Check SAAS_SCANNER; it is tried again.")


def scanner() -> Scanner | None:
    """Who looks, as the settings say; None: nobody."""
    named = settings().scanner
    if not named:
        return None
    return Clamd(named.removeprefix("clamd:")) if named.startswith("clamd:") else Command(named)
