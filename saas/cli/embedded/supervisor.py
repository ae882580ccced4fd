"""Keeps named processes running: started again when they die, stopped in order, gone when we are gone."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from saas.kit.errors import AtriumError, Unavailable

_LEASH = Path(__file__).with_name("leash.py")
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 10.0
_LONG_ENOUGH = 30.0  # seconds that a process must live for its next death to count as the first

Tell = Callable[[str], None]


def _silence(_: str) -> None: ...


@dataclass(frozen=True)
class Child:
    """A process to keep: what it is called, how it starts, how one sees that it works, how it is asked to stop."""

    name: str
    command: tuple[str, ...]
    log: Path
    ready: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=dict)
    uid: int | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10
    start_seconds: float = 60
    explain: Callable[[str], AtriumError | None] = lambda _: None


def leashed(command: Sequence[str], *, uid: int | None = None, on_death: signal.Signals = signal.SIGKILL) -> list[str]:
    """The command, run as user `uid` and sent `on_death` when the thread that starts it ends, however it ends."""
    leash = [
        sys.executable,
        "-I",
        "-S",
        str(_LEASH),
        str(int(on_death)),
        str(os.getpid()),
        str(-1 if uid is None else uid),
    ]
    return [*leash, *command]


class _Keeper(threading.Thread):
    """Starts one child and waits for its end, again and again.

    A thread for each child, alive as long as the child is wanted: the kernel ends a child when the thread that
    started it ends, not when the process does.
    """

    def __init__(self, child: Child, tell: Tell) -> None:
        super().__init__(name=f"keep-{child.name}", daemon=True)
        self.child, self.tell = child, tell
        self.process: subprocess.Popen[bytes] | None = None
        self._wanted = False  # until it was ready once, its death is final
        self._over = False
        self._stopping = threading.Event()
        self._lock = threading.Lock()

    def run(self) -> None:
        wait = _FIRST_WAIT
        while True:
            began = time.monotonic()
            ending = self._live_once()
            with self._lock:
                self._over = self._stopping.is_set() or not self._wanted
                if self._over:
                    return
            wait = _FIRST_WAIT if time.monotonic() - began > _LONG_ENOUGH else wait
            self.tell(f"{self.child.name} {ending}; started again in {wait:.1f} s")
            self._stopping.wait(wait)
            wait = min(wait * 2, _LONGEST_WAIT)

    def keep(self) -> bool:
        """From now on its death is not final; False where it is dead already."""
        with self._lock:
            self._wanted = not self._over
            return self._wanted

    def stop(self) -> None:
        """Ask once (Dramatiq hangs when asked twice), the leader only; end the whole group when it takes too long."""
        with self._lock:
            self._stopping.set()
            process = self.process
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(self.child.stop_signal)
        self.join(self.child.stop_seconds)
        if self.is_alive():
            self.tell(f"{self.child.name} did not stop within {self.child.stop_seconds:.0f} s and was killed")
            _end_group(process)
            self.join()

    def _live_once(self) -> str:
        """Start it, wait for its end and tell how it ended."""
        try:
            process = self._start()
        except OSError as error:  # no memory, no process id left: that may pass
            return f"could not be started ({error.strerror})"
        if process is None:
            return "was not started"
        process.wait()
        _end_group(process)
        return _cause(process.returncode)

    def _start(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._stopping.is_set():
                return None
            with self.child.log.open("ab") as log:
                self.process = subprocess.Popen(
                    leashed(self.child.command, uid=self.child.uid, on_death=self.child.stop_signal),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=dict(self.child.environment),
                    process_group=0,  # Ctrl-C at the terminal is for us: we stop the children in order
                )
            return self.process


class Supervisor:
    """The children in the order of their start; they are stopped in the opposite order."""

    def __init__(self, tell: Tell = _silence) -> None:
        self._tell = tell
        self._keepers: dict[str, _Keeper] = {}

    def start(self, child: Child) -> None:
        """Start the child and wait until it is ready; if it dies before, stop it and raise with its last words."""
        keeper = _Keeper(child, self._tell)
        written = child.log.stat().st_size if child.log.exists() else 0
        keeper.start()
        deadline = time.monotonic() + child.start_seconds
        try:
            while not child.ready():
                if not keeper.is_alive() or time.monotonic() > deadline:
                    raise _failure(child, written, died=not keeper.is_alive())
                time.sleep(0.02)
            if not keeper.keep():  # somebody else answered for it
                raise _failure(child, written, died=True)
        except BaseException:
            keeper.stop()
            raise
        self._keepers[child.name] = keeper

    def pid(self, name: str) -> int:
        """The process id of the child as it runs now; it changes when the child is started again."""
        process = self._keepers[name].process
        return process.pid if process else 0

    def names(self) -> list[str]:
        return list(self._keepers)

    def stop(self) -> None:
        """Stop all children, the last started first. Harmless when repeated."""
        while self._keepers:
            _, keeper = self._keepers.popitem()
            keeper.stop()


def last_words(log: Path, offset: int = 0, lines: int = 5) -> str:
    """The end of a log, written since `offset`."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(offset)
        text = file.read().decode(errors="replace")
    return "\n".join(text.strip().splitlines()[-lines:])


def _failure(child: Child, written: int, *, died: bool) -> AtriumError:
    words = last_words(child.log, written)
    known = child.explain(words)
    if known is not None:
        return known
    what = "ended before it was ready" if died else f"was not ready after {child.start_seconds:.0f} s"
    return Unavailable(f"{child.name} {what}. Its last words:\n{words}\n", remedy=f"The whole log: {child.log}.")


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Whatever the process left behind in its group ends with it."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _cause(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
