"""The API processes under one parent: forked when everything is loaded, replaced when lost, ended together."""

import ctypes
import gc
import os
import signal
import time
from collections.abc import Callable
from types import FrameType

from saas.kit import log, metrics

_log = log.logger(__name__)
SOON = 2.0  # seconds; a process that lived shorter is replaced only after a pause, so that a fault burns no machine
PAUSE = 1.0
LAST_WORD = 30.0  # seconds after which a process that does not end is ended
PR_SET_PDEATHSIG = 1
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Crew:
    """The parent serves nothing itself; it keeps `size` children at work."""

    def __init__(self, size: int, work: Callable[[], None]) -> None:
        self._size = size
        self._work = work
        self._born: dict[int, float] = {}
        self._parent = os.getpid()
        self._ending_since: float | None = None

    def live(self) -> None:
        """Until SIGTERM or SIGINT came and every child has ended."""
        # What is loaded now is shared by all children: the collector must not touch, and so copy, its pages.
        gc.collect()
        gc.freeze()
        # The signals are waited for instead of handled: none can be lost between two steps.
        signal.pthread_sigmask(signal.SIG_BLOCK, {*_SIGNALS, signal.SIGCHLD})
        for _ in range(self._size):
            self._bear()
        while self._born:
            received = signal.sigtimedwait({*_SIGNALS, signal.SIGCHLD}, 1.0)
            if received is not None and received.si_signo in _SIGNALS and self._ending_since is None:
                self._ending_since = time.monotonic()
                self._tell(signal.SIGTERM)
            self._bury()
            if self._ending_since is not None and time.monotonic() - self._ending_since > LAST_WORD:
                self._tell(signal.SIGKILL)

    def _bear(self) -> None:
        child = os.fork()
        if child:
            self._born[child] = time.monotonic()
            return
        code = 1
        try:
            _die_with(self._parent)
            signal.signal(signal.SIGTERM, leave)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {*_SIGNALS, signal.SIGCHLD})
            self._work()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        except KeyboardInterrupt:
            code = 0
        except BaseException as error:  # noqa: BLE001  # the child must end here and never go on as a second parent
            _log.error("api process failed", exc_info=error)
        finally:
            os._exit(code)

    def _bury(self) -> None:
        while self._born:
            child, status = os.waitpid(-1, os.WNOHANG)
            if not child:
                return
            lived = time.monotonic() - self._born.pop(child)
            metrics.process_ended(child)
            if self._ending_since is None:
                _log.error("api process lost", pid=child, exit=os.waitstatus_to_exitcode(status))
                if lived < SOON:
                    time.sleep(PAUSE)
                self._bear()

    def _tell(self, what: signal.Signals) -> None:
        for child in self._born:
            os.kill(child, what)


def leave(_number: int, _frame: FrameType | None) -> None:
    """A handler: end in good order."""
    raise SystemExit(0)


def _die_with(parent: int) -> None:
    """If the parent is killed, its children go too; a server without a parent would hold the port for ever."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:  # it was gone before we asked
        raise SystemExit(1)
