"""One piece of work: who acts, in which tenant, on which transaction, and what they may do."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from saas.engine import jobs
from saas.engine.access.compile import profile_of
from saas.engine.access.specials import Special, ValueT, specials_of
from saas.engine.access.tables import SYSTEM_PRINCIPAL
from saas.engine.asker import Asker
from saas.tenants.directory import directory
from saas.tenants.identity.acts import write_act
from saas.tenants.session import Opened, reading, writing
from saas.tenants.tenant import Tenant


@dataclass(frozen=True, slots=True)
class Via:
    """Through what somebody acts: a command or app by its name; an app of OAuth has an id, and scopes that bound it."""

    app: str = ""
    app_id: UUID | None = None
    scopes: frozenset[str] | None = None


OWN = Via()


@dataclass(slots=True, kw_only=True)
class Scope(Asker):
    """What every function of the business gets: the tenant, its open transaction, and the acting person's profile."""

    session: Session
    customisation_version: int
    request_id: str = ""
    via: Via = OWN
    ends: ExitStack = field(default_factory=ExitStack)
    _directory: list[Connection] = field(default_factory=list)

    @property
    def directory(self) -> Connection:
        """A transaction in the directory, begun at the first use; it is rolled back with the tenant's.

        It commits just before the tenant's: what it gives away must be worth nothing until that has committed too.
        """
        if not self._directory:
            self._directory.append(self.ends.enter_context(directory()))
        return self._directory[0]

    @property
    def has_directory(self) -> bool:
        """Whether a transaction in the directory was begun."""
        return bool(self._directory)

    def act(self, verb: str, subject: str, **details: Any) -> None:
        """Write down what an administrator did to identity, in the directory's transaction: `verb` as `session.end`."""
        write_act(
            self.directory,
            tenant_id=self.tenant.id,
            actor_id=self.actor_id,
            verb=verb,
            subject=subject,
            details=details,
            app_id=self.via.app_id,
            request_id=self.request_id,
        )

    def special(self, special: Special[ValueT]) -> ValueT | None:
        """What the actor is permitted specially; None where nobody said anything."""
        return cast("ValueT | None", self.profile.specials.get(special.key))

    def special_of(self, people: Collection[UUID], special: Special[ValueT]) -> dict[UUID, ValueT]:
        """What other people are permitted specially, as far as somebody said anything; one statement."""
        own = self.special(special)
        found = {} if own is None or self.actor_id not in people else {self.actor_id: own}
        others = set(people) - {self.actor_id}
        told = specials_of(self.session, others, self.today, special) if others else {}
        return found | {person: cast("ValueT", values[special.key]) for person, values in told.items()}

    def later(self, job: jobs.Job[Any], *, key: str | None = None, run_at: datetime | None = None, **ids: Any) -> UUID:
        """Have `job` run after this transaction commits, as the same actor; the same `key` is queued once."""
        return jobs.enqueue(
            self.session,
            self.tenant.id,
            job,
            actor_id=None if self.actor_id == SYSTEM_PRINCIPAL else self.actor_id,
            key=key,
            run_at=run_at,
            trace=self.request_id or None,
            scopes=self.via.scopes,
            **ids,
        )


@contextmanager
def open_scope(
    tenant: Tenant, actor_id: UUID | None, *, write: bool, request_id: str = "", via: Via = OWN
) -> Iterator[Scope]:
    """A scope on a transaction of its own; `actor_id` None is the tenant's system identity, which has a role too.

    Commits at the end where `write`; rolls back on any exception. Forbidden for a person who no longer works here.
    """
    opening = writing if write else reading
    with opening(tenant) as opened:
        scope = scope_on(opened, tenant, actor_id, request_id=request_id, via=via)
        with scope.ends:
            yield scope


def scope_on(opened: Opened, tenant: Tenant, actor_id: UUID | None, *, request_id: str = "", via: Via = OWN) -> Scope:
    """A scope on a transaction that is open already; its directory is not to be used."""
    principal_id = actor_id or SYSTEM_PRINCIPAL
    profile = profile_of(opened.session, tenant, principal_id, opened.stamp.policy_version)
    return Scope(
        tenant=tenant,
        session=opened.session,
        profile=profile.narrowed(via.scopes),
        customisation_version=opened.stamp.customisation_version,
        request_id=request_id,
        via=via,
    )
