"""Servers of the run before, which may still be going down when the next run comes."""

import os
import time
from pathlib import Path

from saas.kit.errors import Conflict

_PROCESSES = Path("/proc")


def await_end(folder: Path, pid_file: str, seconds: float = 30) -> None:
    """Wait until no server works in `folder` any more, nor a process of its: they all have it as their own folder."""
    deadline = time.monotonic() + seconds
    noted = folder / pid_file
    while pids := _working_in(folder, noted):
        if time.monotonic() > deadline:
            who = " ".join(map(str, pids))
            raise Conflict(f"Processes of an earlier run still use {folder}: {who}.", remedy=f"End them: kill {who}")
        time.sleep(0.05)
    pid = _pid_in(noted)
    if pid is not None and _runs(pid):
        # The server was killed and its id went to another process: Postgres would refuse to start for that.
        noted.unlink()


def _working_in(folder: Path, noted: Path) -> list[int]:
    if not (_PROCESSES / "self").exists():
        # A bare chroot shows no processes: then the one that is noted must be believed to be ours.
        pid = _pid_in(noted)
        return [pid] if pid is not None and _runs(pid) else []
    found = []
    for process in _PROCESSES.iterdir():
        if process.name.isdigit():
            try:
                works_here = (process / "cwd").readlink() == folder
            except OSError:
                continue  # it ended meanwhile, or is somebody else's
            if works_here:
                found.append(int(process.name))
    return found


def _pid_in(noted: Path) -> int | None:
    try:
        first = noted.read_text().split("\n", 1)[0].strip()
    except OSError:
        return None
    return int(first) if first.isdigit() else None


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except ProcessLookupError:
        return False
    return True
