"""How far a demo is, for whoever started it: lines with the seconds since the start, and a bar for what takes long."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TextIO

WIDTH = 30  # signs of a whole bar
_EVERY = 10.0  # seconds between two lines where there is no terminal
_LEFT = "·"


@dataclass
class Progress:
    """Writes to `to`; on a terminal the bar stays in the last line, below what is told meanwhile."""

    to: TextIO
    now: Callable[[], float] = time.monotonic
    _began: float = field(init=False)
    _bar: str = field(init=False, default="")

    def __post_init__(self) -> None:
        self._began = self.now()

    def __call__(self, text: str) -> None:
        wiped = f"\r{' ' * len(self._bar)}\r" if self._bar else ""
        self._put(f"{wiped}{self._stamp()}{text}\n{self._bar}")

    def bar(self, of: str, total: int) -> "Bar":
        """A bar that is full when so many of them are there."""
        return Bar(self, of, total)

    def show(self, bar: str) -> None:
        """Put a bar in place of the one that stands there; an empty one takes it away."""
        wiped = " " * max(0, len(self._bar) - len(bar))
        self._bar = bar
        self._put(f"\r{bar}{wiped}\r" if not bar else f"\r{bar}{wiped}")

    def is_terminal(self) -> bool:
        return self.to.isatty()

    def _stamp(self) -> str:
        return f"{self.now() - self._began:6.1f} s  "

    def _put(self, text: str) -> None:
        # Whoever read this may have gone (`| head`); that is no reason to stop keeping things running.
        with suppress(OSError):
            self.to.write(text)
            self.to.flush()


@dataclass
class Bar:
    """How many of `total` are there, how many records a second that took, and how long the rest will take."""

    progress: Progress
    of: str
    total: int
    done: int = 0
    records: int = 0
    _began: float = field(init=False)
    _told: float = field(init=False)

    def __post_init__(self) -> None:
        self._began = self._told = self.progress.now()

    def __call__(self, done: int, records: int) -> None:
        """So many more are there."""
        self.done += done
        self.records += records
        moment = self.progress.now()
        if self.progress.is_terminal():
            self.progress.show("" if self.done >= self.total else self._line(moment))
        elif moment - self._told >= _EVERY and self.done < self.total:
            self._told = moment
            self.progress(self._figures(moment))

    def _line(self, moment: float) -> str:
        full = WIDTH * self.done // self.total
        return f"[{'#' * full}{_LEFT * (WIDTH - full)}] {self._figures(moment)}"

    def _figures(self, moment: float) -> str:
        seconds = max(moment - self._began, 0.001)
        left = round(seconds * (self.total - self.done) / max(self.done, 1))
        share = 100 * self.done // self.total
        rate = f"{self.records / seconds:,.0f} records/s"
        return f"{self.done:,} of {self.total:,} {self.of} ({share} %), {rate}, {left // 60}:{left % 60:02} left"
