"""Tenants as the directory told a moment ago: a worker does many jobs of the same one."""

import time
from uuid import UUID

from saas.tenants.directory import tenant_by_id
from saas.tenants.tenant import Tenant

_GOOD_FOR = 2.0  # seconds; whether a tenant may be entered is asked in its own database, each time
_MOST = 10_000


class RecentTenants:
    """By id; for all threads of a process."""

    def __init__(self) -> None:
        self._known: dict[UUID, tuple[float, Tenant]] = {}

    def get(self, tenant_id: UUID) -> Tenant:
        """The tenant; NotFound where there is none."""
        known = self._known.get(tenant_id)
        if known is not None and time.monotonic() < known[0]:
            return known[1]
        self._known.pop(tenant_id, None)
        found = tenant_by_id(tenant_id)
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[tenant_id] = (time.monotonic() + _GOOD_FOR, found)
        return found
