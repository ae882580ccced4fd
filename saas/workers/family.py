"""Several worker processes under one parent, which starts a lost one anew and passes the signal to end on."""

import os
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType

from saas.kit.log import logger

log = logger(__name__)
_PAUSE = 1.0  # seconds before a lost process is replaced, so that a fault at start does not burn the machine


class Family:
    """The parent works itself only in keeping its children at work."""

    def __init__(self, size: int, work: Callable[[], None]) -> None:
        self._size = size
        self._work = work
        self._children: set[int] = set()
        self._ending = False

    def live(self) -> None:
        """Until SIGTERM or SIGINT reached every child and every child has ended."""
        signal.signal(signal.SIGTERM, self._end)
        signal.signal(signal.SIGINT, self._end)
        for _ in range(self._size):
            self._bear()
        while self._children:
            child, status = os.wait()
            self._children.discard(child)
            if not self._ending:
                log.error("worker process lost", pid=child, exit=os.waitstatus_to_exitcode(status))
                time.sleep(_PAUSE)
            if not self._ending:
                self._bear()

    def _bear(self) -> None:
        child = os.fork()
        if child:
            self._children.add(child)
            if self._ending:  # the signal came while we forked
                os.kill(child, signal.SIGTERM)
            return
        try:
            self._work()
        except BaseException:
            log.error("worker process failed", exc_info=True)
            os._exit(1)
        sys.stdout.flush()
        os._exit(0)

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self._ending = True
        for child in list(self._children):
            os.kill(child, signal.SIGTERM)
