"""The source of `jobChanged`: how jobs stand, then each change of that, and that they are no longer there.

The cursor is what was told last of each: whoever goes on after it is told what differs by now, ends too.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa

from saas.engine.job_sight import asked_by, in_sight, seen
from saas.engine.jobs import job_table
from saas.engine.live.source import Event, Reading
from saas.engine.scope import Scope
from saas.engine.selection import Picked
from saas.kit import ids
from saas.kit.errors import BadInput, NotFound

NEWEST = 200  # of one's own that are looked at, besides those that were told before
MOST = 1_000  # that are kept in mind
_PRINT = 6  # bytes that tell how a job stands
_GONE = bytes(_PRINT)
Known = Mapping[UUID, bytes]


@dataclass(frozen=True, slots=True)
class JobChanges:
    """Changes of one job in sight, or of all that the actor asked for."""

    id: UUID | None = None

    @property
    def wakes(self) -> None:
        return None

    def begin(self, scope: Scope, after: str | None) -> str:
        if self.id is not None:
            self._check(scope, self.id)
        return _written(_read(after or ""))

    def read(self, scope: Scope, cursor: str, _picked: Sequence[Picked], _until: int) -> Reading:
        known = _read(cursor)
        rows = {row.id: row for row in scope.session.execute(self._asked(scope, known))}
        now = {id_: _print(row) for id_, row in rows.items()}
        wanted = known if self.id is None else {self.id: known.get(self.id, b"")}
        ended = [id_ for id_, told in wanted.items() if id_ not in now and told != _GONE]
        events: list[Event] = [
            {"id": str(row.id), "job": seen(scope, row)} for id_, row in rows.items() if known.get(id_) != now[id_]
        ]
        events += [{"id": str(id_), "job": None} for id_ in ended]
        if self.id is not None and self.id not in now:
            now = {self.id: _GONE}
        return Reading(events, _written(now))

    def _asked(self, scope: Scope, known: Known) -> sa.Select[Any]:
        every = sa.select(job_table).where(in_sight(scope)).order_by(job_table.c.id)
        if self.id is not None:
            return every.where(job_table.c.id == self.id)
        mine = sa.and_(in_sight(scope), asked_by(scope))
        newest = sa.select(job_table.c.id).where(mine).order_by(job_table.c.id.desc()).limit(NEWEST)
        told = sa.select(sa.func.unnest(sa.cast(list(known), sa.ARRAY(sa.Uuid()))))
        looked_at = sa.union(sa.select(newest.subquery().c.id), told)  # by their ids: there may be very many others
        return every.where(asked_by(scope), job_table.c.id.in_(looked_at))

    def _check(self, scope: Scope, id_: UUID) -> None:
        """NotFound for the job of another; one that is no longer there may have been anybody's."""
        found = sa.select(job_table.c.id, in_sight(scope).label("sees")).where(job_table.c.id == id_)
        row = scope.session.execute(found).one_or_none()
        if ids.code_of(id_) != ids.JOB or (row is not None and not row.sees):
            raise NotFound("There is no such job in your sight.")


def _print(row: sa.Row[Any]) -> bytes:
    """What differs where something is to be told."""
    stands = [
        row.holder is not None,
        row.dead_at,
        row.attempts,
        row.cancel_at is not None,
        row.progress,
        row.last_error,
    ]
    return hashlib.sha256(orjson.dumps(stands)).digest()[:_PRINT]


def _written(known: Known) -> str:
    newest = sorted(known.items())[-MOST:]
    return base64.urlsafe_b64encode(b"".join(id_.bytes + told for id_, told in newest)).decode()


def _read(cursor: str) -> dict[UUID, bytes]:
    try:
        told = base64.urlsafe_b64decode(cursor)
    except (ValueError, binascii.Error):
        told = b"?"
    size = 16 + _PRINT
    if len(told) % size or len(told) > MOST * size:
        raise BadInput("This cursor does not belong to this list.", path=("after",))
    pieces = [told[start : start + size] for start in range(0, len(told), size)]
    return {UUID(bytes=piece[:16]): piece[16:] for piece in pieces}
