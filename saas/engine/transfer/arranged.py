"""A file read once a process: its plan and its rows are kept while an import goes through them."""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from uuid import UUID

from saas.engine.transfer.mapping import Mapping
from saas.engine.transfer.plan import Plan, plan_for
from saas.engine.transfer.rows import Line, arrange
from saas.engine.transfer.sheet import read_sheet

_KEPT = 3
_kept: OrderedDict[tuple[UUID, UUID], "Arranged"] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True, slots=True)
class Arranged:
    """What an import does, and with which rows, in their order."""

    plan: Plan
    lines: tuple[Line, ...]


def arranged(mapping: Mapping, text: str) -> Arranged:
    """The rows of a file as the mapping wants them; BadInput where the two do not fit."""
    sheet = read_sheet(text, mapping.delimiter)
    plan = plan_for(mapping, sheet.header)
    return Arranged(plan, arrange(sheet, plan))


def keep(tenant_id: UUID, run_id: UUID, made: Arranged) -> None:
    """Keep the rows of a run for its next chunk in this process."""
    with _lock:
        _kept[tenant_id, run_id] = made
        while len(_kept) > _KEPT:
            _kept.popitem(last=False)


def kept(tenant_id: UUID, run_id: UUID) -> Arranged | None:
    """The rows of a run, if this process has them."""
    with _lock:
        return _kept.get((tenant_id, run_id))


def drop(tenant_id: UUID, run_id: UUID) -> None:
    """Forget the rows of a run that has ended."""
    with _lock:
        _kept.pop((tenant_id, run_id), None)
