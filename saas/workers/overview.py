"""Jobs of all tenants of all cells, as an operator sees them: listed, looked at, tried anew, dropped."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.job_standing import JobState
from saas.kit.errors import NotFound
from saas.workers.leases import run

_STATE = (
    "CASE WHEN dead_at IS NOT NULL THEN 'dead' WHEN holder IS NOT NULL AND lease_until IS NOT NULL THEN 'running'"
    " ELSE 'queued' END"
)
_CHOSEN = f"""
    (CAST(:tenant AS uuid) IS NULL OR tenant_id = :tenant) AND (CAST(:task AS text) IS NULL OR task = :task)
    AND (CAST(:queue AS text) IS NULL OR queue = :queue) AND (CAST(:state AS text) IS NULL OR {_STATE} = :state)
    AND (CAST(:id AS uuid) IS NULL OR id = :id)
"""

_LIST = sa.text(f"""
    SELECT id, tenant_id, task, kind, queue, key, {_STATE} AS state, actor_id, created_at, run_at, attempts,
           max_attempts, holder, lease_until, dead_at, last_error, payload, checkpoint, progress, trace
    FROM platform.job WHERE {_CHOSEN} ORDER BY coalesce(dead_at, run_at), id LIMIT :most
""")  # noqa: S608  # constants

_RETRY = sa.text(f"""
    UPDATE platform.job SET
        dead_at = NULL, attempts = 0, run_at = now(), ripe = true, holder = NULL, lease_until = NULL, cancel_at = NULL
    WHERE dead_at IS NOT NULL AND {_CHOSEN} RETURNING id
""")  # noqa: S608  # constants

# A long one writes its end before it goes, unless it died at that: what it works at would stay begun for ever.
_DROP = sa.text(f"""
    WITH ends AS (
        UPDATE platform.job SET
            dead_at = NULL, attempts = 0, run_at = now(), ripe = true, holder = NULL, lease_until = NULL,
            cancel_at = now()
        WHERE dead_at IS NOT NULL AND kind = 'long' AND cancel_at IS NULL AND {_CHOSEN} RETURNING id
    ), gone AS (
        DELETE FROM platform.job
        WHERE dead_at IS NOT NULL AND NOT (kind = 'long' AND cancel_at IS NULL) AND {_CHOSEN} RETURNING id
    )
    SELECT id FROM ends UNION ALL SELECT id FROM gone
""")  # noqa: S608  # constants


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which jobs are meant: those of which all that is said is true."""

    id: UUID | None = None
    tenant: UUID | None = None
    task: str | None = None
    queue: str | None = None
    state: JobState | None = None

    def values(self) -> dict[str, Any]:
        """As the statements take it."""
        state = None if self.state is None else self.state.value
        return {"id": self.id, "tenant": self.tenant, "task": self.task, "queue": self.queue, "state": state}


@dataclass(frozen=True, slots=True)
class Seen:
    """A job as it stands in its cell."""

    cell: str
    id: UUID
    tenant_id: UUID
    task: str
    kind: str
    queue: str
    key: str | None
    state: JobState
    actor_id: UUID | None
    created_at: datetime
    run_at: datetime
    attempts: int
    max_attempts: int
    holder: str | None
    lease_until: datetime | None
    dead_at: datetime | None
    last_error: str | None
    payload: dict[str, Any]
    checkpoint: dict[str, Any] | None
    progress: dict[str, Any] | None
    trace: str | None


def listed(cells: Mapping[str, sa.Engine], choice: Choice, most: int) -> list[Seen]:
    """The chosen jobs, cell by cell, those first that are due or dead for longest; at most so many of each cell."""
    return [
        Seen(cell=name, **(row | {"state": JobState(row["state"])}))
        for name, cell in sorted(cells.items())
        for row in run(cell, _LIST, **choice.values(), most=most)
    ]


def job_at(cells: Mapping[str, sa.Engine], id: UUID) -> Seen:
    """The job with this id, in whichever cell; NotFound where there is none."""
    found = listed(cells, Choice(id=id), 1)
    if not found:
        raise NotFound(f"There is no job {id}.", remedy="One that ended well is gone; `saas jobs list` shows the rest.")
    return found[0]


def retried(cells: Mapping[str, sa.Engine], choice: Choice) -> list[UUID]:
    """Have the dead ones of the chosen jobs tried anew, with all their attempts; which they were."""
    return [row["id"] for cell in cells.values() for row in run(cell, _RETRY, **choice.values())]


def dropped(cells: Mapping[str, sa.Engine], choice: Choice) -> list[UUID]:
    """Take away the dead ones of the chosen jobs, which are then never done; which they were."""
    return [row["id"] for cell in cells.values() for row in run(cell, _DROP, **choice.values())]
