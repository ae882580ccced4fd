"""What a tenant has configured, read once and kept until its customisation changes."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from saas.engine.scope import Scope
from saas.tenants.stamp import bump_customisation

T = TypeVar("T")
_KEPT = 2_000
_CHANGED = "customisation changed"


class Customised(Generic[T]):
    """One kind of configuration by tenant; what is kept for another customisation version is read again."""

    def __init__(self, load: Callable[[Session], T]) -> None:
        self._load = load
        self._kept: OrderedDict[UUID, tuple[int, T]] = OrderedDict()
        self._lock = Lock()

    def of(self, scope: Scope) -> T:
        """The tenant's configuration, with what this transaction itself has changed of it."""
        if scope.session.info.get(_CHANGED):
            return self._load(scope.session)  # nobody else may see that before it is committed
        with self._lock:
            found = self._kept.get(scope.tenant.id)
            if found is not None and found[0] == scope.customisation_version:
                self._kept.move_to_end(scope.tenant.id)
                return found[1]
        loaded = self._load(scope.session)
        with self._lock:
            self._kept[scope.tenant.id] = (scope.customisation_version, loaded)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return loaded


def customisation_changed(scope: Scope) -> None:
    """Something that is kept in this way was changed: all that others have kept ends with the commit."""
    if not scope.session.info.get(_CHANGED):
        scope.session.info[_CHANGED] = True
        bump_customisation(scope.session)
