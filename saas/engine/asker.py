"""Who reads, and when: all that a statement depends on besides what it asks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from saas.engine.access.profile import Profile
from saas.kit import clock
from saas.kit.errors import Forbidden
from saas.tenants.tenant import Tenant


@dataclass(slots=True, kw_only=True)
class Asker:
    """The tenant and the acting person's profile."""

    tenant: Tenant
    profile: Profile
    now: datetime = field(default_factory=clock.now)

    @property
    def actor_id(self) -> UUID:
        return self.profile.principal_id

    @property
    def time_zone(self) -> str:
        """The zone of the clock on the actor's wall: the tenant's."""
        return self.tenant.time_zone

    @property
    def today(self) -> date:
        """The date on the actor's wall."""
        return clock.date_at(self.now, self.time_zone)

    def told(self, find: Callable[[Any], Any]) -> Any:
        """What `find` makes of who asks and when; of a plan in the making, of whoever runs it."""
        return find(self)

    def need(self, key: str) -> None:
        """Forbidden unless the actor holds the functional right `object.operation`."""
        if not self.profile.may(key):
            raise Forbidden(f"You need the right {key}.", remedy="An administrator can grant it to one of your roles.")
