"""How many bytes and files a tenant keeps, and how many it may keep; counted exactly, however many send at a time.

What is still free is dealt out to some slots. Whoever announces a file takes from one that nobody else holds, so
uploads do not wait for each other; no slot ever gives more than its share, so all together never give more than is
allowed. Only where no slot has room, which is near the end, all of them are held for a moment, added up, and what is
left is dealt out anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from saas.engine.customised import Customised, customisation_changed
from saas.engine.file_tables import SLOTS, file_limit, file_use
from saas.engine.file_tables import file as file_table
from saas.engine.problem import Problem, ProblemCode
from saas.engine.scope import Scope
from saas.engine.stored_file import FileState
from saas.kit.settings import settings

GIB = 1024**3
_slot = file_use.c


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that a tenant may keep; None: what the operator's settings say."""

    bytes: int | None = None
    files: int | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What a tenant keeps, and the most that it may keep."""

    bytes: int
    files: int
    most_bytes: int
    most_files: int


def _own(session: Session) -> Limits:
    row = session.execute(sa.select(file_limit.c.bytes, file_limit.c.files)).first()
    return Limits() if row is None else Limits(row.bytes, row.files)


_limits = Customised(_own)


def own_limits(scope: Scope) -> Limits:
    """What was set for this tenant."""
    return _limits.of(scope)


def set_limits(scope: Scope, limits: Limits) -> None:
    """Set them, for whatever is announced from now on; what is there already stays."""
    scope.session.execute(sa.delete(file_limit))
    scope.session.execute(sa.insert(file_limit).values(number=1, bytes=limits.bytes, files=limits.files))
    customisation_changed(scope)


def usage(scope: Scope) -> Usage:
    """What the tenant keeps at this moment."""
    most = _most(scope)
    row = scope.session.execute(_sums()).one()
    return Usage(int(row.bytes), int(row.files), most["bytes"], most["files"])


def take(scope: Scope, size: int) -> Problem | None:
    """Count a file of this size that is announced; why not, where that is more than the tenant may keep."""
    most = _most(scope)
    if _from_one_slot(scope, size, most):
        return None
    used = _hold_all(scope)
    if used["bytes"] + size > most["bytes"] or used["files"] + 1 > most["files"]:
        return _full(used, most, size)
    _deal_out(scope, {"bytes": used["bytes"] + size, "files": used["files"] + 1}, most)
    return None


def take_anyway(scope: Scope, size: int) -> None:
    """Count a file that the program made: it is there, whatever is allowed, and others find less room."""
    most = _most(scope)
    if not _from_one_slot(scope, size, most):
        used = _hold_all(scope)
        _deal_out(scope, {"bytes": used["bytes"] + size, "files": used["files"] + 1}, most)


def give_back(scope: Scope, size: int, files: int) -> None:
    """Count so many bytes and files less, in whichever slot is free."""
    free = sa.select(_slot.number).order_by(_slot.number).limit(1).with_for_update(skip_locked=True).scalar_subquery()
    less = sa.update(file_use).values(bytes=_slot.bytes - size, files=_slot.files - files)
    if scope.session.execute(less.where(_slot.number == free).returning(_slot.number)).first() is None:
        scope.session.execute(less.where(_slot.number == 0))


def recount(scope: Scope) -> bool:
    """Count all files anew, while nobody announces one; whether what was counted was something else."""
    counted = _hold_all(scope)
    kept = sa.func.coalesce(sa.func.sum(file_table.c.size).filter(file_table.c.state != FileState.REFUSED), 0)
    row = scope.session.execute(sa.select(kept.label("bytes"), sa.func.count().label("files"))).one()
    found = {"bytes": int(row.bytes), "files": int(row.files)}
    if found != counted:
        _deal_out(scope, found, _most(scope))
    return found != counted


def _most(scope: Scope) -> dict[str, int]:
    own, general = own_limits(scope), settings()
    return {
        "bytes": int(general.tenant_file_gb * GIB) if own.bytes is None else own.bytes,
        "files": general.tenant_files if own.files is None else own.files,
    }


def _sums() -> sa.Select[Any]:
    return sa.select(*(sa.func.coalesce(sa.func.sum(_slot[name]), 0).label(name) for name in ("bytes", "files")))


def _from_one_slot(scope: Scope, size: int, most: Mapping[str, int]) -> bool:
    """Whether some slot had room, dealt out under these limits: one that nobody holds, else one that is waited for."""
    room = sa.select(_slot.number).where(
        _slot.bytes + size <= _slot.bytes_share,
        _slot.files + 1 <= _slot.files_share,
        _slot.most_bytes == most["bytes"],
        _slot.most_files == most["files"],
    )
    free = room.order_by(_slot.number).limit(1).with_for_update(skip_locked=True)
    held = room.order_by(sa.func.random()).limit(1).with_for_update()
    return any(_taken_from(scope, size, one) for one in (free, held))


def _taken_from(scope: Scope, size: int, slot: sa.Select[Any]) -> bool:
    # The slot is locked before it is written: as part of the update Postgres might look for it once for each row.
    number = scope.session.execute(slot).scalar()
    if number is None:
        return False
    more = sa.update(file_use).values(bytes=_slot.bytes + size, files=_slot.files + 1)
    scope.session.execute(more.where(_slot.number == number))
    return True


def _hold_all(scope: Scope) -> dict[str, int]:
    """What is used, while nobody else changes it."""
    held = sa.select(_slot.bytes, _slot.files).order_by(_slot.number).with_for_update()
    rows = scope.session.execute(held).all()
    return {"bytes": sum(row.bytes for row in rows), "files": sum(row.files for row in rows)}


def _deal_out(scope: Scope, used: Mapping[str, int], most: Mapping[str, int]) -> None:
    """All that is used to the first slot, and to each the same part of what is left; less than nothing may be left."""
    part = {name: _number((most[name] - used[name]) // SLOTS) for name in ("bytes", "files")}
    of_first = {
        name: sa.case((_slot.number == 0, _number(used[name])), else_=_number(0)) for name in ("bytes", "files")
    }
    scope.session.execute(
        sa.update(file_use).values(
            bytes=of_first["bytes"],
            files=of_first["files"],
            bytes_share=of_first["bytes"] + part["bytes"],
            files_share=of_first["files"] + part["files"],
            most_bytes=most["bytes"],
            most_files=most["files"],
        )
    )


def _number(value: int) -> sa.BindParameter[int]:
    return sa.literal(value, sa.BigInteger())


def _full(used: Mapping[str, int], most: Mapping[str, int], size: int) -> Problem:
    what = "bytes" if used["bytes"] + size > most["bytes"] else "files"
    wanted = f"this one has {size:,}" if what == "bytes" else "this would be one more"
    return Problem(
        ProblemCode.QUOTA_EXCEEDED,
        f"Your company keeps {used[what]:,} {what} of {most[what]:,} that it may keep; {wanted}. Delete files that "
        "nobody needs, or ask the operator for more.",
        ("size",) if what == "bytes" else (),
        kind="Quota",
        used=used[what],
        allowed=most[what],
    )
