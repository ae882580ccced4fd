"""Who used how much CPU: the API processes and the backends of Postgres that worked for them, to the nanosecond."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

_TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cpu:
    """Milliseconds of the API and of Postgres."""

    api: float
    postgres: float

    @property
    def total(self) -> float:
        return self.api + self.postgres

    def each(self, count: int) -> "Cpu":
        """Of one request."""
        return Cpu(self.api / count, self.postgres / count)


@dataclass(frozen=True, slots=True)
class Sample:
    """What had been used up to a moment: by the API, by each of its backends, and by those that had ended."""

    api: float
    backends: dict[int, float]
    ended: float

    def until(self, later: "Sample") -> Cpu:
        """What was used between this one and a later one.

        A backend that ended meanwhile, such as a parallel worker, has left all of its time to the postmaster.
        """
        working = sum(later.backends.values()) - sum(self.backends.values())
        return Cpu(later.api - self.api, working + later.ended - self.ended)


class Meter:
    """Reads what one server used; `is_floor` tells which of the cell's and the directory's backends are its own."""

    def __init__(self, admin: psycopg.Connection[Any], postmaster: int, process: int, *, is_floor: bool) -> None:
        self._admin, self._postmaster, self._process, self._is_floor = admin, postmaster, process, is_floor

    def sample(self) -> Sample:
        """Up to now."""
        backends = self._admin.execute(
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            " AND (application_name = 'bench-floor') = %s",
            [self._is_floor],
        ).fetchall()
        used = {pid: cpu_ms(pid) for (pid,) in backends}
        return Sample(sum(cpu_ms(pid) for pid in family(self._process)), used, _of_children(self._postmaster))


def cpu_ms(pid: int) -> float:
    """What all threads of a process have used; exact, where the ticks of `stat` are 10 ms."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e6


def family(pid: int) -> list[int]:
    """The process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(int(child) for child in children)]


def _of_children(pid: int) -> float:
    """What children that have ended had used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) * _TICK_MS
