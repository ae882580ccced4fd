"""Plans that are kept: those used last, each for an operation, a shape of variables and a form of rights."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, Protocol, TypeVar

from saas.engine.plan.given import shape_of
from saas.engine.plan.payloads import RecordsPlan
from saas.engine.plan.plan import Plan
from saas.engine.plan.run import Run

KEPT = 2_000
VARIANTS = 24  # of one operation and shape: pages of other sizes, searches of other forms


def key_of(operation: Hashable, run: Run) -> Hashable:
    """What a plan depends on besides what its guards look at. Plans are the same in every tenant of one language."""
    tenant = run.tenant
    form = run.profile.form
    return operation, shape_of(run.variables), form, tenant.language, tenant.base_currency, tenant.time_zone


class _Fitting(Protocol):
    """What is kept, of whatever kind."""

    def fits(self, run: Run) -> bool: ...


KeptT = TypeVar("KeptT", bound=_Fitting)


class Plans(Generic[KeptT]):
    """The plans of one kind that were used last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, list[KeptT]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, key: Hashable, run: Run) -> KeptT | None:
        """The plan for such a run; BadInput where a value cannot be looked at."""
        with self._lock:
            variants = self._kept.get(key)
            if variants is None:
                return None
            self._kept.move_to_end(key)
        return next((plan for plan in variants if plan.fits(run)), None)

    def keep(self, key: Hashable, plan: KeptT) -> None:
        with self._lock:
            variants = self._kept.get(key, [])
            # A list of its own each time: somebody may be going through the other.
            self._kept[key] = [plan, *variants[: VARIANTS - 1]]
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()


plans: Plans[Plan] = Plans()
records_plans: Plans[RecordsPlan] = Plans()
