"""Whether everything that this installation needs answers: databases, roles, Redis, workers, schema versions."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from saas.gateways.heartbeat import Heartbeat, broken_by_name, worker_heartbeats
from saas.kit import clock, report
from saas.kit.errors import AtriumError
from saas.tenants.branches import DIRECTORY, PLATFORM, Branch, head
from saas.tenants.health import check_roles, directory_revision, platform_revision, tenants_behind
from saas.tenants.install import cells
from saas.tenants.installation import installation
from saas.web.check import Check, State
from saas.web.worker_checks import check_workers

Seen = TypeVar("Seen")
KEPT = 2.0  # seconds for which an answer is good, so that nobody wears out the databases by asking


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen, and when the look began: nothing that happened since is in it."""

    checks: dict[str, Check]
    at: datetime


class Readiness:
    """Looks at everything, at most once in two seconds, however many ask."""

    def __init__(self, kept: float = KEPT) -> None:
        self._kept = kept
        self._lock = threading.Lock()
        self._last: Look | None = None
        self._ended = 0.0

    def look(self) -> Look:
        with self._lock:
            if self._last is None or time.monotonic() - self._ended > self._kept:
                began = clock.now()
                self._last = Look(_checks(), began)
                self._ended = time.monotonic()
            return self._last


def _checks() -> dict[str, Check]:
    checks: dict[str, Check] = {}
    names = _try(checks, "directory", cells) or []
    _look_at_revision(checks, "directory", DIRECTORY, directory_revision)
    behind = _try(checks, "schema", tenants_behind)
    if behind is not None:
        checks["schema"] = _schema(len(behind))
    _look_at_cells(checks, names)
    workers = _try(checks, "redis", worker_heartbeats)
    ours = _try({}, "directory", installation)
    if workers is not None:
        answering = [name for name in names if checks[f"cell {name}"].state is not State.FAILED]
        checks |= check_workers(workers, answering, ours or "")
        checks["invariants"] = _invariants(workers)
    return checks


def _try(checks: dict[str, Check], name: str, look: Callable[[], Seen]) -> Seen | None:
    """What was seen; where it cannot be seen, the check has failed and says why."""
    try:
        seen = look()
    except AtriumError as error:
        checks[name] = Check(State.FAILED, str(error))
        return None
    except Exception as error:  # noqa: BLE001  # whatever is wrong, the other checks are still wanted
        report.capture(error)
        checks[name] = Check(State.FAILED, "An unexpected error; the log has the rest.")
        return None
    checks[name] = Check()
    return seen


def _schema(behind: int) -> Check:
    figures: dict[str, object] = {"version": head(), "tenantsBehind": behind}
    if not behind:
        return Check(figures=figures)
    said = f"{behind} tenants are refused until they are migrated. Run `saas tenant migrate`."
    return Check(State.WARNING, said, figures)


def _look_at_revision(checks: dict[str, Check], name: str, branch: Branch, look: Callable[[], int]) -> None:
    """Add to a check that went well which revision is there, and a warning where the program wants another."""
    if checks[name].state is not State.OK:
        return
    revision = _try(checks, name, look)
    if revision is None:
        return
    figures: dict[str, object] = {"revision": revision}
    if revision < branch.head:
        said = f"Its tables are at revision {revision}, the program wants {branch.head}. Run `saas tenant migrate`."
        checks[name] = Check(State.WARNING, said, figures)
    else:
        checks[name] = Check(figures=figures)


def _look_at_cells(checks: dict[str, Check], names: list[str]) -> None:
    wrong: list[str] = []
    for name in names:
        seen = _try(checks, f"cell {name}", partial(check_roles, name))
        wrong += seen or []
        _look_at_revision(checks, f"cell {name}", PLATFORM, partial(platform_revision, name))
    checks["roles"] = Check(State.FAILED, " ".join(wrong)) if wrong else Check()
    if not names and checks["directory"].state is State.OK:
        checks["cells"] = Check(State.WARNING, "There is no cell yet. Run `saas install`.")


def _invariants(alive: list[Heartbeat]) -> Check:
    broken = broken_by_name(alive)
    if not broken:
        return Check(figures={"broken": 0})
    said = (
        f"Data is not as it must be: {', '.join(sorted(broken))}. `saas invariants list` tells where, and the remedy."
    )
    return Check(State.WARNING, said, {"broken": sum(broken.values())})
